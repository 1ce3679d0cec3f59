"""The custom resource of the dyn53 stack.

Checks the names against the zone,
puts the program that this file carries into the stack's bucket, [full]
and gives every request of CloudFormation one answer, with the reason in words.
"""

import base64  # [full]
import contextlib
import hashlib  # [full]
import io  # [full]
import ipaddress
import json
import lzma  # [full]
import re
import threading
import time
import urllib.request
import zipfile  # [full]

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# [full]
DIGEST = "@digest@"  # SHA-256 of the program
KEY = DIGEST + ".zip"
# [lean]
KEY = "names"
# [end]
CALLS = Config(
    connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"}
)
PAUSES = (2, 4, 8, 16)  # seconds that a new role may take until it is known everywhere
MARGIN = 25  # seconds to send the answer in, before Lambda ends this function
ANSWER_LIMIT = 4096  # bytes, set by CloudFormation


class Refused(Exception):
    """A sentence for the person in front of the form."""


def handler(event, context):
    answer = Answer(event)
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN
    late = answer.failure(f"no result after {seconds:.0f} seconds: try again")
    guard = threading.Timer(seconds, answer.send, [late])
    guard.daemon = True
    guard.start()
    outcome = work(event, answer)
    guard.cancel()
    answer.send(outcome)


def work(event, answer):
    try:
        return answer.success(delete(event) if event["RequestType"] == "Delete" else install(event))
    except Refused as refused:
        return answer.failure(str(refused))
    except ClientError as error:
        return answer.failure(
            f"AWS refused {error.operation_name}: {error.response['Error'].get('Message', error)}"
        )
    except Exception as error:
        return answer.failure(f"{type(error).__name__}: {error}")


def install(event):
    wanted = event["ResourceProperties"]
    zone, name_servers = read_zone(wanted["HostedZoneId"])
    names = read_names(wanted["RecordName"], wanted["AlsoWildcard"] == "yes", zone)
    return {
        "Key": place(wanted["Bucket"], wanted["Digest"] + ".zip"),  # [full]
        "RecordNames": ",".join(
            f"{name}={interface}" if interface else name for name, interface in names.items()
        ),
        "PolicyNames": ",".join(name.replace("*", "\\052") for name in names),
        "ChallengeNames": ",".join(challenges(names)) if wanted["Certificates"] == "yes" else "",
        "FirstName": next(iter(names)).removeprefix("*."),
        "NameServers": ",".join(name_servers),
    }


def challenges(names):
    """Where the names are proved, each once: a wildcard is proved where the name under its * is."""
    proved = dict.fromkeys("_acme-challenge." + name.removeprefix("*.") for name in names)
    for name in proved:
        if len(name) > 253:
            raise Refused(f"{name} is longer than 253 characters: no certificate for this name")
    return proved


# [full]
def place(bucket, key):
    """The key of the program, which is in the bucket now. A rollback wants one that is there."""
    s3 = boto3.client("s3", config=CALLS)
    if key == KEY:
        patiently(s3.put_object, Bucket=bucket, Key=key, Body=package())
    elif not patiently(s3.list_objects_v2, Bucket=bucket, Prefix=key).get("Contents"):
        raise Refused(
            "the template and its installer are of different versions: upload the whole file again"
        )
    return key


