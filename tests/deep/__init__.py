"""Tests of pictures of 16 bits a sample."""
