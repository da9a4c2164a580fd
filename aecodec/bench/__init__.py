"""Whole files are measured here: written, read back, decoded, compared."""
