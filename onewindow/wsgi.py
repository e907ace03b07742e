"""WSGI entry point served by granian."""

import os

from django.core.wsgi import get_wsgi_application

from onewindow.server.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
# Granian's worker is the child of a child: without this a killed granian would leave it holding the port.
if os.environ.get("OW_SUPERVISED") == "1":
    die_with_parent()
_django = get_wsgi_application()

# What follows needs Django to be set up. The screens' feed is answered in front of it (docs/adr/0005).
from onewindow.hall import feed  # noqa: E402
from onewindow.server import metrics  # noqa: E402
from onewindow.server.middleware import protective_headers  # noqa: E402

application = feed.Layer(_django, protective_headers(), metrics.observe)
