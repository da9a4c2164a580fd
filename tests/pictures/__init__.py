"""Tests of pictures, as arrays and as files."""
