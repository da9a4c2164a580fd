"""Tests of files: pictures in and out, and outputs that appear whole."""
