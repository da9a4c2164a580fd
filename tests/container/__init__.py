"""Tests of the container."""
