"""A folder as a host serves it: compressed, and under a path of its own.

Beside it, a project as `mkdocs serve` shows it to its authors.
"""

import gzip
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

PATH = "/theta/"  # as a project page has it
# for which sites are built; whoever serves one puts an address of its own in its place
SITE_URL = f"http://book.invalid{PATH}"
HAS_ADDRESSES = {".html", ".json", ".md", ".txt", ".xml"}
COMPRESSED = {".css", ".html", ".js", ".json", ".svg", ".txt", ".webmanifest", ".xml"}


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path.removeprefix(PATH)))
        if file.is_dir():
            file /= "index.html"
        status = HTTPStatus.OK
        if not (self.path.startswith(PATH) and file.is_file()):
            status, file = HTTPStatus.NOT_FOUND, Path(self.directory, "404.html")
        body = file.read_bytes()
        if file.suffix in HAS_ADDRESSES:
            own = f"http://127.0.0.1:{self.server.server_port}{PATH}"
            body = body.replace(SITE_URL.encode(), own.encode())
        accepted = self.headers.get("Accept-Encoding", "")
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(file))
        if file.suffix in COMPRESSED and "gzip" in accepted:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serves `folder` on a free port until the context ends; gives its address."""
    files = partial(_Files, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), files) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{PATH}"
        finally:
            server.shutdown()


@contextmanager
def mkdocs_serve(
    root: Path, configuration: str = "mkdocs.yml", **environment: str
) -> Iterator[str]:
    """Runs `mkdocs serve` until the context ends; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = ("--config-file", configuration, "--dev-addr", address)
    server = subprocess.Popen(
        (sys.executable, "-m", "mkdocs", "serve", *options),
        cwd=root,
        env=os.environ | {"SITE_URL": "", "NO_MKDOCS_2_WARNING": "1"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://{address}/"
    finally:
        server.terminate()
        server.wait(30)


def fetch(url: str, expected: str, seconds: float = 60) -> str:
    """The page at `url`, as soon as it holds what is expected."""
    end = time.monotonic() + seconds
    text = ""
    while time.monotonic() < end:
        try:
            with urlopen(url, timeout=seconds) as answer:
                text = answer.read().decode()
        except OSError:
            text = ""
        if expected in text:
            return text
        time.sleep(0.02)
    raise TimeoutError(f"{url} does not show {expected!r}")
