"""Measurements on whole files: written, read back, decoded, compared."""
