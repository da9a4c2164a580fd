"""Tests of training: small networks on made pictures."""
