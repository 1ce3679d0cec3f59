"""A stand-in for Route 53 that lets botocore judge each request: signature, parameters, bytes."""

import contextlib
import http.server
import threading
import urllib.parse
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore_model import NAMESPACE, TIME, values

ZONE_ID = "Z0123456789ABC"
KEY = ("ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjEXAMPLETOKEN==")
REGION = "us-east-1"


class Sent(Exception):
    """Stops boto3 before it sends; holds what it would send."""


class Judge:
    """A zone, the model it is judged by, and what was found wrong."""

    def __init__(self, model):
        self.model = model
        self.sets = []
        self.accepted = []
        self.problems = []
        self.calls = []
        self.refusals = []
        # Members that AWS may add to an answer tomorrow.
        self.further = ""

    def answer(self, method, target, headers, body):
        """Status and body for a request; each problem of it is kept for the test to see."""
        try:
            operation, params = self.read(method, target, body)
            self.calls.append(operation)
            check_signature(method, target, headers, body)
            self.check_parameters(operation, params, method, target, body)
            if operation == "ListResourceRecordSets":
                return 200, self.list(**params)
            if self.refusals:
                return self.refusals.pop(0)
            return self.change(params["ChangeBatch"]["Changes"])
        except Exception as problem:  # noqa: BLE001 -- the test, not the function, is to hear of it
            self.problems.append(f"{method} {target} {body}: {problem!r}")
            return 400, error("InvalidInput", "see the test")

    def read(self, method, target, body):
        """The operation and its parameters, as the model knows them."""
        url = urllib.parse.urlsplit(target)
        zone_id = (
            url.path.rstrip("/").removeprefix("/2013-04-01/hostedzone/").removesuffix("/rrset")
        )
        if method == "GET":
            operation = "ListResourceRecordSets"
            shape = self.model.operation(operation).input_shape
            names = {
                member.serialization.get("name", name): (name, member)
                for name, member in shape.members.items()
            }
            params = {"HostedZoneId": zone_id}
            for key, text in urllib.parse.parse_qsl(url.query, strict_parsing=True):
                params[names[key][0]] = text
            return operation, params
        operation = "ChangeResourceRecordSets"
        root = ElementTree.fromstring(body)
        shape = self.model.operation(operation).input_shape
        assert root.tag == f"{{{NAMESPACE}}}{shape.serialization['name']}"
        return operation, {"HostedZoneId": zone_id} | values(shape, root)

    def check_parameters(self, operation, params, method, target, body):
        assert self.model.problems(operation, params) == ""
        sent = sent_by_boto3(operation, params)
        url, own = urllib.parse.urlsplit(sent.url), urllib.parse.urlsplit(target)
        assert (sent.method, url.path.rstrip("/")) == (method, own.path.rstrip("/"))
        theirs, ours = (sorted(urllib.parse.parse_qsl(one.query)) for one in (url, own))
        assert theirs == ours
        if body:
            assert canonical(body) == canonical(sent.body.decode())

    def list(self, HostedZoneId, StartRecordName="", StartRecordType="", MaxItems="300", **_):
        assert HostedZoneId == ZONE_ID
        start = order({"Name": StartRecordName, "Type": StartRecordType})
        rest = [one for one in sorted(self.sets, key=order) if order(one) >= start]
        shown, rest = rest[: int(MaxItems)], rest[int(MaxItems) :]
        said = {"ResourceRecordSets": shown, "IsTruncated": bool(rest), "MaxItems": MaxItems}
        if rest:
            said |= {"NextRecordName": rest[0]["Name"], "NextRecordType": rest[0]["Type"]}
        body = self.model.answer("ListResourceRecordSets", said)
        read = self.model.parsed("ListResourceRecordSets", 200, body)
        assert read["ResourceRecordSets"] == shown
        return body.replace("<IsTruncated>", f"{self.further}<IsTruncated>")

    def change(self, changes):
        """Carries out all or none: a DELETE states the whole set, a CREATE finds none."""
        after, refused = list(self.sets), []
        for change in changes:
            action, wanted = change["Action"], change["ResourceRecordSet"]
            assert action in ("CREATE", "DELETE"), f"{action} overwrites what another writer wrote"
            there = [one for one in after if key(one) == key(wanted)]
            what = f"[name='{wanted['Name']}', type='{wanted['Type']}']"
            if action == "CREATE" and there:
                refused.append(f"Tried to create resource record set {what} but it already exists")
            elif action == "CREATE":
                after.append(wanted | {"Name": full(wanted["Name"])})
            elif there and there[0] == wanted | {"Name": full(wanted["Name"])}:
                after.remove(there[0])
            else:
                reason = "the values provided do not match the current values"
                reason = reason if there else "it was not found"
                refused.append(f"Tried to delete resource record set {what} but {reason}")
        if refused:
            return 400, error("InvalidChangeBatch", f"[{', '.join(refused)}]")
        self.sets = after
        self.accepted.append([(one["Action"], one["ResourceRecordSet"]) for one in changes])
        told = {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": TIME, "Comment": "x"}
        body = self.model.answer("ChangeResourceRecordSets", {"ChangeInfo": told})
        assert self.model.parsed("ChangeResourceRecordSets", 200, body)["ChangeInfo"] == told
        return 200, body.replace("<Status>", f"{self.further}<Status>")


def full(name):
    return name.lower().rstrip(".") + "."


def key(record_set):
    return full(record_set["Name"]), record_set["Type"]


def order(record_set):
    """The labels from the right, then the type."""
    labels = record_set["Name"].lower().rstrip(".").split(".")
    return labels[::-1], record_set["Type"]


def error(code, message):
    return (
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
    )


def canonical(xml):
    return ElementTree.canonicalize(xml, strip_text=True)


def sent_by_boto3(operation, params):
    """The request that boto3 sends for the same call."""
    client = boto3.client(
        "route53",
        region_name=REGION,
        endpoint_url="http://localhost:1",
        aws_access_key_id=KEY[0],
        aws_secret_access_key=KEY[1],
        config=Config(retries={"total_max_attempts": 1}),
    )

    def stop(request, **_):
        raise Sent(request)

    client.meta.events.register("before-send.route53", stop)
    method = {
        "ListResourceRecordSets": client.list_resource_record_sets,
        "ChangeResourceRecordSets": client.change_resource_record_sets,
    }[operation]
    try:
        method(**params)
    except Sent as sent:
        return sent.args[0]
    raise AssertionError("boto3 sent nothing")


def check_signature(method, target, headers, body):
    """Rebuilds the signature with botocore, from the request as it came."""
    authorization = headers["Authorization"]
    fields = dict(one.strip().split("=", 1) for one in authorization.split(" ", 1)[1].split(","))
    signed = fields["SignedHeaders"].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token"} <= set(signed)
    request = AWSRequest(
        method=method,
        url=f"http://{headers['Host']}{target}",
        headers={name: headers[name] for name in signed},
        data=body.encode(),
    )
    request.context["timestamp"] = headers["X-Amz-Date"]
    auth = SigV4Auth(Credentials(*KEY), "route53", REGION)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    expected = auth.signature(text, request)
    assert fields["Signature"] == expected, "the signature is not botocore's"
    scope = auth.scope(request)
    assert authorization.startswith(f"AWS4-HMAC-SHA256 Credential={scope}")


@contextlib.contextmanager
def serve(judge):
    """Serves until the block ends; yields the URL."""

    class Connection(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, said = judge.answer(self.command, self.path, self.headers, body)
            said = said.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Connection)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
