"""The three ways to write the function, and one measured run of one of them."""

import dataclasses
import json
import secrets
import time

from measure.programs import BENCH, ROOT, TOOLS, clean_environment, output

NAME = "home.example.net"
SECRET = secrets.token_hex(16)
VENV = BENCH / ".venv"

# The number of the address that was sent last, whichever function sent it.
_sent = 0


@dataclasses.dataclass(frozen=True, eq=False)
class Function:
    name: str
    command: list
    folder: object


OURS = Function("dyn53 `bootstrap`", [ROOT / "dist" / "bootstrap"], ROOT)
USUAL = Function("Rust: lambda_http, aws-sdk-route53", [TOOLS / "usual"], ROOT)
PYTHON = Function(
    "Python: awslambdaric, boto3",
    [VENV / "bin" / "python", "-m", "awslambdaric", "handler.handler"],
    BENCH / "python",
)
ALL = [OURS, USUAL, PYTHON]


@dataclasses.dataclass
class Place:
    """Where a function runs: its zone, the API it calls, whom it trusts."""

    endpoint: str
    authority: str
    zone: str
    name_servers: str = ""

    def environment(self):
        return clean_environment(
            AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
            AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            AWS_SESSION_TOKEN="bench",
            AWS_LAMBDA_FUNCTION_NAME="bench",
            AWS_LAMBDA_FUNCTION_VERSION="$LATEST",
            AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128",
            AWS_LAMBDA_LOG_GROUP_NAME="/aws/lambda/bench",
            AWS_LAMBDA_LOG_STREAM_NAME="bench",
            AWS_ENDPOINT_URL_ROUTE_53=self.endpoint,
            AWS_CA_BUNDLE=self.authority,
            SSL_CERT_FILE=self.authority,
            HOSTED_ZONE_ID=self.zone,
            RECORD_NAMES=NAME,
            SECRET=SECRET,
            **({"NAME_SERVERS": self.name_servers} if self.name_servers else {}),
        )


def event(folder):
    """A Function URL event, payload 2.0; the clock puts the address in."""
    now = time.time()
    path = folder / "event.json"
    query = {"newip": "@ADDRESS@", "secret": SECRET}
    http = {"method": "GET", "path": "/", "protocol": "HTTP/1.1", "sourceIp": "198.51.100.1"}
    host = "bench.lambda-url.us-east-1.on.aws"
    value = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": f"newip=@ADDRESS@&secret={SECRET}",
        "headers": {"host": host, "user-agent": "bench", "x-forwarded-proto": "https"},
        "queryStringParameters": query,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "bench",
            "domainName": host,
            "domainPrefix": "bench",
            "http": http | {"userAgent": "bench"},
            "requestId": "bench",
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    path.write_text(json.dumps(value))
    path.chmod(0o600)
    return path


def run(function, place, event_file, calls, *, changing, cap="-"):
    """Starts the function, sends `calls` events, and reads the clock. Without `changing` all of
    them send the address that the last run sent last."""
    global _sent
    if changing:
        _sent += 1
    clock = [TOOLS / "lambda-clock", event_file, calls, _sent, int(changing), cap]
    if changing:
        _sent += calls - 1
    return output([*clock, *function.command], env=place.environment(), cwd=function.folder)
