"""What is made in the account for the observations, and how it is reached."""

import dataclasses
import http.client
import json
import pathlib
import secrets
import ssl
import time
import urllib.parse

import boto3
from botocore.config import Config

CALLS = Config(connect_timeout=10, read_timeout=120, retries={"total_max_attempts": 3})
BUSY = "_IN_PROGRESS"


@dataclasses.dataclass
class Account:
    """The clients of an account, and the names of what is made in it."""

    zone_id: str
    template: pathlib.Path
    endpoint: str | None
    stack: str = ""
    secret: str = dataclasses.field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def __post_init__(self):
        self.stack = self.stack or f"dyn53-live-{secrets.token_hex(4)}"
        zone = self.client("route53").get_hosted_zone(Id=self.zone_id)
        self.domain = zone["HostedZone"]["Name"].rstrip(".")
        self.name_servers = zone.get("DelegationSet", {}).get("NameServers", [])
        self.name = f"{self.stack}.{self.domain}"

    @property
    def real(self):
        """Whether this is AWS itself."""
        return self.endpoint is None

    def client(self, service, retries=True):
        """A client of a service; without retries where the refusal itself is of interest."""
        config = CALLS if retries else CALLS.merge(Config(retries={"total_max_attempts": 1}))
        return boto3.client(service, endpoint_url=self.endpoint, config=config)

    # --- the stack ---
    def upload(self):
        """Puts the template into a bucket of its own; returns its URL."""
        s3 = self.client("s3")
        region = s3.meta.region_name
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=self.stack, **({} if region == "us-east-1" else where))
        s3.put_object(Bucket=self.stack, Key="dyn53.yaml", Body=self.template.read_bytes())
        return f"{self.endpoint or f'https://s3.{region}.amazonaws.com'}/{self.stack}/dyn53.yaml"

    def request(self, url, **changed):
        values = {
            "HostedZoneId": self.zone_id,
            "RecordName": self.name,
            "Secret": self.secret,
            "AlarmEmail": "nobody@example.com",
        }
        pairs = (values | changed).items()
        return {
            "StackName": self.stack,
            "TemplateURL": url,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in pairs],
            "Capabilities": ["CAPABILITY_IAM"],
        }

    def settled(self, stack=None):
        """The status of the stack once nothing is in progress."""
        deadline = time.monotonic() + 900
        while time.monotonic() < deadline:
            status = self.described(stack)["StackStatus"]
            if not status.endswith(BUSY):
                return status
            time.sleep(5 if self.real else 0.2)
        return f"{status} for 15 minutes"

    def described(self, stack=None):
        stacks = self.client("cloudformation").describe_stacks(StackName=stack or self.stack)
        return stacks["Stacks"][0]

    def events(self):
        pages = self.client("cloudformation").get_paginator("describe_stack_events")
        return [e for page in pages.paginate(StackName=self.stack) for e in page["StackEvents"]]

    def physical(self, logical):
        found = self.client("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId=logical
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    @property
    def url(self):
        outputs = self.described()["Outputs"]
        return next(one["OutputValue"] for one in outputs if one["OutputKey"] == "FunctionUrl")

    # --- the function ---
    def call(self, query, secret=None, version=11):
        """Status and body of a request to the function URL, as HTTP/1.1 or as HTTP/1.0."""
        host = urllib.parse.urlsplit(self.url).netloc
        if self.real:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, timeout=60, context=context)
        else:
            there = urllib.parse.urlsplit(self.endpoint).netloc
            connection = http.client.HTTPConnection(there, timeout=60)
        connection._http_vsn, connection._http_vsn_str = version, f"HTTP/1.{version - 10}"
        headers = {"Host": host, "Authorization": f"Bearer {secret or self.secret}"}
        connection.request("GET", f"/{query}", headers=headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(errors="replace").strip()

    def values(self, name=None, kind="A"):
        """What the zone holds for a name."""
        name = f"{name or self.name}."
        found = self.client("route53").list_resource_record_sets(
            HostedZoneId=self.zone_id, StartRecordName=name, StartRecordType=kind, MaxItems="1"
        )["ResourceRecordSets"]
        right = [one for one in found if one["Name"] == name and one["Type"] == kind]
        return [value["Value"] for one in right for value in one["ResourceRecords"]]

    def change(self, *changes):
        """One batch of changes: (action, value) of an A record of the sub-domain."""
        batch = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": f"words.{self.name}",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": value}],
                },
            }
            for action, value in changes
        ]
        self.client("route53", retries=False).change_resource_record_sets(
            HostedZoneId=self.zone_id, ChangeBatch={"Changes": batch}
        )

    def log(self):
        """Every line of the function's log."""
        pages = self.client("logs").get_paginator("filter_log_events")
        group = self.physical("Log")
        return [e["message"] for page in pages.paginate(logGroupName=group) for e in page["events"]]

    def policy(self):
        """The statements that say who may call the function."""
        function = self.physical("Function")
        said = self.client("lambda").get_policy(FunctionName=function)["Policy"]
        return json.loads(said)["Statement"]
