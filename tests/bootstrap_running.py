"""The released `bootstrap` as Lambda runs it, with a stand-in for the Runtime API."""

import contextlib
import http.server
import itertools
import json
import queue
import subprocess
import threading
import time
import urllib.parse

SECRET = "s3cret-of-the-router"
PREFIX = "/2018-06-01/runtime/invocation/"


class RuntimeApi:
    """Hands out events one after the other, takes what is said of them."""

    def __init__(self):
        self.events, self.said = queue.Queue(), queue.Queue()
        self.numbers = itertools.count(1)
        self.seconds = 60  # how long an event may take
        api = self

        class Connection(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                event = api.events.get()
                if event is None:
                    self.close_connection = True
                    return
                body = json.dumps(event).encode()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", f"r-{next(api.numbers)}")
                deadline = int((time.time() + api.seconds) * 1000)
                self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.said.put((self.path, json.loads(body)))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Connection)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.events.put(None)
        self.server.shutdown()
        self.server.server_close()


class Function:
    """A running `bootstrap`."""

    def __init__(self, api, process):
        self.api, self.process, self.log = api, process, queue.Queue()

    def call(self, path="/", **parameters):
        """Status and body of a request to the Function URL."""
        if path == "/":
            parameters = {"secret": SECRET} | parameters
        self.api.events.put(event(path, urllib.parse.urlencode(parameters)))
        posted, said = self.api.said.get(timeout=60)
        assert posted.endswith("/response"), said
        return said["statusCode"], said["body"]

    def _read(self):
        for line in self.process.stdout:
            self.log.put(json.loads(line))


@contextlib.contextmanager
def run(program, environment):
    """Starts it with what Lambda sets besides, and ends it."""
    api = RuntimeApi()
    address = "{}:{}".format(*api.server.server_address)
    environment = environment | {"SECRET": SECRET, "AWS_LAMBDA_RUNTIME_API": address}
    process = subprocess.Popen(
        [program], env=environment, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    function = Function(api, process)
    reader = threading.Thread(target=function._read, daemon=True)
    reader.start()
    try:
        yield function
    finally:
        process.kill()
        process.wait()
        reader.join(timeout=10)
        api.close()


def event(path, query):
    """A GET as a Function URL makes an event of it (payload format 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"accept": "*/*"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "203.0.113.77"},
            "requestId": "e1506fd5-9e7b-434f-bd42-4f8fa224b599",
        },
        "isBase64Encoded": False,
    }
