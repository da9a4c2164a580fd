"""Tests of the golden vectors, by the package and by the reference decoder."""
