"""Running Fleet: gunicorn with one gevent worker, started from our own code."""
