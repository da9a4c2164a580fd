"""Files: pictures in and out through Pillow, ``.aec`` bytes, outputs that appear whole or not at all."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.files.atomic import check_target, write_file
    from aecodec.files.batch import Found, Source, apart, find_files, find_pictures
    from aecodec.files.encoding import as_path
    from aecodec.files.folder import check_folder, folders_above, is_there, is_unfinished, write_folder
    from aecodec.files.gallery import Gallery
    from aecodec.files.naming import numbered_names, picture_names
    from aecodec.files.read import STDIO, lazy_bytes, modified, read_bytes, read_picture, read_shallow
    from aecodec.files.save import Format, encode_picture, format_of
    from aecodec.files.suffixes import is_picture_name
    from aecodec.pictures.images import decode_picture, decode_with_remarks
else:
    __getattr__ = late(
        __name__,
        {
            ".atomic": ("check_target", "write_file"),
            ".batch": ("Found", "Source", "apart", "find_files", "find_pictures"),
            ".encoding": ("as_path",),
            ".folder": ("check_folder", "folders_above", "is_there", "is_unfinished", "write_folder"),
            ".gallery": ("Gallery",),
            ".naming": ("numbered_names", "picture_names"),
            ".read": ("STDIO", "lazy_bytes", "modified", "read_bytes", "read_picture", "read_shallow"),
            ".save": ("Format", "encode_picture", "format_of"),
            ".suffixes": ("is_picture_name",),
            "aecodec.pictures.images": ("decode_picture", "decode_with_remarks"),
        },
    )

__all__ = [
    "STDIO",
    "Format",
    "Found",
    "Gallery",
    "Source",
    "apart",
    "as_path",
    "check_folder",
    "check_target",
    "decode_picture",
    "decode_with_remarks",
    "encode_picture",
    "find_files",
    "find_pictures",
    "folders_above",
    "format_of",
    "is_picture_name",
    "is_there",
    "lazy_bytes",
    "is_unfinished",
    "modified",
    "numbered_names",
    "picture_names",
    "read_bytes",
    "read_picture",
    "read_shallow",
    "write_file",
    "write_folder",
]
