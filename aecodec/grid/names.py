"""The names of tensors that a model may have or lack, or how they begin."""

PREFILTER, POSTFILTER = "prefilter", "postfilter"  # both or none; with them blocks overlap
ADAPTIVE = "adaptive"  # of the adaptive filter
DEPENDENT = "scales.second"  # the tables of the second quantizer, with dependent quantization
INTERLACED = "interlaced"  # of the networks of steps; in a description, in how many octaves they go
