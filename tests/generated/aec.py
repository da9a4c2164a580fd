# Made by formats/make_parser.py; not to be edited.
# aec.ksy: 2bbfb7d2be7cc72116661c6a597ea3fc7eeed8dbfd46b81d318b5d1c55a4e443
# below: 607fd22db09a7d3d9a7df2095b49f7abcb735f44e7bbc8331b6d665622650d8e
# This is a generated file! Please edit source .ksy file and use kaitai-struct-compiler to rebuild
# type: ignore

import kaitaistruct
from kaitaistruct import KaitaiStruct, KaitaiStream, BytesIO
import collections


if getattr(kaitaistruct, 'API_VERSION', (0, 9)) < (0, 11):
    raise Exception("Incompatible Kaitai Struct Python API: 0.11 or later is required, but you have %s" % (kaitaistruct.__version__))

class Aec(KaitaiStruct):
    """The structure of an .aec file as aec.md says it: where each field lies and which values it may have. What a
    description of structure cannot say is left to a decoder: CRC-32, names inside their deflate stream, payloads,
    pixels, and what depends on a model. A file that breaks a rule named here is corrupt, unsupported or above a limit.

    .. seealso::
       aec.md
    """
    SEQ_FIELDS = ["signature", "version", "flags", "fingerprint", "step", "layers", "quality_byte", "len_first", "first", "checksum", "second", "second_checksum", "rest"]
    def __init__(self, _io, _parent=None, _root=None):
        super(Aec, self).__init__(_io)
        self._parent = _parent
        self._root = _root or self
        self._debug = collections.defaultdict(dict)

    def _read(self):
        self._debug['signature']['start'] = self._io.pos()
        self.signature = self._io.read_bytes(1)
        self._debug['signature']['end'] = self._io.pos()
        if not self.signature == b"\xAE":
            raise kaitaistruct.ValidationNotEqualError(b"\xAE", self.signature, self._io, u"/seq/0")
        self._debug['version']['start'] = self._io.pos()
        self.version = self._io.read_u1()
        self._debug['version']['end'] = self._io.pos()
        if not self.version == 193:
            raise kaitaistruct.ValidationNotEqualError(193, self.version, self._io, u"/seq/1")
        self._debug['flags']['start'] = self._io.pos()
        self.flags = Aec.Flags(self._io, self, self._root)
        self.flags._read()
        self._debug['flags']['end'] = self._io.pos()
        _ = self.flags
        if not  (( ((_.model) or ((not (_.extension)))) ) and ( ((_.model) or ( ((_.exact) and (_.geometry)) )) ) and ( ((_.many) or ((not (_.names)))) )) :
            raise kaitaistruct.ValidationExprError(self.flags, self._io, u"/seq/2")
        if self.flags.model:
            pass
            self._debug['fingerprint']['start'] = self._io.pos()
            self.fingerprint = self._io.read_bytes(4)
            self._debug['fingerprint']['end'] = self._io.pos()

        if self.flags.stepped:
            pass
            self._debug['step']['start'] = self._io.pos()
            self.step = self._io.read_u1()
            self._debug['step']['end'] = self._io.pos()
            if not self.step >= 2:
                raise kaitaistruct.ValidationLessThanError(2, self.step, self._io, u"/seq/4")
            if not self.step <= 16:
                raise kaitaistruct.ValidationGreaterThanError(16, self.step, self._io, u"/seq/4")

        if self.flags.formed:
            pass
            self._debug['layers']['start'] = self._io.pos()
            self.layers = self._io.read_u1()
            self._debug['layers']['end'] = self._io.pos()
            _ = self.layers
            if not  (( ((_ >= 16) and (_ <= 31)) ) or ( (( (( ((_ >= 128) and (_ <= 228)) ) or (_ == 240) or (_ == 243) or (_ == 244) or ( ((_ == 242) and (self.flags.many)) )) ) and (self.flags.geometry)) )) :
                raise kaitaistruct.ValidationExprError(self.layers, self._io, u"/seq/5")

        if  ((self.referenced) or (self.altered)) :
            pass
            self._debug['quality_byte']['start'] = self._io.pos()
            self.quality_byte = self._io.read_u1()
            self._debug['quality_byte']['end'] = self._io.pos()
            if not self.quality_byte <= 100:
                raise kaitaistruct.ValidationGreaterThanError(100, self.quality_byte, self._io, u"/seq/6")

        if self.layered:
            pass
            self._debug['len_first']['start'] = self._io.pos()
            self.len_first = Aec.Varint(self._io, self, self._root)
            self.len_first._read()
            self._debug['len_first']['end'] = self._io.pos()

        self._debug['first']['start'] = self._io.pos()
        self._raw_first = self._io.read_bytes((self.len_first.value if self.layered else (self._io.size() - self._io.pos()) - 4))
        _io__raw_first = KaitaiStream(BytesIO(self._raw_first))
        self.first = Aec.FirstLayer(_io__raw_first, self, self._root)
        self.first._read()
        self._debug['first']['end'] = self._io.pos()
        self._debug['checksum']['start'] = self._io.pos()
        self.checksum = self._io.read_u4be()
        self._debug['checksum']['end'] = self._io.pos()
        if  ((self.layered) and ((not (self._io.is_eof())))) :
            pass
            self._debug['second']['start'] = self._io.pos()
            self._raw_second = self._io.read_bytes((self._io.size() - self._io.pos()) - 4)
            _io__raw_second = KaitaiStream(BytesIO(self._raw_second))
            self.second = Aec.SecondLayer(_io__raw_second, self, self._root)
            self.second._read()
            self._debug['second']['end'] = self._io.pos()

        if  ((self.layered) and ((not (self._io.is_eof())))) :
            pass
            self._debug['second_checksum']['start'] = self._io.pos()
            self.second_checksum = self._io.read_u4be()
            self._debug['second_checksum']['end'] = self._io.pos()

        self._debug['rest']['start'] = self._io.pos()
        self.rest = self._io.read_bytes_full()
        self._debug['rest']['end'] = self._io.pos()
        _ = self.rest
        if not len(_) == 0:
            raise kaitaistruct.ValidationExprError(self.rest, self._io, u"/seq/12")


    def _fetch_instances(self):
        pass
        self.flags._fetch_instances()
        if self.flags.model:
            pass

        if self.flags.stepped:
            pass

        if self.flags.formed:
            pass

        if  ((self.referenced) or (self.altered)) :
            pass

        if self.layered:
            pass
            self.len_first._fetch_instances()

        self.first._fetch_instances()
        if  ((self.layered) and ((not (self._io.is_eof())))) :
            pass
            self.second._fetch_instances()

        if  ((self.layered) and ((not (self._io.is_eof())))) :
            pass


    class Alpha(KaitaiStruct):
        SEQ_FIELDS = ["method", "body"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.Alpha, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['method']['start'] = self._io.pos()
            self.method = self._io.read_u1()
            self._debug['method']['end'] = self._io.pos()
            if not self.method <= 2:
                raise kaitaistruct.ValidationGreaterThanError(2, self.method, self._io, u"/types/alpha/seq/0")
            self._debug['body']['start'] = self._io.pos()
            self.body = self._io.read_bytes_full()
            self._debug['body']['end'] = self._io.pos()


        def _fetch_instances(self):
            pass


    class AlphaInRun(KaitaiStruct):
        SEQ_FIELDS = []
        def __init__(self, run, before, _io, _parent=None, _root=None):
            super(Aec.AlphaInRun, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.run = run
            self.before = before
            self._debug = collections.defaultdict(dict)

        def _read(self):
            pass


        def _fetch_instances(self):
            pass

        @property
        def any(self):
            """whether a picture of the block lies in this run or in one before it and has alpha."""
            if hasattr(self, '_m_any'):
                return self._m_any

            self._m_any =  ((self.before) or ( ((self.run.shape.has_alpha) and (self.run.begin < self._parent.end) and (self.run.end > self._parent.begin)) ))
            return getattr(self, '_m_any', None)


    class FirstLayer(KaitaiStruct):
        SEQ_FIELDS = ["count", "block_pictures", "shape", "runs", "index", "len_names", "names", "records", "rest"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.FirstLayer, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            if self._root.flags.many:
                pass
                self._debug['count']['start'] = self._io.pos()
                self.count = Aec.Varint(self._io, self, self._root)
                self.count._read()
                self._debug['count']['end'] = self._io.pos()
                _ = self.count
                if not  ((_.value >= 1) and (_.value <= 16777216)) :
                    raise kaitaistruct.ValidationExprError(self.count, self._io, u"/types/first_layer/seq/0")

            if self._root.flags.many:
                pass
                self._debug['block_pictures']['start'] = self._io.pos()
                self.block_pictures = Aec.Varint(self._io, self, self._root)
                self.block_pictures._read()
                self._debug['block_pictures']['end'] = self._io.pos()
                _ = self.block_pictures
                if not  ((_.value >= 1) and (_.value <= 4096)) :
                    raise kaitaistruct.ValidationExprError(self.block_pictures, self._io, u"/types/first_layer/seq/1")

            if  ((self._root.flags.geometry) and ((not (self._root.flags.many)))) :
                pass
                self._debug['shape']['start'] = self._io.pos()
                self.shape = Aec.Shape(self._io, self, self._root)
                self.shape._read()
                self._debug['shape']['end'] = self._io.pos()

            if  ((self._root.flags.geometry) and (self._root.flags.many)) :
                pass
                self._debug['runs']['start'] = self._io.pos()
                self._debug['runs']['arr'] = []
                self.runs = []
                i = 0
                while True:
                    self._debug['runs']['arr'].append({'start': self._io.pos()})
                    _t_runs = Aec.Run(i, (0 if i == 0 else self.runs[i - 1].end), self._io, self, self._root)
                    try:
                        _t_runs._read()
                    finally:
                        _ = _t_runs
                        self.runs.append(_)
                    self._debug['runs']['arr'][len(self.runs) - 1]['end'] = self._io.pos()
                    if _.end >= self.num_pictures:
                        break
                    i += 1
                self._debug['runs']['end'] = self._io.pos()

            if self._root.flags.many:
                pass
                self._debug['index']['start'] = self._io.pos()
                self._debug['index']['arr'] = []
                self.index = []
                for i in range(self.num_blocks):
                    self._debug['index']['arr'].append({'start': self._io.pos()})
                    _t_index = Aec.Varint(self._io, self, self._root)
                    try:
                        _t_index._read()
                    finally:
                        self.index.append(_t_index)
                    self._debug['index']['arr'][i]['end'] = self._io.pos()
                    _ = self.index[i]
                    if not _.value >= 4:
                        raise kaitaistruct.ValidationExprError(self.index[i], self._io, u"/types/first_layer/seq/4")

                self._debug['index']['end'] = self._io.pos()

            if self._root.flags.names:
                pass
                self._debug['len_names']['start'] = self._io.pos()
                self.len_names = Aec.Varint(self._io, self, self._root)
                self.len_names._read()
                self._debug['len_names']['end'] = self._io.pos()

            if self._root.flags.names:
                pass
                self._debug['names']['start'] = self._io.pos()
                self.names = self._io.read_bytes(self.len_names.value)
                self._debug['names']['end'] = self._io.pos()

            self._debug['records']['start'] = self._io.pos()
            self._debug['records']['arr'] = []
            self._raw_records = []
            self.records = []
            for i in range(self.num_blocks):
                self._debug['records']['arr'].append({'start': self._io.pos()})
                self._raw_records.append(self._io.read_bytes((self.index[i].value if self._root.flags.many else self._io.size() - self._io.pos())))
                _io__raw_records = KaitaiStream(BytesIO(self._raw_records[i]))
                _t_records = Aec.Record(i, _io__raw_records, self, self._root)
                try:
                    _t_records._read()
                finally:
                    self.records.append(_t_records)
                self._debug['records']['arr'][i]['end'] = self._io.pos()

            self._debug['records']['end'] = self._io.pos()
            self._debug['rest']['start'] = self._io.pos()
            self.rest = self._io.read_bytes_full()
            self._debug['rest']['end'] = self._io.pos()
            _ = self.rest
            if not len(_) == 0:
                raise kaitaistruct.ValidationExprError(self.rest, self._io, u"/types/first_layer/seq/8")


        def _fetch_instances(self):
            pass
            if self._root.flags.many:
                pass
                self.count._fetch_instances()

            if self._root.flags.many:
                pass
                self.block_pictures._fetch_instances()

            if  ((self._root.flags.geometry) and ((not (self._root.flags.many)))) :
                pass
                self.shape._fetch_instances()

            if  ((self._root.flags.geometry) and (self._root.flags.many)) :
                pass
                for i in range(len(self.runs)):
                    pass
                    self.runs[i]._fetch_instances()


            if self._root.flags.many:
                pass
                for i in range(len(self.index)):
                    pass
                    self.index[i]._fetch_instances()


            if self._root.flags.names:
                pass
                self.len_names._fetch_instances()

            if self._root.flags.names:
                pass

            for i in range(len(self.records)):
                pass
                self.records[i]._fetch_instances()


        @property
        def num_block_pictures(self):
            if hasattr(self, '_m_num_block_pictures'):
                return self._m_num_block_pictures

            self._m_num_block_pictures = (self.block_pictures.value if self._root.flags.many else 1)
            return getattr(self, '_m_num_block_pictures', None)

        @property
        def num_blocks(self):
            if hasattr(self, '_m_num_blocks'):
                return self._m_num_blocks

            self._m_num_blocks = ((self.num_pictures + self.num_block_pictures) - 1) // self.num_block_pictures
            return getattr(self, '_m_num_blocks', None)

        @property
        def num_pictures(self):
            if hasattr(self, '_m_num_pictures'):
                return self._m_num_pictures

            self._m_num_pictures = (self.count.value if self._root.flags.many else 1)
            return getattr(self, '_m_num_pictures', None)


    class Flags(KaitaiStruct):
        SEQ_FIELDS = ["optional", "extension", "names", "many", "geometry", "exact", "model"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.Flags, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['optional']['start'] = self._io.pos()
            self.optional = self._io.read_bits_int_be(2)
            self._debug['optional']['end'] = self._io.pos()
            self._debug['extension']['start'] = self._io.pos()
            self.extension = self._io.read_bits_int_be(1) != 0
            self._debug['extension']['end'] = self._io.pos()
            self._debug['names']['start'] = self._io.pos()
            self.names = self._io.read_bits_int_be(1) != 0
            self._debug['names']['end'] = self._io.pos()
            self._debug['many']['start'] = self._io.pos()
            self.many = self._io.read_bits_int_be(1) != 0
            self._debug['many']['end'] = self._io.pos()
            self._debug['geometry']['start'] = self._io.pos()
            self.geometry = self._io.read_bits_int_be(1) != 0
            self._debug['geometry']['end'] = self._io.pos()
            self._debug['exact']['start'] = self._io.pos()
            self.exact = self._io.read_bits_int_be(1) != 0
            self._debug['exact']['end'] = self._io.pos()
            self._debug['model']['start'] = self._io.pos()
            self.model = self._io.read_bits_int_be(1) != 0
            self._debug['model']['end'] = self._io.pos()


        def _fetch_instances(self):
            pass

        @property
        def formed(self):
            """whether a byte says what layers there are."""
            if hasattr(self, '_m_formed'):
                return self._m_formed

            self._m_formed =  ((self.extension) and (self.model) and (self.exact))
            return getattr(self, '_m_formed', None)

        @property
        def stepped(self):
            if hasattr(self, '_m_stepped'):
                return self._m_stepped

            self._m_stepped =  ((self.extension) and (self.model) and ((not (self.exact))))
            return getattr(self, '_m_stepped', None)


    class Record(KaitaiStruct):
        SEQ_FIELDS = ["seen", "method", "references", "len_alpha", "alpha", "body", "check"]
        def __init__(self, block, _io, _parent=None, _root=None):
            super(Aec.Record, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.block = block
            self._debug = collections.defaultdict(dict)

        def _read(self):
            if  ((self._root.flags.geometry) and (self._root.flags.many)) :
                pass
                self._debug['seen']['start'] = self._io.pos()
                self._debug['seen']['arr'] = []
                self.seen = []
                for i in range(len(self._parent.runs)):
                    self._debug['seen']['arr'].append({'start': self._io.pos()})
                    _t_seen = Aec.AlphaInRun(self._parent.runs[i], (False if i == 0 else self.seen[i - 1].any), self._io, self, self._root)
                    try:
                        _t_seen._read()
                    finally:
                        self.seen.append(_t_seen)
                    self._debug['seen']['arr'][i]['end'] = self._io.pos()

                self._debug['seen']['end'] = self._io.pos()

            if  (((not (self._root.lossy))) and ( ((self._root.pixels) or (self._root.flags.many) or ((not (self._root.flags.model)))) )) :
                pass
                self._debug['method']['start'] = self._io.pos()
                self.method = self._io.read_u1()
                self._debug['method']['end'] = self._io.pos()
                _ = self.method
                if not ( ((_ <= 2) or (_ == 11) or (_ == 12) or (_ == 14) or ( ((self._root.pixels) and (_ == 13)) ))  if self.deep else  ((_ <= (5 if  ((self._root.flags.model) and ((not (self._root.pixels))))  else 2)) or ( ((self._root.pixels) and ( ((_ == 7) or (_ == 9) or (_ == 15) or (_ == 23) or (_ == 25) or (_ == 39)) )) ) or (_ == 8) or (_ == 11) or (_ == 24)) ):
                    raise kaitaistruct.ValidationExprError(self.method, self._io, u"/types/record/seq/1")

            if self._root.referenced:
                pass
                self._debug['references']['start'] = self._io.pos()
                self.references = Aec.References(self._io, self, self._root)
                self.references._read()
                self._debug['references']['end'] = self._io.pos()

            if self.has_alpha:
                pass
                self._debug['len_alpha']['start'] = self._io.pos()
                self.len_alpha = Aec.Varint(self._io, self, self._root)
                self.len_alpha._read()
                self._debug['len_alpha']['end'] = self._io.pos()

            if self.has_alpha:
                pass
                self._debug['alpha']['start'] = self._io.pos()
                self._raw_alpha = self._io.read_bytes(self.len_alpha.value)
                _io__raw_alpha = KaitaiStream(BytesIO(self._raw_alpha))
                self.alpha = Aec.Alpha(_io__raw_alpha, self, self._root)
                self.alpha._read()
                self._debug['alpha']['end'] = self._io.pos()

            self._debug['body']['start'] = self._io.pos()
            self.body = self._io.read_bytes((self._io.size() - self._io.pos()) - self.len_check)
            self._debug['body']['end'] = self._io.pos()
            self._debug['check']['start'] = self._io.pos()
            self.check = self._io.read_bytes(self.len_check)
            self._debug['check']['end'] = self._io.pos()


        def _fetch_instances(self):
            pass
            if  ((self._root.flags.geometry) and (self._root.flags.many)) :
                pass
                for i in range(len(self.seen)):
                    pass
                    self.seen[i]._fetch_instances()


            if  (((not (self._root.lossy))) and ( ((self._root.pixels) or (self._root.flags.many) or ((not (self._root.flags.model)))) )) :
                pass

            if self._root.referenced:
                pass
                self.references._fetch_instances()

            if self.has_alpha:
                pass
                self.len_alpha._fetch_instances()

            if self.has_alpha:
                pass
                self.alpha._fetch_instances()


        @property
        def begin(self):
            if hasattr(self, '_m_begin'):
                return self._m_begin

            self._m_begin = self.block * self._parent.num_block_pictures
            return getattr(self, '_m_begin', None)

        @property
        def deep(self):
            """whether samples have 16 bits, which is so in all pictures of a file or in none."""
            if hasattr(self, '_m_deep'):
                return self._m_deep

            self._m_deep =  ((self._root.flags.geometry) and ((self._parent.runs[0].shape.deep if self._root.flags.many else self._parent.shape.deep)))
            return getattr(self, '_m_deep', None)

        @property
        def end(self):
            """in the last block, which may hold fewer pictures, beyond the last picture."""
            if hasattr(self, '_m_end'):
                return self._m_end

            self._m_end = self.begin + self._parent.num_block_pictures
            return getattr(self, '_m_end', None)

        @property
        def has_alpha(self):
            if hasattr(self, '_m_has_alpha'):
                return self._m_has_alpha

            self._m_has_alpha =  ((self._root.lossy) and (self._root.flags.geometry) and ((self.seen[-1].any if self._root.flags.many else self._parent.shape.has_alpha)))
            return getattr(self, '_m_has_alpha', None)

        @property
        def len_check(self):
            if hasattr(self, '_m_len_check'):
                return self._m_len_check

            self._m_len_check = (4 if  ((self._root.flags.many) or (self._root.grid) or (self._root.pixels))  else 1)
            return getattr(self, '_m_len_check', None)


    class Reference(KaitaiStruct):
        """of one picture of the block; whether there are so many that it could be to is left to a decoder."""
        SEQ_FIELDS = ["place"]
        def __init__(self, picture, _io, _parent=None, _root=None):
            super(Aec.Reference, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.picture = picture
            self._debug = collections.defaultdict(dict)

        def _read(self):
            if self.is_there:
                pass
                self._debug['place']['start'] = self._io.pos()
                self.place = Aec.Varint(self._io, self, self._root)
                self.place._read()
                self._debug['place']['end'] = self._io.pos()



        def _fetch_instances(self):
            pass
            if self.is_there:
                pass
                self.place._fetch_instances()


        @property
        def is_there(self):
            if hasattr(self, '_m_is_there'):
                return self._m_is_there

            self._m_is_there = self._parent.mask[self.picture // 8] >> self.picture % 8 & 1 != 0
            return getattr(self, '_m_is_there', None)


    class References(KaitaiStruct):
        """which pictures of the block differ from which others."""
        SEQ_FIELDS = ["len_mask", "mask", "form", "places"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.References, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['len_mask']['start'] = self._io.pos()
            self.len_mask = Aec.Varint(self._io, self, self._root)
            self.len_mask._read()
            self._debug['len_mask']['end'] = self._io.pos()
            _ = self.len_mask
            if not _.value <= (self.num_pictures + 7) // 8:
                raise kaitaistruct.ValidationExprError(self.len_mask, self._io, u"/types/references/seq/0")
            self._debug['mask']['start'] = self._io.pos()
            self._debug['mask']['arr'] = []
            self.mask = []
            for i in range(self.len_mask.value):
                self._debug['mask']['arr'].append({'start': self._io.pos()})
                self.mask.append(self._io.read_u1())
                self._debug['mask']['arr'][i]['end'] = self._io.pos()

            self._debug['mask']['end'] = self._io.pos()
            self._debug['form']['start'] = self._io.pos()
            self.form = self._io.read_bytes(0)
            self._debug['form']['end'] = self._io.pos()
            _ = self.form
            if not  ((self.len_mask.value == 0) or ( ((self.mask[-1] != 0) and ( ((self.len_mask.value * 8 <= self.num_pictures) or (self.mask[-1] >> self.num_pictures % 8 == 0)) )) )) :
                raise kaitaistruct.ValidationExprError(self.form, self._io, u"/types/references/seq/2")
            self._debug['places']['start'] = self._io.pos()
            self._debug['places']['arr'] = []
            self.places = []
            for i in range(self.len_mask.value * 8):
                self._debug['places']['arr'].append({'start': self._io.pos()})
                _t_places = Aec.Reference(i, self._io, self, self._root)
                try:
                    _t_places._read()
                finally:
                    self.places.append(_t_places)
                self._debug['places']['arr'][i]['end'] = self._io.pos()

            self._debug['places']['end'] = self._io.pos()


        def _fetch_instances(self):
            pass
            self.len_mask._fetch_instances()
            for i in range(len(self.mask)):
                pass

            for i in range(len(self.places)):
                pass
                self.places[i]._fetch_instances()


        @property
        def begin(self):
            if hasattr(self, '_m_begin'):
                return self._m_begin

            self._m_begin = self._parent.begin
            return getattr(self, '_m_begin', None)

        @property
        def num_pictures(self):
            if hasattr(self, '_m_num_pictures'):
                return self._m_num_pictures

            self._m_num_pictures = (self._parent.end if self._parent.end < self._parent._parent.num_pictures else self._parent._parent.num_pictures) - self._parent.begin
            return getattr(self, '_m_num_pictures', None)


    class Run(KaitaiStruct):
        """neighbouring pictures of one shape."""
        SEQ_FIELDS = ["len_run", "shape"]
        def __init__(self, number, begin, _io, _parent=None, _root=None):
            super(Aec.Run, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self.number = number
            self.begin = begin
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['len_run']['start'] = self._io.pos()
            self.len_run = Aec.Varint(self._io, self, self._root)
            self.len_run._read()
            self._debug['len_run']['end'] = self._io.pos()
            _ = self.len_run
            if not  ((_.value >= 1) and (self.end <= self._parent.num_pictures)) :
                raise kaitaistruct.ValidationExprError(self.len_run, self._io, u"/types/run/seq/0")
            self._debug['shape']['start'] = self._io.pos()
            self.shape = Aec.Shape(self._io, self, self._root)
            self.shape._read()
            self._debug['shape']['end'] = self._io.pos()
            _ = self.shape
            if not  ((self.number == 0) or ( ((_.deep == self._parent.runs[self.number - 1].shape.deep) and ( ((_.kind != self._parent.runs[self.number - 1].shape.kind) or (_.width.value != self._parent.runs[self.number - 1].shape.width.value) or (_.height.value != self._parent.runs[self.number - 1].shape.height.value)) )) )) :
                raise kaitaistruct.ValidationExprError(self.shape, self._io, u"/types/run/seq/1")


        def _fetch_instances(self):
            pass
            self.len_run._fetch_instances()
            self.shape._fetch_instances()

        @property
        def end(self):
            if hasattr(self, '_m_end'):
                return self._m_end

            self._m_end = self.begin + self.len_run.value
            return getattr(self, '_m_end', None)


    class SecondLayer(KaitaiStruct):
        SEQ_FIELDS = ["fingerprint", "index", "records", "rest"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.SecondLayer, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['fingerprint']['start'] = self._io.pos()
            self.fingerprint = self._io.read_bytes(4)
            self._debug['fingerprint']['end'] = self._io.pos()
            if self._root.flags.many:
                pass
                self._debug['index']['start'] = self._io.pos()
                self._debug['index']['arr'] = []
                self.index = []
                for i in range(self._root.first.num_blocks):
                    self._debug['index']['arr'].append({'start': self._io.pos()})
                    _t_index = Aec.Varint(self._io, self, self._root)
                    try:
                        _t_index._read()
                    finally:
                        self.index.append(_t_index)
                    self._debug['index']['arr'][i]['end'] = self._io.pos()
                    _ = self.index[i]
                    if not _.value >= 4:
                        raise kaitaistruct.ValidationExprError(self.index[i], self._io, u"/types/second_layer/seq/1")

                self._debug['index']['end'] = self._io.pos()

            self._debug['records']['start'] = self._io.pos()
            self._debug['records']['arr'] = []
            self._raw_records = []
            self.records = []
            for i in range(self._root.first.num_blocks):
                self._debug['records']['arr'].append({'start': self._io.pos()})
                self._raw_records.append(self._io.read_bytes((self.index[i].value if self._root.flags.many else self._io.size() - self._io.pos())))
                _io__raw_records = KaitaiStream(BytesIO(self._raw_records[i]))
                _t_records = Aec.SecondRecord(_io__raw_records, self, self._root)
                try:
                    _t_records._read()
                finally:
                    self.records.append(_t_records)
                self._debug['records']['arr'][i]['end'] = self._io.pos()

            self._debug['records']['end'] = self._io.pos()
            self._debug['rest']['start'] = self._io.pos()
            self.rest = self._io.read_bytes_full()
            self._debug['rest']['end'] = self._io.pos()
            _ = self.rest
            if not len(_) == 0:
                raise kaitaistruct.ValidationExprError(self.rest, self._io, u"/types/second_layer/seq/3")


        def _fetch_instances(self):
            pass
            if self._root.flags.many:
                pass
                for i in range(len(self.index)):
                    pass
                    self.index[i]._fetch_instances()


            for i in range(len(self.records)):
                pass
                self.records[i]._fetch_instances()



    class SecondRecord(KaitaiStruct):
        SEQ_FIELDS = ["method", "body", "check"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.SecondRecord, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['method']['start'] = self._io.pos()
            self.method = self._io.read_u1()
            self._debug['method']['end'] = self._io.pos()
            if not  ((self.method == 0) or (self.method == 1) or (self.method == 2) or (self.method == 3) or (self.method == 6)) :
                raise kaitaistruct.ValidationNotAnyOfError(self.method, self._io, u"/types/second_record/seq/0")
            self._debug['body']['start'] = self._io.pos()
            self.body = self._io.read_bytes((self._io.size() - self._io.pos()) - self.len_check)
            self._debug['body']['end'] = self._io.pos()
            self._debug['check']['start'] = self._io.pos()
            self.check = self._io.read_bytes(self.len_check)
            self._debug['check']['end'] = self._io.pos()


        def _fetch_instances(self):
            pass

        @property
        def len_check(self):
            if hasattr(self, '_m_len_check'):
                return self._m_len_check

            self._m_len_check = (4 if self._root.flags.many else 1)
            return getattr(self, '_m_len_check', None)


    class Shape(KaitaiStruct):
        SEQ_FIELDS = ["kind", "width", "height"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.Shape, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['kind']['start'] = self._io.pos()
            self.kind = self._io.read_u1()
            self._debug['kind']['end'] = self._io.pos()
            _ = self.kind
            if not  ((_ & 232 == 0) and ( ((_ & 4 == 0) or (_ & 2 != 0)) ) and ( ((_ & 16 == 0) or ((not ( ((self._root.lossy) or (self._root.restored) or ( ((self._root.flags.model) and ((not (self._root.pixels)))) )) )))) )) :
                raise kaitaistruct.ValidationExprError(self.kind, self._io, u"/types/shape/seq/0")
            self._debug['width']['start'] = self._io.pos()
            self.width = Aec.Varint(self._io, self, self._root)
            self.width._read()
            self._debug['width']['end'] = self._io.pos()
            _ = self.width
            if not  ((_.value >= 1) and (_.value <= 32768)) :
                raise kaitaistruct.ValidationExprError(self.width, self._io, u"/types/shape/seq/1")
            self._debug['height']['start'] = self._io.pos()
            self.height = Aec.Varint(self._io, self, self._root)
            self.height._read()
            self._debug['height']['end'] = self._io.pos()
            _ = self.height
            if not  ((_.value >= 1) and (_.value <= 32768) and (_.value * self.width.value <= 89478485)) :
                raise kaitaistruct.ValidationExprError(self.height, self._io, u"/types/shape/seq/2")


        def _fetch_instances(self):
            pass
            self.width._fetch_instances()
            self.height._fetch_instances()

        @property
        def channels(self):
            if hasattr(self, '_m_channels'):
                return self._m_channels

            self._m_channels = (self.kind & 3) + 1
            return getattr(self, '_m_channels', None)

        @property
        def deep(self):
            """whether samples have 16 bits."""
            if hasattr(self, '_m_deep'):
                return self._m_deep

            self._m_deep = self.kind & 16 != 0
            return getattr(self, '_m_deep', None)

        @property
        def equal(self):
            if hasattr(self, '_m_equal'):
                return self._m_equal

            self._m_equal = self.kind & 4 != 0
            return getattr(self, '_m_equal', None)

        @property
        def has_alpha(self):
            if hasattr(self, '_m_has_alpha'):
                return self._m_has_alpha

            self._m_has_alpha = self.channels % 2 == 0
            return getattr(self, '_m_has_alpha', None)


    class Varint(KaitaiStruct):
        """LEB128 in its shortest form, at most 5 bytes and at most 2^32 - 1."""
        SEQ_FIELDS = ["groups", "form"]
        def __init__(self, _io, _parent=None, _root=None):
            super(Aec.Varint, self).__init__(_io)
            self._parent = _parent
            self._root = _root
            self._debug = collections.defaultdict(dict)

        def _read(self):
            self._debug['groups']['start'] = self._io.pos()
            self._debug['groups']['arr'] = []
            self.groups = []
            i = 0
            while True:
                self._debug['groups']['arr'].append({'start': self._io.pos()})
                _ = self._io.read_u1()
                self.groups.append(_)
                self._debug['groups']['arr'][len(self.groups) - 1]['end'] = self._io.pos()
                if  ((_ < 128) or (i == 4)) :
                    break
                i += 1
            self._debug['groups']['end'] = self._io.pos()
            self._debug['form']['start'] = self._io.pos()
            self.form = self._io.read_bytes(0)
            self._debug['form']['end'] = self._io.pos()
            _ = self.form
            if not  ((self.groups[-1] < 128) and ( ((len(self.groups) == 1) or (self.groups[-1] != 0)) ) and ( ((len(self.groups) < 5) or (self.groups[-1] < 16)) )) :
                raise kaitaistruct.ValidationExprError(self.form, self._io, u"/types/varint/seq/1")


        def _fetch_instances(self):
            pass
            for i in range(len(self.groups)):
                pass


        @property
        def value(self):
            if hasattr(self, '_m_value'):
                return self._m_value

            self._m_value = ((((self.groups[0] & 127) + ((self.groups[1] & 127) << 7 if len(self.groups) > 1 else 0)) + ((self.groups[2] & 127) << 14 if len(self.groups) > 2 else 0)) + ((self.groups[3] & 127) << 21 if len(self.groups) > 3 else 0)) + ((self.groups[4] & 127) << 28 if len(self.groups) > 4 else 0)
            return getattr(self, '_m_value', None)


    @property
    def altered(self):
        """one whose pictures an encoder altered before."""
        if hasattr(self, '_m_altered'):
            return self._m_altered

        self._m_altered =  ((self.flags.formed) and ( ((self.layers == 243) or (self.layers == 244)) ))
        return getattr(self, '_m_altered', None)

    @property
    def grid(self):
        """one lossy layer, a grid of latents."""
        if hasattr(self, '_m_grid'):
            return self._m_grid

        self._m_grid =  ((self.flags.formed) and ( (( ((self.layers >= 128) and (self.layers < 240)) ) or (self.layers == 242)) ))
        return getattr(self, '_m_grid', None)

    @property
    def layered(self):
        """two layers, the second of which makes the pictures exact."""
        if hasattr(self, '_m_layered'):
            return self._m_layered

        self._m_layered =  ((self.flags.formed) and (self.layers < 128))
        return getattr(self, '_m_layered', None)

    @property
    def lossy(self):
        """whether the first layer is lossy."""
        if hasattr(self, '_m_lossy'):
            return self._m_lossy

        self._m_lossy =  (((not (self.flags.exact))) or (self.layered) or (self.grid))
        return getattr(self, '_m_lossy', None)

    @property
    def pixels(self):
        """one exact layer, of a pixel model."""
        if hasattr(self, '_m_pixels'):
            return self._m_pixels

        self._m_pixels =  ((self.flags.formed) and ( ((self.layers == 240) or (self.layers == 243) or (self.layers == 244)) ))
        return getattr(self, '_m_pixels', None)

    @property
    def quality(self):
        if hasattr(self, '_m_quality'):
            return self._m_quality

        if  ((self.grid) or (self.altered)) :
            pass
            self._m_quality = (self.quality_byte if  ((self.referenced) or (self.altered))  else self.layers - 128)

        return getattr(self, '_m_quality', None)

    @property
    def referenced(self):
        """one whose pictures may differ from others of their block."""
        if hasattr(self, '_m_referenced'):
            return self._m_referenced

        self._m_referenced =  ((self.flags.formed) and (self.layers == 242))
        return getattr(self, '_m_referenced', None)

    @property
    def restored(self):
        """one whose pictures the model restores behind."""
        if hasattr(self, '_m_restored'):
            return self._m_restored

        self._m_restored =  ((self.flags.formed) and (self.layers == 244))
        return getattr(self, '_m_restored', None)


