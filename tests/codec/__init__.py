"""Tests of the codec: pictures to bytes and back."""
