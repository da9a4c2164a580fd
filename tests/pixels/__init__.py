"""Tests of exact pixels."""
