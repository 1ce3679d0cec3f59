"""Real ACME clients get certificates through the Function URL of a stack, in front of Route 53."""

import concurrent.futures
import dataclasses
import json
import urllib.parse
import uuid

import certificate
import emulator as ministack
import getting
import name_server
import pytest
import released
from authority import ADDRESS
from household import Household
from machine import Machine
from stack import SECRET, Stack, records

ZONE = "example.com"
#: certbot asks no name server itself: where the function answers too early, it gets no certificate.
CLIENTS = [getting.lego, getting.certbot_httpreq, getting.certbot_hook]


@dataclasses.dataclass(frozen=True)
class Home(Household):
    """One of the names of the stack."""

    @property
    def secret(self):
        return SECRET


def home(client, url=""):
    """A name for each client, so that none is in another's way."""
    return Home(f"{client.__name__.replace('_', '-')}.{ZONE}", url)


def given(certificates):
    """The parameters of the stack."""
    names = ",".join(home(client).host for client in CLIENTS)
    return {"RecordName": names, "Certificates": certificates}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The template as released."""
    output = tmp_path_factory.mktemp("template") / "dyn53.yaml"
    released.build(released.bootstrap(), output)
    return output


@pytest.fixture(scope="module")
def stack(tmp_path_factory, template):
    """A stack that may answer challenges, and a name server that tells what its zone holds."""
    folder = tmp_path_factory.mktemp("ministack")
    with ministack.run(folder) as running:
        route53 = running.client("route53")
        made = route53.create_hosted_zone(Name=ZONE, CallerReference=uuid.uuid4().hex)
        stack = Stack(running, made["HostedZone"]["Id"].rpartition("/")[2])
        # This is the hosts file that the function sees.
        with open(folder / "hosts", "a") as hosts:
            hosts.write(f"{ADDRESS} {' '.join(name_servers(stack))}\n")
        assert stack.create(template, **given("yes")) == "CREATE_COMPLETE", stack.reasons()
        with name_server.run(name_server.HostedZone(route53, stack.zone_id, ZONE)):
            assert stack.call("?newip=198.51.100.7") == (200, "OK")
            yield stack


def name_servers(stack):
    """The names that the zone is delegated to."""
    found = stack.emulator.client("route53").get_hosted_zone(Id=stack.zone_id)
    return [name.rstrip(".") for name in found["DelegationSet"]["NameServers"]]


def machine(folder, client, stack, pebble):
    """A machine that finds the Function URL and the name servers of the zone."""
    name = urllib.parse.urlsplit(stack.output("FunctionUrl")).netloc
    made = Machine(folder, home(client, f"http://{name}:{stack.emulator.port}/"), pebble)
    made.know("127.0.0.1", name)
    made.know(ADDRESS, *name_servers(stack))
    return made


@pytest.fixture(scope="module")
def machines(tmp_path_factory, stack, pebble):
    """The machine of each client, and what the client gets. They run side by side."""
    made = {
        client: machine(tmp_path_factory.mktemp("client"), client, stack, pebble)
        for client in CLIENTS
    }
    with concurrent.futures.ThreadPoolExecutor(len(CLIENTS)) as pool:
        running = {client: pool.submit(client, made[client]) for client in CLIENTS}
        yield {client: (made[client], running[client].result) for client in CLIENTS}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_a_certificate_and_a_clean_zone(client, machines, stack, pebble):
    machine, result = machines[client]
    files = result()
    try:
        certificate.check(files, machine.household, pebble)
    except AssertionError as error:
        said = "\n".join((machine.said(), *stack.log()))
        raise AssertionError(f"{error}\n{said}") from error
    left = records(stack.emulator, stack.zone_id)
    assert left[machine.household.host, "A"] == ["198.51.100.7"]
    assert (machine.household.challenge, "TXT") not in left
    # A warning would say that not all name servers were seen to show the value.
    lines = [json.loads(line) for line in stack.log() if machine.household.challenge in line]
    assert [line["level"] for line in lines] == ["INFO"] * 4


@pytest.fixture
def certificates_off(stack, template):
    """The stack answers no challenges, until the test ends."""
    assert stack.update(template, **given("no")) == "UPDATE_COMPLETE", stack.reasons()
    yield
    assert stack.update(template, **given("yes")) == "UPDATE_COMPLETE", stack.reasons()


def test_certificates_are_off(certificates_off, tmp_path, stack, pebble):
    """The client gets no certificate and says why, and the zone stays as it is."""
    asking = machine(tmp_path / "client", getting.lego, stack, pebble)
    before = records(stack.emulator, stack.zone_id)
    chain, _ = getting.lego(asking)
    assert not chain.exists(), asking.said()
    assert "certificates are off for this login" in asking.said()
    assert records(stack.emulator, stack.zone_id) == before
