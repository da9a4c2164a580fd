"""The larger commands do their work here, once click has read their options."""
