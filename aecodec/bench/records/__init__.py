"""A benchmark finds these plain records. They are written as JSON, and all that is shown is made from them."""
