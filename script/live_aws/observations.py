"""The twelve observations. Each looks, and then judges what was seen.

An observation is a function that takes the account and returns facts (texts, numbers, lists of
texts), with a second function that says whether the facts are as expected. `None` as facts means
that it cannot be seen here: an emulator has no certificates and no name servers.
"""

import concurrent.futures
import dataclasses
import re
import socket
import ssl
import time
import urllib.parse
from collections.abc import Callable

import dns.message
import dns.query
import dns.rdatatype
from botocore.exceptions import ClientError

ADDRESSES = ("198.51.100.7", "198.51.100.8")


@dataclasses.dataclass(frozen=True)
class Observation:
    """What is looked at, how a person would look at it, and what is expected."""

    title: str
    command: str
    expected: str
    look: Callable
    right: Callable


def accepted(account):
    url = account.upload()
    account.client("cloudformation").create_stack(**account.request(url))
    return {"bytes": account.template.stat().st_size, "status": account.settled()}


def events(account):
    seen = account.events()
    largest = max(len(str(one.get("ResourceProperties", ""))) for one in seen)
    failed = [one["LogicalResourceId"] for one in seen if "FAILED" in one["ResourceStatus"]]
    return {"events": len(seen), "largest": largest, "failed": failed}


def permissions(account):
    statements = [one["Action"] for one in account.policy() if one["Principal"] == "*"]
    return {"actions": sorted(statements), "call": account.call(f"?newip={ADDRESSES[0]}")}


def condition_keys(account):
    """The function is told another name, and its role refuses it."""
    functions, function = account.client("lambda"), account.physical("Function")
    before = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    other = f"other.{account.domain}"
    reply = None
    try:
        set_variables(functions, function, before | {"RECORD_NAMES": other})
        reply = account.call(f"?newip={ADDRESSES[1]}")
    finally:
        set_variables(functions, function, before)
    return {
        "another name": reply[0],
        "its record": account.values(other),
        "own name": account.call(f"?newip={ADDRESSES[1]}"),
    }


def set_variables(functions, function, variables):
    functions.update_function_configuration(
        FunctionName=function, Environment={"Variables": variables}
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName=function)


def old_clients(account):
    return {
        "HTTP/1.0": account.call(f"?newip={ADDRESSES[0]}", version=10),
        "wrong secret": account.call("?newip=192.0.2.1", secret="x" * 20)[0],
        "record": account.values(),
    }


def certificates(account):
    if not account.real:
        return None
    hosts = (urllib.parse.urlsplit(account.url).netloc, "route53.amazonaws.com")
    return {host: issuer(host) for host in hosts}


def issuer(host):
    """Who signed the certificate, after it was checked against the system's roots."""
    context = ssl.create_default_context()
    with socket.create_connection((host, 443), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=host) as secured:
            names = dict(pair[0] for pair in secured.getpeercert()["issuer"])
            return names.get("organizationName", str(names))


def name_servers(account):
    if not account.real:
        return None
    seen = {}
    for server in account.name_servers:
        question = dns.message.make_query(account.domain, dns.rdatatype.SOA)
        address = socket.gethostbyname(server)
        started = time.monotonic()
        reply = dns.query.udp(question, address, timeout=3)
        milliseconds = round(1000 * (time.monotonic() - started))
        authoritative = bool(reply.flags & dns.flags.AA)
        seen[server] = [authoritative, milliseconds]
    return seen


def durations(account):
    """From the REPORT lines: milliseconds of a start and of calls, MB of memory."""
    account.call(f"?newip={ADDRESSES[0]}")
    lines = []
    for _ in range(12 if account.real else 1):
        lines = [line for line in account.log() if line.startswith("REPORT ")]
        if lines:
            break
        time.sleep(5)
    return measured(lines) if account.real else None


def measured(lines):
    """What Lambda says of itself in these lines."""
    return {
        "start": numbers(r"Init Duration: ([\d.]+)", lines),
        "call": numbers(r"\sDuration: ([\d.]+)", lines),
        "memory": numbers(r"Max Memory Used: (\d+)", lines),
    }


def numbers(pattern, lines):
    return [float(found[1]) for line in lines if (found := re.search(pattern, line))]


def throttling(account):
    if not account.real:
        return None
    route53 = account.client("route53", retries=False)

    def ask(_):
        try:
            route53.get_hosted_zone(Id=account.zone_id)
            return None
        except ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        words = sorted({said for said in pool.map(ask, range(60)) if said})
    return {"words": words}


def swaps(account):
    """What Route 53 says where a change was made from a wrong guess."""
    account.change(("CREATE", ADDRESSES[0]))
    tries = {
        "there already": [("CREATE", ADDRESSES[1])],
        "other value": [("DELETE", ADDRESSES[1]), ("CREATE", "198.51.100.9")],
    }
    words = {name: refusal(account, changes) for name, changes in tries.items()}
    account.change(("DELETE", ADDRESSES[0]))
    words["not there"] = refusal(account, [("DELETE", ADDRESSES[0])])
    return words


def refusal(account, changes):
    try:
        account.change(*changes)
        return "carried out"
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"


