meta:
  id: aec
  title: aecodec container of small pictures, version 1
  file-extension: aec
  license: MIT
  ks-version: '0.11'
  endian: be
doc: |
  The structure of an .aec file as aec.md says it: where each field lies and which values it may have. What a
  description of structure cannot say is left to a decoder: CRC-32, names inside their deflate stream, payloads,
  pixels, and what depends on a model. A file that breaks a rule named here is corrupt, unsupported or above a limit.
doc-ref: aec.md
seq:
  - id: signature
    contents: [0xae]
  - id: version
    type: u1
    valid: 0xc1
    doc: C0 and the version
  - id: flags
    type: flags
    valid:
      expr: (_.model or not _.extension) and (_.model or (_.exact and _.geometry)) and (_.many or not _.names)
  - id: fingerprint
    size: 4
    if: flags.model
    doc: first bytes of the SHA-256 of the model's file
  - id: step
    type: u1
    if: flags.stepped
    valid:
      min: 2
      max: 16
  - id: layers
    type: u1
    if: flags.formed
    valid:
      expr: (_ >= 0x10 and _ <= 0x1f) or (((_ >= 0x80 and _ <= 0xe4) or _ == 0xf0 or _ == 0xf3 or _ == 0xf4 or (_ == 0xf2 and flags.many)) and flags.geometry)
    doc: 10 + step - 1 of two layers; 80 + quality of a grid of latents, and F0 of exact pixels, which must give a geometry; F2 of a grid of latents with references, in a container; F3 of exact pixels that were altered before, and F4 of those that the model restores behind
  - id: quality_byte
    type: u1
    if: referenced or altered
    valid:
      max: 100
  - id: len_first
    type: varint
    if: layered
  - id: first
    type: first_layer
    size: 'layered ? len_first.value : _io.size - _io.pos - 4'
  - id: checksum
    type: u4
    doc: CRC-32 of all bytes before it
  - id: second
    type: second_layer
    size: _io.size - _io.pos - 4
    if: layered and not _io.eof
    doc: missing where a file was cut behind its first layer, which still decodes to lossy pictures
  - id: second_checksum
    type: u4
    if: layered and not _io.eof
    doc: CRC-32 of all bytes before it
  - id: rest
    size-eos: true
    valid:
      expr: _.length == 0
instances:
  layered:
    value: flags.formed and layers < 0x80
    doc: two layers, the second of which makes the pictures exact
  grid:
    value: flags.formed and ((layers >= 0x80 and layers < 0xf0) or layers == 0xf2)
    doc: one lossy layer, a grid of latents
  referenced:
    value: flags.formed and layers == 0xf2
    doc: one whose pictures may differ from others of their block
  pixels:
    value: flags.formed and (layers == 0xf0 or layers == 0xf3 or layers == 0xf4)
    doc: one exact layer, of a pixel model
  altered:
    value: flags.formed and (layers == 0xf3 or layers == 0xf4)
    doc: one whose pictures an encoder altered before
  restored:
    value: flags.formed and layers == 0xf4
    doc: one whose pictures the model restores behind
  lossy:
    value: not flags.exact or layered or grid
    doc: whether the first layer is lossy
  quality:
    value: 'referenced or altered ? quality_byte : layers - 0x80'
    if: grid or altered
