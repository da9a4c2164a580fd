"""Measuring on pictures of any sizes: rows of single pictures, at ladders of qualities, one file each."""
