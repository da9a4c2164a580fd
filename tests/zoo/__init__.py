"""Tests of the zoo: model files, checked, found and kept."""
