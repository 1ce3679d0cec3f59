"""Makes a hosted zone, and a user who may list and change it, in the AWS of AWS_ENDPOINT_URL.

Prints the zone's id, the user's access key id and its secret, one a line.
"""

import json

import boto3

ACTIONS = ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"]

options = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
route53 = boto3.client("route53", **options)
zone = route53.create_hosted_zone(Name="example.net", CallerReference="test")
zone_id = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")

iam = boto3.client("iam", **options)
iam.create_user(UserName="router")
resource = f"arn:aws:route53:::hostedzone/{zone_id}"
statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": resource}
policy = {"Version": "2012-10-17", "Statement": [statement]}
iam.put_user_policy(UserName="router", PolicyName="records", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName="router")["AccessKey"]
print(zone_id, key["AccessKeyId"], key["SecretAccessKey"], sep="\n")
