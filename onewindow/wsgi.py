"""WSGI entry point served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from onewindow.server.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
# Granian's worker is the child of a child: without this a killed granian would leave it holding the port.
if os.environ.get("OW_SUPERVISED") == "1":
    die_with_parent()
application = get_wsgi_application()
