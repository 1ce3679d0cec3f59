"""A stack of the template: made, changed and deleted through the CloudFormation API."""

import base64
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request

SECRET = "correct-horse-battery-staple"
STACK = "home"
UPLOADS = "uploads"
BUSY = "_IN_PROGRESS"


class Stack:
    """One stack in an emulator."""

    def __init__(self, emulator, zone_id):
        self.emulator = emulator
        self.zone_id = zone_id
        self.cloudformation = emulator.client("cloudformation")

    def create(self, template, **parameters):
        """Creates the stack and returns its final status."""
        self.cloudformation.create_stack(**self.request(template, parameters))
        return self.settled()

    def update(self, template, **parameters):
        """Updates the stack and returns its final status."""
        self.cloudformation.update_stack(**self.request(template, parameters))
        return self.settled()

    def delete(self):
        """Deletes the stack and returns its final status."""
        name = self.describe()["StackId"]
        self.cloudformation.delete_stack(StackName=name)
        return self.settled(name)

    def request(self, template, parameters):
        values = {
            "HostedZoneId": self.zone_id,
            "RecordName": "home.example.com",
            "Secret": SECRET,
            **self.code(template),
        } | parameters
        return {
            "StackName": STACK,
            "TemplateURL": self.uploaded(template),
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }

    def code(self, template):
        """The parameters of a lean template: its program, uploaded by digest."""
        program = template.with_name("dyn53.zip")
        if not program.exists():
            return {}
        key = f"{hashlib.sha256(program.read_bytes()).hexdigest()}.zip"
        self.upload(key, program.read_bytes())
        return {"CodeBucket": UPLOADS, "CodeKey": key}

    def uploaded(self, template):
        """Where the template is: beyond 51,200 bytes CloudFormation takes it from a bucket only."""
        self.upload("dyn53.yaml", template.read_bytes())
        return f"{self.emulator.endpoint}/{UPLOADS}/dyn53.yaml"

    def upload(self, key, content):
        """Puts an object into the bucket of a person who deploys."""
        s3 = self.emulator.client("s3")
        if UPLOADS not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
            location = {"LocationConstraint": s3.meta.region_name}
            s3.create_bucket(Bucket=UPLOADS, CreateBucketConfiguration=location)
        s3.put_object(Bucket=UPLOADS, Key=key, Body=content)

    def settled(self, name=STACK):
        """The status once nothing is in progress any more."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            status = self.describe(name)["StackStatus"]
            if not status.endswith(BUSY):
                return status
            time.sleep(0.1)  # between two questions, so that the emulator gets to work
        raise AssertionError(f"the stack stays {status}: {self.reasons()}")

    def describe(self, name=STACK):
        return self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]

    def output(self, name):
        """The value of an output."""
        outputs = self.describe().get("Outputs", [])
        return next((one["OutputValue"] for one in outputs if one["OutputKey"] == name), None)

    def physical(self, logical):
        """The physical id of a resource."""
        resource = self.cloudformation.describe_stack_resource(
            StackName=STACK, LogicalResourceId=logical
        )
        return resource["StackResourceDetail"]["PhysicalResourceId"]

    def reasons(self):
        """What the events say of failed resources."""
        events = self.cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return [event.get("ResourceStatusReason", "") for event in failed]

    def policy(self, logical):
        """The only inline policy of a role, as deployed."""
        iam = self.emulator.client("iam")
        role = self.physical(logical)
        [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return (
            document if isinstance(document, dict) else json.loads(urllib.parse.unquote(document))
        )

    def programs(self):
        """Where the stack's programs are: a bucket of its own or one of its parameters."""
        parameters = {
            one["ParameterKey"]: one["ParameterValue"] for one in self.describe()["Parameters"]
        }
        if "CodeKey" in parameters:
            return parameters["CodeBucket"], [parameters["CodeKey"]]
        bucket = self.physical("Bucket")
        listed = self.emulator.client("s3").list_objects_v2(Bucket=bucket)
        return bucket, [found["Key"] for found in listed.get("Contents", [])]

    def objects(self):
        """The keys of the stack's programs."""
        return self.programs()[1]

    def log(self):
        """Every line of the function's log."""
        group = self.physical("Log")
        pages = self.emulator.client("logs").get_paginator("filter_log_events")
        return [e["message"] for page in pages.paginate(logGroupName=group) for e in page["events"]]

    def call(self, path="", secret=SECRET):
        """Status and body of a request to the function URL, sent to the emulator's address."""
        url = urllib.parse.urlsplit(self.output("FunctionUrl"))
        headers = {"Host": url.netloc} | ({"Authorization": f"Bearer {secret}"} if secret else {})
        return self.answered(
            urllib.request.Request(f"{self.emulator.endpoint}/{path}", headers=headers)
        )

    def post(self, path, body, secret=SECRET):
        """The same for a POST of JSON with the secret as lego sends it."""
        url = urllib.parse.urlsplit(self.output("FunctionUrl"))
        login = base64.b64encode(f"home.example.com:{secret}".encode()).decode()
        headers = {
            "Host": url.netloc,
            "Authorization": f"Basic {login}",
            "Content-Type": "application/json",
        }
        target = f"{self.emulator.endpoint}/{path}"
        return self.answered(urllib.request.Request(target, body.encode(), headers))

    def answered(self, request):
        """Status and body."""
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def records(emulator, zone_id):
    """The A, AAAA and TXT records of a zone as {(name, type): [values]}."""
    found = emulator.client("route53").list_resource_record_sets(HostedZoneId=zone_id)[
        "ResourceRecordSets"
    ]
    return {
        (one["Name"].rstrip(".").replace("\\052", "*"), one["Type"]): [
            r["Value"] for r in one["ResourceRecords"]
        ]
        for one in found
        if one["Type"] in ("A", "AAAA", "TXT")
    }
