"""Curves of rate and distortion are made of records here, and compared."""
