"""A function made through the Lambda API, called through its Function URL."""

import io
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zipfile

SECRET = "correct-horse-battery-staple"
HOST = "home.example.com"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Endpoint:
    """A function for one name of one zone."""

    def __init__(self, emulator, program, zone_id):
        self.zone_id = zone_id
        self.name = f"dyn53-{uuid.uuid4().hex[:8]}"
        self.route53 = emulator.client("route53")
        self.logs = emulator.client("logs")
        self.functions = emulator.client("lambda")
        self.iam = emulator.client("iam")
        self.emulator = emulator
        self.functions.create_function(
            FunctionName=self.name,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Architectures=["x86_64"],
            MemorySize=128,
            Timeout=15,
            Role=self._role(),
            Code={"ZipFile": package(program)},
            Environment={
                "Variables": {"HOSTED_ZONE_ID": zone_id, "RECORD_NAMES": HOST, "SECRET": SECRET}
            },
        )
        self.url = self.functions.create_function_url_config(
            FunctionName=self.name, AuthType="NONE"
        )["FunctionUrl"]

    def _role(self):
        """A role that may read and change this zone and no other."""
        role = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST))
        allowed = {
            "Effect": "Allow",
            "Action": ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"],
            "Resource": f"arn:aws:route53:::hostedzone/{self.zone_id}",
        }
        self.iam.put_role_policy(
            RoleName=self.name,
            PolicyName="zone",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
        )
        return role["Role"]["Arn"]

    def delete(self):
        """Removes the function and its role."""
        self.functions.delete_function_url_config(FunctionName=self.name)
        self.functions.delete_function(FunctionName=self.name)
        self.iam.delete_role_policy(RoleName=self.name, PolicyName="zone")
        self.iam.delete_role(RoleName=self.name)

    def call(self, query="", secret=SECRET, path="", form=None):
        """Status and body of a request to the Function URL, sent to the emulator's address."""
        headers = {"Host": urllib.parse.urlsplit(self.url).netloc}
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        request = urllib.request.Request(
            f"{self.emulator.endpoint}/{path}?{query}",
            headers=headers,
            data=None if form is None else urllib.parse.urlencode(form).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def put(self, **record):
        """Puts a record set for the name into the zone."""
        change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": HOST, **record}}
        self.route53.change_resource_record_sets(
            HostedZoneId=self.zone_id, ChangeBatch={"Changes": [change]}
        )

    def records(self):
        """All record sets for the name, as the API lists them."""
        listed = self.route53.list_resource_record_sets(HostedZoneId=self.zone_id)
        return [one for one in listed["ResourceRecordSets"] if one["Name"].rstrip(".") == HOST]

    def values(self):
        """The values for the name, by type."""
        return {
            one["Type"]: [record["Value"] for record in one["ResourceRecords"]]
            for one in self.records()
        }

    def log(self):
        """The lines that the program itself logged."""
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.name}"
        )
        lines = [
            line for page in pages for e in page["events"] for line in e["message"].split("\n")
        ]
        return [json.loads(line) for line in lines if line.startswith('{"timestamp"')]


def package(program):
    """A zip with the program in it, executable."""
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o100755 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, program)
    return file.getvalue()
