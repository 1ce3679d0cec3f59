"""A TLS front on the loopback, as a Function URL is one: it tells the caller's address."""

import contextlib
import http.client
import http.server
import pathlib
import ssl
import subprocess
import threading

CALLER = "203.0.113.7"


def certificates(folder):
    """A root of its own and a certificate of it for 127.0.0.1; (root, certificate with key)."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    root, key, request, leaf = (folder / name for name in ("root.pem", "key", "csr", "leaf.pem"))
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    root_key = folder / "root.key"
    openssl([*new, "-x509", "-subj", "/CN=Test root", "-keyout", root_key, "-out", root])
    openssl([*new, "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", request])
    signed = ["openssl", "x509", "-req", "-in", request, "-CA", root, "-CAkey", root_key]
    openssl([*signed, "-CAcreateserial", "-extfile", extensions, "-out", leaf])
    leaf.write_text(leaf.read_text() + key.read_text())
    return root, leaf


def openssl(command):
    subprocess.run(command, check=True, capture_output=True, timeout=60)


class Front:
    """`url` answers over TLS; `seen` holds (target, headers) of each request."""

    def __init__(self, upstream, leaf):
        self.seen = []
        self.caller = CALLER
        front = self

        class Forward(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                front.forward(self, upstream)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forward)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf)
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.authority = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"https://{self.authority}"

    def forward(self, request, upstream):
        self.seen.append((request.path, dict(request.headers)))
        length = int(request.headers.get("Content-Length", 0))
        headers = {k: v for k, v in request.headers.items() if k.lower() != "connection"}
        headers["X-Forwarded-For"] = self.caller
        connection = http.client.HTTPConnection(upstream, timeout=20)
        connection.request(request.command, request.path, request.rfile.read(length), headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        request.send_response_only(answer.status)
        for name, value in answer.getheaders():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
        request.close_connection = True


@contextlib.contextmanager
def front(upstream, leaf):
    running = Front(upstream, leaf)
    thread = threading.Thread(target=running.server.serve_forever)
    thread.start()
    try:
        yield running
    finally:
        running.server.shutdown()
        running.server.server_close()
        thread.join(timeout=20)
