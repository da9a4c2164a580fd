"""Code that a program wrote: see formats/make_parser.py."""
