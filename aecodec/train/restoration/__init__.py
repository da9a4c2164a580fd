"""Training the network that restores altered drawings (:mod:`aecodec.drawings.restoration`)."""
