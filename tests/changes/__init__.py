"""Tests of tensors that are stored as what differs from others."""
