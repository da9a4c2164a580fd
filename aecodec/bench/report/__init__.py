"""Records are shown here: tables, CSV, Markdown and a page of HTML."""
