"""Makes the twelve observations in an AWS account and writes a report.

Usage: script/live --zone ZONE_ID [--report FILE] [--endpoint URL] [--template FILE] [--yes]
"""

import argparse
import contextlib
import datetime
import pathlib
import re
import sys

from account import Account
from botocore.exceptions import BotoCoreError, ClientError
from observations import ALL

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Dollars, at prices of 2026 in us-east-1, for a stack that lives an hour.
COSTS = {
    "Route 53, about 100 calls": 0.0,
    "Lambda, about 30 calls of 128 MB": 0.0001,
    "S3, about 20 requests and 2 MB for an hour": 0.0002,
    "two alarms, an hour of the month": 2 * 0.10 / 730,
    "the log, less than 1 MB": 0.0005,
}
MOST = 0.10


def main():
    arguments = read_arguments()
    if not agreed(sum(COSTS.values()), arguments.yes):
        sys.exit(2)
    try:
        account = Account(arguments.zone, arguments.template, arguments.endpoint)
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"script/live: the zone {arguments.zone} cannot be read: {error}")
    print(f"making the stack {account.stack} for {account.name}; it is deleted at the end")
    lines = []
    try:
        for number, observation in enumerate(ALL, 1):
            lines.append(line(number, observation, account))
            print(lines[-1].splitlines()[0], flush=True)
    finally:
        left = clean(account)
    arguments.report.write_text(report(account, lines, left))
    print(f"the report is {arguments.report}; read it before you post it: docs/tried.md says where")
    sys.exit(any(one.startswith("- DIFFERENT") for one in lines) or bool(left))


def read_arguments():
    parser = argparse.ArgumentParser(description="Tries dyn53 on an AWS account.")
    parser.add_argument("--zone", required=True, help="id of a public hosted zone of yours")
    parser.add_argument("--report", type=pathlib.Path, default=pathlib.Path("live-report.md"))
    parser.add_argument("--endpoint", help="an emulator in place of AWS")
    parser.add_argument("--template", type=pathlib.Path, default=ROOT / "dist" / "dyn53.yaml")
    parser.add_argument("--yes", action="store_true", help="do not ask what it may cost")
    return parser.parse_args()


def agreed(dollars, yes):
    """Whether it may cost that much: nobody is asked below ten cents."""
    print(f"This costs about {dollars:.3f} dollars, with a stack that lives an hour at most.")
    return dollars <= MOST or yes or input("Go on? [y/N] ").strip().lower() == "y"


def line(number, observation, account):
    """What was seen, as lines of the report."""
    try:
        seen = observation.look(account)
        word = "not here" if seen is None else judged(observation, seen)
    except Exception as error:  # one observation that fails must not hide the others
        seen, word = f"{type(error).__name__}: {error}", "DIFFERENT"
    return (
        f"- {word}: {number}. {observation.title}\n"
        f"  - command: `{observation.command}`\n"
        f"  - expected: {observation.expected}\n"
        f"  - seen: {private(str(seen), account)}"
    )


def judged(observation, seen):
    return "as expected" if observation.right(seen) else "DIFFERENT"


def private(text, account):
    """Without what is nobody's business: the secret, the account's number, the zone."""
    for own, word in (
        (account.secret, "SECRET"),
        (account.zone_id, "ZONE"),
        (account.domain, "example.com"),
    ):
        text = text.replace(own, word)
    return re.sub(r"\b\d{12}\b", "ACCOUNT", text)


def report(account, lines, left):
    where = account.client("sts").meta.region_name if account.real else "an emulator"
    day = datetime.datetime.now(datetime.UTC).date()
    ends = f"left behind: {', '.join(left)}" if left else "nothing is left behind"
    return "\n".join([f"# dyn53 on {where}, {day}", "", *lines, "", f"At the end {ends}.", ""])


def clean(account):
    """Deletes everything that was made; returns what could not be deleted."""
    left = []
    for name, step in {
        f"the stack {account.stack}": delete_stack,
        f"the bucket {account.stack}": delete_bucket,
        f"records below {account.name}": delete_records,
    }.items():
        try:
            step(account)
        except (BotoCoreError, ClientError, RuntimeError) as error:
            print(f"script/live: {name} could not be deleted: {error}", file=sys.stderr)
            left.append(name)
    return left


def delete_stack(account):
    cloudformation = account.client("cloudformation")
    with contextlib.suppress(cloudformation.exceptions.ClientError):
        stack = account.described()["StackId"]
        cloudformation.delete_stack(StackName=stack)
        status = account.settled(stack)
        if status != "DELETE_COMPLETE":
            raise RuntimeError(status)


def delete_bucket(account):
    s3 = account.client("s3")
    with contextlib.suppress(s3.exceptions.NoSuchBucket, s3.exceptions.NoSuchKey):
        s3.delete_object(Bucket=account.stack, Key="dyn53.yaml")
        s3.delete_bucket(Bucket=account.stack)


def delete_records(account):
    """The records of the sub-domain, which a stack leaves on purpose."""
    route53 = account.client("route53")
    pages = route53.get_paginator("list_resource_record_sets").paginate(
        HostedZoneId=account.zone_id
    )
    for page in pages:
        for one in page["ResourceRecordSets"]:
            if one["Name"].rstrip(".").endswith(account.name):
                batch = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": one}]}
                route53.change_resource_record_sets(HostedZoneId=account.zone_id, ChangeBatch=batch)


if __name__ == "__main__":
    main()