types:
  flags:
    seq:
      - id: optional
        type: b2
        doc: reserved; a decoder ignores them
      - id: extension
        type: b1
        doc: STEP or LAYERS, which MODEL and EXACT tell apart
      - id: names
        type: b1
      - id: many
        type: b1
      - id: geometry
        type: b1
      - id: exact
        type: b1
      - id: model
        type: b1
    instances:
      stepped:
        value: extension and model and not exact
      formed:
        value: extension and model and exact
        doc: whether a byte says what layers there are
  varint:
    doc: LEB128 in its shortest form, at most 5 bytes and at most 2^32 - 1
    seq:
      - id: groups
        type: u1
        repeat: until
        repeat-until: _ < 0x80 or _index == 4
      - id: form
        size: 0
        valid:
          expr: >-
            groups.last < 0x80 and (groups.size == 1 or groups.last != 0)
            and (groups.size < 5 or groups.last < 0x10)
    instances:
      value:
        value: >-
          (groups[0] & 0x7f)
          + (groups.size > 1 ? (groups[1] & 0x7f) << 7 : 0)
          + (groups.size > 2 ? (groups[2] & 0x7f) << 14 : 0)
          + (groups.size > 3 ? (groups[3] & 0x7f) << 21 : 0)
          + (groups.size > 4 ? (groups[4] & 0x7f) << 28 : 0)
  first_layer:
    seq:
      - id: count
        type: varint
        if: _root.flags.many
        valid:
          expr: _.value >= 1 and _.value <= 16777216
      - id: block_pictures
        type: varint
        if: _root.flags.many
        valid:
          expr: _.value >= 1 and _.value <= 4096
      - id: shape
        type: shape
        if: _root.flags.geometry and not _root.flags.many
      - id: runs
        type: 'run(_index, _index == 0 ? 0 : runs[_index - 1].end)'
        repeat: until
        repeat-until: _.end >= num_pictures
        if: _root.flags.geometry and _root.flags.many
      - id: index
        type: varint
        repeat: expr
        repeat-expr: num_blocks
        if: _root.flags.many
        valid:
          expr: _.value >= 4
        doc: of each block, the bytes of its record
      - id: len_names
        type: varint
        if: _root.flags.names
      - id: names
        size: len_names.value
        if: _root.flags.names
        doc: a raw deflate stream of the names, each in UTF-8 and ended by 00
      - id: records
        type: record(_index)
        size: '_root.flags.many ? index[_index].value : _io.size - _io.pos'
        repeat: expr
        repeat-expr: num_blocks
      - id: rest
        size-eos: true
        valid:
          expr: _.length == 0
    instances:
      num_pictures:
        value: '_root.flags.many ? count.value : 1'
      num_block_pictures:
        value: '_root.flags.many ? block_pictures.value : 1'
      num_blocks:
        value: (num_pictures + num_block_pictures - 1) / num_block_pictures
  second_layer:
    seq:
      - id: fingerprint
        size: 4
        doc: of the model for exact pixels
      - id: index
        type: varint
        repeat: expr
        repeat-expr: _root.first.num_blocks
        if: _root.flags.many
        valid:
          expr: _.value >= 4
      - id: records
        type: second_record
        size: '_root.flags.many ? index[_index].value : _io.size - _io.pos'
        repeat: expr
        repeat-expr: _root.first.num_blocks
      - id: rest
        size-eos: true
        valid:
          expr: _.length == 0
  shape:
    seq:
      - id: kind
        type: u1
        valid:
          expr: >-
            (_ & 0xe8) == 0 and ((_ & 4) == 0 or (_ & 2) != 0)
            and ((_ & 16) == 0 or not (_root.lossy or _root.restored or (_root.flags.model and not _root.pixels)))
        doc: channels - 1, 04 where red, green and blue are the same, and 10 where samples have 16 bits
      - id: width
        type: varint
        valid:
          expr: _.value >= 1 and _.value <= 32768
      - id: height
        type: varint
        valid:
          expr: _.value >= 1 and _.value <= 32768 and _.value * width.value <= 89478485
    instances:
      channels:
        value: (kind & 3) + 1
      equal:
        value: (kind & 4) != 0
      deep:
        value: (kind & 16) != 0
        doc: whether samples have 16 bits
      has_alpha:
        value: channels % 2 == 0
  run:
    doc: neighbouring pictures of one shape
    params:
      - id: number
        type: s4
      - id: begin
        type: s4
    seq:
      - id: len_run
        type: varint
        valid:
          expr: _.value >= 1 and end <= _parent.num_pictures
      - id: shape
        type: shape
        valid:
          expr: >-
            number == 0 or (_.deep == _parent.runs[number - 1].shape.deep
            and (_.kind != _parent.runs[number - 1].shape.kind
            or _.width.value != _parent.runs[number - 1].shape.width.value
            or _.height.value != _parent.runs[number - 1].shape.height.value))
    instances:
      end:
        value: begin + len_run.value
  record:
    params:
      - id: block
        type: s4
    seq:
      - id: seen
        type: 'alpha_in_run(_parent.runs[_index], _index == 0 ? false : seen[_index - 1].any)'
        repeat: expr
        repeat-expr: _parent.runs.size
        if: _root.flags.geometry and _root.flags.many
        doc: no bytes; finds out whether a picture of the block has alpha
      - id: method
        type: u1
        if: not _root.lossy and (_root.pixels or _root.flags.many or not _root.flags.model)
        valid:
          expr: 'deep ? (_ <= 2 or _ == 11 or _ == 12 or _ == 14 or (_root.pixels and _ == 13)) : (_ <= (_root.flags.model and not _root.pixels ? 5 : 2) or (_root.pixels and (_ == 7 or _ == 9 or _ == 15 or _ == 23 or _ == 25 or _ == 39)) or _ == 8 or _ == 11 or _ == 24)'
        doc: 0 stored, 1 deflated, 2 differenced, 3 modelled, 4 origins, 5 origins by network, 7 pixels, 8 quick pixels, 9 drawings, 11 packed, 15 drawings after others; of 16 bits a sample 12 filtered, 13 pixels, 14 quick pixels; 23, 24 and 25 are 7, 8 and 9 in pieces, and 39 is 7 of turned images
      - id: references
        type: references
        if: _root.referenced
      - id: len_alpha
        type: varint
        if: has_alpha
      - id: alpha
        type: alpha
        size: len_alpha.value
        if: has_alpha
      - id: body
        size: _io.size - _io.pos - len_check
      - id: check
        size: len_check
        doc: the last bytes of the CRC-32 over the block's decoded pictures
    instances:
      len_check:
        value: '_root.flags.many or _root.grid or _root.pixels ? 4 : 1'
      begin:
        value: block * _parent.num_block_pictures
      end:
        value: begin + _parent.num_block_pictures
        doc: in the last block, which may hold fewer pictures, beyond the last picture
      deep:
        value: '_root.flags.geometry and (_root.flags.many ? _parent.runs[0].shape.deep : _parent.shape.deep)'
        doc: whether samples have 16 bits, which is so in all pictures of a file or in none
      has_alpha:
        value: >-
          _root.lossy and _root.flags.geometry
          and (_root.flags.many ? seen.last.any : _parent.shape.has_alpha)
  references:
    doc: which pictures of the block differ from which others
    seq:
      - id: len_mask
        type: varint
        valid:
          expr: _.value <= (num_pictures + 7) / 8
      - id: mask
        type: u1
        repeat: expr
        repeat-expr: len_mask.value
        doc: a bit for each picture of the block, from the lowest
      - id: form
        size: 0
        valid:
          expr: >-
            len_mask.value == 0
            or (mask.last != 0 and (len_mask.value * 8 <= num_pictures or mask.last >> (num_pictures % 8) == 0))
      - id: places
        type: reference(_index)
        repeat: expr
        repeat-expr: len_mask.value * 8
    instances:
      begin:
        value: _parent.begin
      num_pictures:
        value: >-
          (_parent.end < _parent._parent.num_pictures ? _parent.end : _parent._parent.num_pictures) - _parent.begin
  reference:
    doc: of one picture of the block; whether there are so many that it could be to is left to a decoder
    params:
      - id: picture
        type: s4
    seq:
      - id: place
        type: varint
        if: is_there
    instances:
      is_there:
        value: ((_parent.mask[picture / 8] >> (picture % 8)) & 1) != 0
  alpha_in_run:
    params:
      - id: run
        type: run
      - id: before
        type: bool
    instances:
      any:
        value: >-
          before or (run.shape.has_alpha and run.begin < _parent.end and run.end > _parent.begin)
        doc: whether a picture of the block lies in this run or in one before it and has alpha
  alpha:
    seq:
      - id: method
        type: u1
        valid:
          max: 2
      - id: body
        size-eos: true
  second_record:
    seq:
      - id: method
        type: u1
        valid:
          any-of: [0, 1, 2, 3, 6]
        doc: 0 stored, 1 deflated, 2 differenced, 3 modelled, 6 origins over the first layer
      - id: body
        size: _io.size - _io.pos - len_check
      - id: check
        size: len_check
    instances:
      len_check:
        value: '_root.flags.many ? 4 : 1'
