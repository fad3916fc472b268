"""A server of pictures for measurements: many host names on one port of this machine, and some of what servers do.

`serve(folder)` gives the pictures that are files there, and answers for others as their names say: `redirect-…`,
`inside-…` (a redirect to a private address), `loop-…`, `gone-…`, `broken-…` (500), `endless-…`, `packed-…` (a gzip
bomb), `short-…` (less than its Content-Length), `drip-…` (a byte at a time), `slow-…` (half a second late).
"""

import gzip
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif", ".svg": "image/svg+xml"}


@contextmanager
def serve(folder: Path):
    """The port on which it listens, on all addresses 127.*, as long as the block lasts."""
    handler = type("Pictures", (_Pictures,), {"folder": folder, "bomb": gzip.compress(bytes(50 * 2**20))})
    server = _Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients go away in the middle: that is what is measured."""


class _Pictures(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    bomb: bytes

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        kind, _, rest = name.partition("-")
        with suppress(OSError):
            getattr(self, f"_{kind}", self._picture)(rest if hasattr(self, f"_{kind}") else name)

    def log_message(self, *_):
        pass

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for header, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(header.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _picture(self, name: str) -> None:
        path = self.folder / name
        if not path.is_file():
            return self._answer(404)
        self._answer(200, path.read_bytes(), Content_Type=TYPES.get(path.suffix, "image/jpeg"), ETag=f'"{name}"')

    def _redirect(self, name: str) -> None:
        self._answer(302, Location=f"/{name}")

    def _inside(self, name: str) -> None:
        self._answer(302, Location="http://10.0.0.1/secret.jpg")

    def _loop(self, name: str) -> None:
        self._answer(302, Location=f"/loop-{name}")

    def _gone(self, name: str) -> None:
        self._answer(410)

    def _broken(self, name: str) -> None:
        self._answer(500)

    def _packed(self, name: str) -> None:
        self._answer(200, self.bomb, Content_Type="image/jpeg", Content_Encoding="gzip")

    def _slow(self, name: str) -> None:
        time.sleep(0.5)
        self._picture(name)

    def _begin(self, *headers: tuple[str, str]) -> None:
        self.close_connection = True
        self.send_response(200)
        for header, value in headers:
            self.send_header(header, value)
        self.end_headers()

    def _endless(self, name: str) -> None:
        self._begin(("Content-Type", "image/jpeg"))
        while True:
            self.wfile.write(bytes(2**16))

    def _short(self, name: str) -> None:
        body = (self.folder / name).read_bytes()
        self._begin(("Content-Type", "image/jpeg"), ("Content-Length", str(len(body) + 1_000)))
        self.wfile.write(body)

    def _drip(self, name: str) -> None:
        self._begin(("Content-Type", "image/jpeg"), ("Content-Length", "100000"))
        while True:
            self.wfile.write(b"\xff")
            time.sleep(0.2)
