"""A benchmark is on one of two sorts of pictures, of one size or of any sizes. Each brings the other rooms together."""
