"""The Lambda function as most would write it in Python: boto3, run by awslambdaric.

It does what `bootstrap` does for one name and one address: list, compare, write over.
"""

import ipaddress
import os

import boto3

ZONE = os.environ["HOSTED_ZONE_ID"]
NAME = os.environ["RECORD_NAMES"]
SECRET = os.environ["SECRET"]
TTL = 60

route53 = boto3.client("route53")


def handler(event, _context):
    query = event.get("queryStringParameters") or {}
    if query.get("secret") != SECRET:
        return reply(403, "badauth")
    try:
        address = str(ipaddress.IPv4Address(query.get("newip", "")))
    except ValueError:
        return reply(400, "badip")
    if not holds(address):
        upsert(address)
    return reply(200, "OK")


def holds(address):
    listed = route53.list_resource_record_sets(
        HostedZoneId=ZONE, StartRecordName=NAME, StartRecordType="A", MaxItems="1"
    )
    return any(
        found["Name"].rstrip(".") == NAME
        and found["Type"] == "A"
        and found.get("TTL") == TTL
        and found.get("ResourceRecords") == [{"Value": address}]
        for found in listed["ResourceRecordSets"]
    )


def upsert(address):
    records = {"Name": NAME, "Type": "A", "TTL": TTL, "ResourceRecords": [{"Value": address}]}
    change = {"Action": "UPSERT", "ResourceRecordSet": records}
    route53.change_resource_record_sets(HostedZoneId=ZONE, ChangeBatch={"Changes": [change]})


def reply(status, word):
    return {"statusCode": status, "headers": {"content-type": "text/plain"}, "body": word}
