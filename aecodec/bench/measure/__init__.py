"""Ways of keeping pictures are taken through files and processes here, and measured."""
