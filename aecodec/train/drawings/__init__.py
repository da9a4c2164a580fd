"""Training of the networks that keep drawings exactly (:mod:`aecodec.drawings`)."""
