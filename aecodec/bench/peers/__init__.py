"""The codecs that aecodec is measured against."""
