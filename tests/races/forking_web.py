"""The web of the house in a process that can be killed a hundred times in seconds.

The parent loads everything, opens the port and holds it; each child serves until it is killed, then the next is born.
A caller who comes between two children waits in the queue of the port. Prints `port N` once and `child PID` per life.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), Quiet, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_name, self.server_port = "127.0.0.1", listener.getsockname()[1]
        self.setup_environ()


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        return

    def address_string(self) -> str:
        return str(self.client_address[0])


def serve(listener: socket.socket) -> None:
    from onewindow.server.processes import die_with_parent
    from onewindow.wsgi import application

    die_with_parent(signal.SIGKILL)
    server = Server(listener)
    server.set_app(application)
    server.serve_forever()


def main() -> None:
    import onewindow.urls  # noqa: F401 - loaded once, before the first child
    from onewindow.server.processes import die_with_parent

    die_with_parent(signal.SIGKILL)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    sys.stdout.write(f"port {listener.getsockname()[1]}\n")
    while True:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            serve(listener)
            os._exit(1)
        sys.stdout.write(f"child {child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
    import django

    django.setup()
    main()
