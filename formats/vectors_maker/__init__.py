"""What ``make_vectors.py`` makes: one small module for each kind of vector."""
