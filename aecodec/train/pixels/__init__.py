"""Training of the networks that keep exact pixels (:mod:`aecodec.pixels`)."""
