"""One figure a module, drawn from a report or from the models."""