def alarms(account):
    found = account.client("cloudwatch").describe_alarms(AlarmNamePrefix=account.stack)
    filters = account.client("logs").describe_metric_filters(logGroupName=account.physical("Log"))
    return {
        "alarms": {one["MetricName"]: one["StateValue"] for one in found["MetricAlarms"]},
        "filters": [one["filterPattern"] for one in filters["metricFilters"]],
    }


def life(account):
    """A change, a change that fails and is rolled back, the end."""
    cloudformation = account.client("cloudformation")
    same = {key: value for key, value in account.request("").items() if key != "TemplateURL"}
    states = []
    for changed in ({"Ttl": "30"}, {"Ttl": "30", "RecordName": "home.example.invalid"}):
        request = account.request("", **changed)
        parameters = request["Parameters"]
        cloudformation.update_stack(
            **same | {"Parameters": parameters, "UsePreviousTemplate": True}
        )
        states.append(account.settled())
    answers = account.call(f"?newip={ADDRESSES[0]}")
    stack = account.described()["StackId"]
    cloudformation.delete_stack(StackName=stack)
    states.append(account.settled(stack))
    return {"states": states, "after the rollback": answers}


ALL = (
    Observation(
        "the template is accepted",
        "aws cloudformation create-stack --template-url …",
        "CREATE_COMPLETE",
        accepted,
        lambda seen: seen["bytes"] <= 1_000_000 and seen["status"] == "CREATE_COMPLETE",
    ),
    Observation(
        "its events can be listed",
        "aws cloudformation describe-stack-events --stack-name …",
        "every event, none of them failed",
        events,
        lambda seen: seen["events"] > 10 and seen["failed"] == [],
    ),
    Observation(
        "both permissions of the URL",
        "aws lambda get-policy --function-name …; curl FUNCTION-URL",
        "InvokeFunction and InvokeFunctionUrl for everybody; 200 OK",
        permissions,
        lambda seen: (
            seen["actions"] == ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"]
            and seen["call"] == (200, "OK")
        ),
    ),
    Observation(
        "condition keys are in force",
        "RECORD_NAMES of the function is set to another name; curl FUNCTION-URL",
        "503, and no such record; the own name again 200 OK",
        condition_keys,
        lambda seen: (
            (seen["another name"], seen["its record"], seen["own name"]) == (503, [], (200, "OK"))
        ),
    ),
    Observation(
        "old clients",
        "curl --http1.0 FUNCTION-URL",
        "200 OK and the address in the zone; 403 for a wrong secret",
        old_clients,
        lambda seen: (
            seen == {"HTTP/1.0": (200, "OK"), "wrong secret": 403, "record": [ADDRESSES[0]]}
        ),
    ),
    Observation(
        "certificate chains",
        "openssl s_client -connect HOST:443",
        "Amazon signed both",
        certificates,
        lambda seen: len(seen) == 2 and all("Amazon" in one for one in seen.values()),
    ),
    Observation(
        "UDP to the name servers",
        "dig @NAME-SERVER ZONE SOA +norecurse",
        "an authoritative answer from each within 250 ms",
        name_servers,
        lambda seen: bool(seen) and all(one[0] and one[1] <= 250 for one in seen.values()),
    ),
    Observation(
        "durations at 128 MB",
        "aws logs filter-log-events --filter-pattern REPORT",
        "a start below 1,000 ms, a call below 5,000 ms, less than 128 MB",
        durations,
        lambda seen: (
            all(seen.values())
            and max(seen["start"]) < 1000
            and max(seen["call"]) < 5000
            and max(seen["memory"]) < 128
        ),
    ),
    Observation(
        "words of throttling",
        "60 times aws route53 get-hosted-zone, 20 at a time",
        "Throttling: Rate exceeded, and nothing else",
        throttling,
        lambda seen: (
            bool(seen["words"]) and all(one.startswith("Throttling") for one in seen["words"])
        ),
    ),
    Observation(
        "words of a refused batch",
        "aws route53 change-resource-record-sets with a wrong value",
        "InvalidChangeBatch: already exists, do not match the current values, was not found",
        swaps,
        lambda seen: (
            all(one.startswith("InvalidChangeBatch") for one in seen.values())
            and "already exists" in seen["there already"]
            and "do not match the current values" in seen["other value"]
            and "not found" in seen["not there"]
        ),
    ),
    Observation(
        "alarms",
        "aws cloudwatch describe-alarms --alarm-name-prefix …",
        "both alarms are there, and the filter that counts updates",
        alarms,
        lambda seen: (
            set(seen["alarms"]) >= {"Url5xxCount"}
            and len(seen["alarms"]) == 2
            and len(seen["filters"]) == 1
        ),
    ),
    Observation(
        "update, rollback, delete",
        "aws cloudformation update-stack …; … with a name of another zone; delete-stack",
        "UPDATE_COMPLETE, UPDATE_ROLLBACK_COMPLETE and still 200 OK, DELETE_COMPLETE",
        life,
        lambda seen: (
            seen["states"] == ["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "DELETE_COMPLETE"]
            and seen["after the rollback"] == (200, "OK")
        ),
    ),
)
