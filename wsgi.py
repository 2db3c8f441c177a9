"""The WSGI entry point: `gunicorn wsgi:app`."""

from core.app import create_app
from core.serving.steady import settle

app = create_app()
settle()
