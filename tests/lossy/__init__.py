"""Tests of lossy tiles."""
