"""Files: pictures in and out through Pillow, ``.aec`` bytes, outputs that appear whole or not at all."""

from aecodec.files.atomic import check_target, write_file
from aecodec.files.batch import Gallery, Source, find_files, find_pictures
from aecodec.files.folder import check_folder, folders_above, is_there, is_unfinished, write_folder
from aecodec.files.naming import numbered_names, picture_names
from aecodec.files.picture import decode_picture, decode_with_remarks, read_picture
from aecodec.files.read import STDIO, read_bytes
from aecodec.files.save import Format, encode_picture, format_of

__all__ = [
    "STDIO",
    "Format",
    "Gallery",
    "Source",
    "check_folder",
    "check_target",
    "decode_picture",
    "decode_with_remarks",
    "encode_picture",
    "find_files",
    "find_pictures",
    "folders_above",
    "format_of",
    "is_there",
    "is_unfinished",
    "numbered_names",
    "picture_names",
    "read_bytes",
    "read_picture",
    "write_file",
    "write_folder",
]
