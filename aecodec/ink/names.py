"""How the names of the tensors of networks of ink begin."""

INK, CONDITIONAL = "ink", "based"  # the second is for scans given their lossy pictures
