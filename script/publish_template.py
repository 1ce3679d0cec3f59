"""Uploads dyn53-lean.yaml and dyn53.zip into a bucket of yours, and prints a quick-create link.

Usage: script/publish-template BUCKET [--endpoint URL] [--folder dist]
"""

import argparse
import hashlib
import pathlib
import sys
import urllib.parse

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ROOT = pathlib.Path(__file__).resolve().parent.parent
CALLS = Config(connect_timeout=10, read_timeout=60, retries={"total_max_attempts": 3})
SUFFIXES = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}
CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def main():
    parser = argparse.ArgumentParser(
        description="Uploads the template into a bucket of yours, and prints a quick-create link."
    )
    parser.add_argument("bucket")
    parser.add_argument("--endpoint", help="another endpoint than AWS, for tries")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    try:
        print(publish(arguments.bucket, arguments.folder, arguments.endpoint))
    except (BotoCoreError, ClientError) as error:
        sys.exit(
            f"script/publish-template: {error}. It needs keys that may read the location of the "
            f"bucket {arguments.bucket} and put objects into it."
        )


def publish(bucket, folder, endpoint=None):
    """Uploads both files by their digest; returns the link to the form."""
    s3 = boto3.client("s3", endpoint_url=endpoint, config=CALLS)
    region = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1"
    region = "eu-west-1" if region == "EU" else region
    program = put(s3, bucket, folder / "dyn53.zip", "zip")
    template = put(s3, bucket, folder / "dyn53-lean.yaml", "yaml")
    partition = boto3.session.Session().get_partition_for_region(region)
    host = f"https://s3.{region}.{SUFFIXES.get(partition, SUFFIXES['aws'])}"
    fields = {
        "templateURL": f"{host}/{bucket}/{template}",
        "stackName": "dyn53",
        "param_CodeBucket": bucket,
        "param_CodeKey": program,
    }
    console = CONSOLES.get(partition, CONSOLES["aws"])
    query = urllib.parse.urlencode(fields)
    return (
        f"https://{region}.{console}/cloudformation/home?region={region}"
        f"#/stacks/quickcreate?{query}"
    )


def put(s3, bucket, file, suffix):
    """Uploads a file under its digest, so that a new version is a new object; returns the key."""
    content = file.read_bytes()
    key = f"dyn53/{hashlib.sha256(content).hexdigest()}.{suffix}"
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    return key


if __name__ == "__main__":
    main()
