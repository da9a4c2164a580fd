"""The prefixes of the tensors' names of networks of ink."""

INK, CONDITIONAL = "ink", "based"  # the second network codes scans given their lossy pictures
