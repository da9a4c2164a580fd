"""Tensors that a model has both or neither of: with them its blocks overlap."""

PREFILTER, POSTFILTER = "prefilter", "postfilter"
