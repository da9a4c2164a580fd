"""The names of two tensors. A model has both of them or none; with them its blocks overlap."""

PREFILTER, POSTFILTER = "prefilter", "postfilter"
