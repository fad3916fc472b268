"""A server that stands for those of outlets: `pictures.put("/1.jpg", jpeg())`, `pictures.url("/1.jpg", "a.test")`."""

import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

from PIL import Image


def jpeg(width: int = 64, height: int = 48, colour: str = "teal") -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG")
    return file.getvalue()


class Pictures:
    """What is served, and what was asked for."""

    def __init__(self):
        self.answers: dict[str, tuple[int, bytes, dict]] = {}
        self.asked: list[tuple[str, str, dict]] = []  # host, path, headers
        self.pause = 0.0
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.port = 0

    def put(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.answers[path] = status, body, headers

    def url(self, path: str, host: str = "a.test") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path, _ in self.asked]

    def hosts(self) -> Counter:
        return Counter(host for host, _, _ in self.asked)


@contextmanager
def serving(pictures: Pictures):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            with pictures.lock:
                pictures.asked.append((self.headers["Host"].partition(":")[0], self.path, dict(self.headers)))
                pictures.at_once += 1
                pictures.most_at_once = max(pictures.most_at_once, pictures.at_once)
            time.sleep(pictures.pause)
            with pictures.lock:
                pictures.at_once -= 1
            status, body, headers = pictures.answers.get(self.path, (404, b"", {}))
            if status == 200 and headers.get("ETag") and self.headers["If-None-Match"] == headers["ETag"]:
                status, body = 304, b""
            with suppress(OSError):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    pictures.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield pictures
    finally:
        server.shutdown()
        server.server_close()
