"""Runs ministack on a bound socket, with the Route 53 condition keys that it leaves out.

Arguments: the file descriptor of the listening socket.
"""

import asyncio
import sys
import xml.etree.ElementTree as ElementTree

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app
from ministack.core import iam_actions
from route53_keys import condition_keys

RRSET = "{https://route53.amazonaws.com/doc/2013-04-01/}"
CHANGE = "route53:ChangeResourceRecordSets"
tag_context = iam_actions.request_tag_context


def request_context(service, iam_action, body, params):
    """What a request tells IAM: ministack's tags, and the changes as Route 53 states them."""
    context = tag_context(service, iam_action, body, params)
    if service == "route53" and iam_action == CHANGE:
        changes = [
            (
                change.findtext(f"{RRSET}Action"),
                change.findtext(f"{RRSET}ResourceRecordSet/{RRSET}Name"),
                change.findtext(f"{RRSET}ResourceRecordSet/{RRSET}Type"),
            )
            for change in ElementTree.fromstring(body).iter(f"{RRSET}Change")
        ]
        context = {**context, **condition_keys(changes)}
    return context


def main():
    iam_actions.request_tag_context = request_context
    config = Config()
    config.bind = [f"fd://{int(sys.argv[1])}"]
    config.loglevel = "WARNING"
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
