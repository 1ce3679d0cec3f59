"""S3, GetHostedZone and CloudFormation's answer address in one listener that can refuse."""

import contextlib
import http.server
import json
import threading
import urllib.parse

ZONE = """<?xml version="1.0"?>
<GetHostedZoneResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">
<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}</Name><CallerReference>x</CallerReference>
<Config><PrivateZone>{private}</PrivateZone></Config>
<ResourceRecordSetCount>2</ResourceRecordSetCount></HostedZone>
<DelegationSet><NameServers><NameServer>ns-1.example.net</NameServer>
<NameServer>ns-2.example.org</NameServer>
</NameServers></DelegationSet></GetHostedZoneResponse>"""
NO_ZONE = """<?xml version="1.0"?>
<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type>
<Code>NoSuchHostedZone</Code>
<Message>No hosted zone found with ID: Z0</Message></Error></ErrorResponse>"""
REFUSAL = "<Error><Code>{0}</Code><Message>{1}</Message></Error>"
LIST = "<ListBucketResult><IsTruncated>false</IsTruncated>{0}</ListBucketResult>"


class StandIn:
    """What it holds, what it refuses, what it was told."""

    def __init__(self):
        self.objects = {}
        self.zone = {"id": "Z1", "name": "example.com.", "private": "false"}
        self.refusals = {}  # method or "zone" -> (status, code, message, how often)
        self.answers = []
        self.unanswered = 0  # how many answers are turned away before one is taken
        self.released = threading.Event()
        self.released.set()  # cleared: S3 stalls until it is set
        self.calls = []

    def reply(self, method, path, body):
        """Status and text for one request."""
        url = urllib.parse.urlsplit(path)
        if url.path == "/answer":
            return self.take_answer(body)
        if url.path.startswith("/2013-04-01/hostedzone/"):
            return self.refused("zone") or self.hosted_zone(url.path.rpartition("/")[2])
        self.released.wait(timeout=60)
        self.calls.append(f"{method} {url.path}")
        prefix = urllib.parse.parse_qs(url.query).get("prefix", [""])[0]
        key = url.path.removeprefix("/bucket").lstrip("/") or prefix
        return self.refused(method) or self.bucket(method, key, body)

    def take_answer(self, body):
        if self.unanswered:
            self.unanswered -= 1
            return 503, ""
        self.answers.append(json.loads(body))
        return 200, ""

    def hosted_zone(self, zone_id):
        found = zone_id == self.zone["id"]
        return (200, ZONE.format(**self.zone)) if found else (404, NO_ZONE)

    def refused(self, what):
        status, code, message, times = self.refusals.get(what, (0, "", "", 0))
        if times:
            self.refusals[what] = (status, code, message, times - 1)
            return status, REFUSAL.format(code, message)
        return None

    def bucket(self, method, key, body):
        if method == "PUT":
            self.objects[key] = body
        elif method == "DELETE":
            self.objects.pop(key, None)
            return 204, ""
        found = (one for one in self.objects if one.startswith(key))
        return 200, LIST.format("".join(f"<Contents><Key>{one}</Key></Contents>" for one in found))


@contextlib.contextmanager
def run():
    """Serves a StandIn on a free port of the loopback."""
    standin = StandIn()

    class Front(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            body = self.read_body()
            status, text = standin.reply(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def read_body(self):
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body

        do_GET = do_PUT = do_DELETE = answer

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    standin.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield standin
    finally:
        standin.released.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
