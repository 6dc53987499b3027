"""What every page is made of: the page itself, Jinja, halt, errors, the frame's live part."""
