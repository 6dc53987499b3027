"""Files of this host: looked at, sent, and taken, beneath its roots."""
