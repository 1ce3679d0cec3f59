"""Real ACME clients get certificates for a name and all names below it, through dyn53."""

import concurrent.futures
import json

import certificate
import getting
import household
import pytest
from machine import Machine

each_client = pytest.mark.parametrize("client", getting.ALL, ids=lambda client: client.__name__)


def zone_of(client):
    return client.__name__.replace("_", "-")


@pytest.fixture(scope="module")
def households(tmp_path_factory, pebble):
    """A zone for each client, so that none is in another's way."""
    names = [zone_of(client) for client in getting.ALL]
    with household.serve(tmp_path_factory.mktemp("dyn53"), names) as running:
        yield running


@pytest.fixture(scope="module")
def machines(request, tmp_path_factory, households, pebble):
    """The machines of the clients under test, and what each client gets. They run side by side."""
    wanted = {
        item.callspec.params["client"]
        for item in request.session.items
        if item.module is request.module
    }
    made = {
        client: Machine(tmp_path_factory.mktemp("client"), households.of(zone_of(client)), pebble)
        for client in wanted
    }
    # Not all at once: the authority waits no more than two seconds for our name server.
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        running = {client: pool.submit(client, machine) for client, machine in made.items()}
        yield {client: (made[client], running[client].result) for client in made}


@each_client
def test_a_certificate_for_the_host_and_all_below_it(client, machines, pebble):
    machine, result = machines[client]
    files = result()
    try:
        certificate.check(files, machine.household, pebble)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{machine.said()}") from error


@each_client
def test_what_is_left_in_the_zone(client, machines, households):
    """httpreq has a clean-up. acme-dns has none: the values stay until newer ones push them out."""
    machine, result = machines[client]
    result()
    left = households.challenges(machine.household)
    assert len(left) == (2 if client in getting.ACME_DNS else 0)


@each_client
def test_the_log(client, machines, households):
    """A line for each challenge, with the name and without the secret or the value."""
    machine, result = machines[client]
    result()
    lines = [line for line in households.served.log if machine.household.challenge in line]
    changed = [line for line in lines if json.loads(line)["changes"]]
    assert len(changed) >= 2
    assert not [line for line in households.served.log if machine.household.secret in line]
    left = households.challenges(machine.household)
    assert not [line for line in lines if any(value in line for value in left)]
