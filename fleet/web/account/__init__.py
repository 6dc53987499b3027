"""My account: name, password, quiet hours, theme, browsers, tokens."""
