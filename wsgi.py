"""Fleet for a gunicorn of your own: `gunicorn -k gevent wsgi:app`. Otherwise use `fleet serve`."""

from fleet.server.wsgi import application

app = application()
