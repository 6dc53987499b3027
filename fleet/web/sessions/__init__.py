"""Sessions: signing in, one-time links, the browsers of a person."""