# [end]
def delete(event):
    """After an update CloudFormation deletes the program before; with the stack goes everything."""
    # [full]
    bucket = event["ResourceProperties"]["Bucket"]
    s3 = boto3.client("s3", config=CALLS)
    physical = event["PhysicalResourceId"]
    try:
        if physical != KEY and re.fullmatch(r"[0-9a-f]{64}\.zip", physical):
            patiently(s3.delete_object, Bucket=bucket, Key=physical)
            return {}
        while objects := patiently(s3.list_objects_v2, Bucket=bucket).get("Contents"):
            for found in objects:
                patiently(s3.delete_object, Bucket=bucket, Key=found["Key"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
    # [end]
    return {}


def read_zone(zone_id):
    try:
        found = patiently(boto3.client("route53", config=CALLS).get_hosted_zone, Id=zone_id)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchHostedZone":
            raise Refused(f"there is no hosted zone {zone_id} in this account") from error
        raise
    zone = found["HostedZone"]["Name"].rstrip(".").lower()
    if found["HostedZone"].get("Config", {}).get("PrivateZone"):
        raise Refused(f"the zone {zone} is private: choose the public zone of that name")
    return zone, found.get("DelegationSet", {}).get("NameServers", [])


def read_names(text, also_wildcard, zone):
    """Each name with its interface id or an empty text, in the order typed."""
    names = {}
    for typed in filter(None, map(str.strip, text.split(","))):
        name, _, interface = map(str.strip, typed.partition("="))
        name = name.lower().removesuffix(".")
        check_name(name)
        if name.startswith(("_acme-challenge.", "_validation-persist.")):
            raise Refused(f"{name} is for certificates: remove it, and set Certificates to yes")
        if name != zone and not name.endswith("." + zone):
            raise Refused(f"{name} is not in zone {zone}")
        interface = read_interface(typed, interface)
        wildcard = also_wildcard and not name.startswith("*.")
        for each in (name, "*." + name) if wildcard else (name,):
            if names.setdefault(each, interface) != interface:
                raise Refused(f"{each} is given twice with different interface ids")
            if len(each) > 253:
                raise Refused(f"{each} is longer than 253 characters")
    if not names:
        raise Refused("the record name is empty: type the name that should follow your address")
    return names


def check_name(name):
    if not name.isascii():
        raise Refused(
            f"{name} has letters outside ASCII: write it in Punycode, beginning with xn--"
        )
    for position, label in enumerate(name.split(".")):
        if label == "*" and position == 0:
            continue
        if "*" in label:
            raise Refused(f"{name}: * may only be the whole first part of a name")
        if not re.fullmatch(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", label):
            raise Refused(
                f"{name} is not a host name: each part has 1 to 63 of a-z, 0-9, _ and inner hyphens"
            )


def read_interface(typed, interface):
    if "=" not in typed:
        return ""
    if "%" not in interface:
        with contextlib.suppress(ValueError):
            return str(ipaddress.IPv6Address(interface))
    raise Refused(f"{typed}: after = comes an IPv6 interface id, as in nas.example.com=::10")


# [full]
def package():
    """The program as Lambda takes it: a zip with one executable file, the same bytes each time."""
    damaged = "the program in this template is damaged: download the file again"
    try:
        program = lzma.decompress(
            base64.b85decode("".join(PAYLOAD.split()).translate({44: 36, 46: 123}))
        )
    except (ValueError, lzma.LZMAError) as error:
        raise Refused(damaged) from error
    if hashlib.sha256(program).hexdigest() != DIGEST:
        raise Refused(f"{damaged} (its SHA-256 is not {DIGEST})")
    entry = zipfile.ZipInfo("bootstrap")
    entry.create_system = 3
    entry.external_attr = 0o100755 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, program, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


# [end]
def patiently(call, **arguments):
    for pause in PAUSES:
        try:
            return call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException"):
                raise
            time.sleep(pause)
    return call(**arguments)


class Answer:
    """One answer to CloudFormation, whoever comes first."""

    def __init__(self, event):
        self.event = event
        self.lock = threading.Lock()
        self.sent = False

    def success(self, data):
        physical = data.get("Key") or self.event.get("PhysicalResourceId", KEY)
        body = self.body(physical, Status="SUCCESS", Data=data)
        if len(body) > ANSWER_LIMIT:
            raise Refused(
                "the record names are too long together: give some of them a stack of their own"
            )
        return body

    def failure(self, reason):
        return self.body(
            self.event.get("PhysicalResourceId", KEY), Status="FAILED", Reason=reason[:1000]
        )

    def body(self, physical, **more):
        same = {name: self.event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        return json.dumps({**same, "PhysicalResourceId": physical, **more}).encode()

    def send(self, body):
        with self.lock:
            if self.sent:
                return
            print(self.event["RequestType"], body.decode())
            request = urllib.request.Request(
                self.event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"
            )
            for pause in (1, 3, None):
                try:
                    urllib.request.urlopen(request, timeout=5).close()
                    self.sent = True
                    return
                except OSError:
                    if pause is None:
                        raise
                    time.sleep(pause)


# [full]
# The program: xz in base85, with a comma for $ and a dot for {, which templates give a meaning.
PAYLOAD = """
@payload@
"""
# [end]
