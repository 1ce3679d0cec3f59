"""Who must not get a certificate gets none, the client says so, and the zone stays as it is."""

import dataclasses
import json

import getting
import household
import pytest
from machine import Machine

each_dialect = pytest.mark.parametrize(
    "client", [getting.certbot_hook, getting.certbot_npm], ids=["httpreq", "acme-dns"]
)


@dataclasses.dataclass(frozen=True)
class Foreign(household.Household):
    """Wants a certificate for a host, with the login of another one."""

    zone_of_login: str = ""

    @property
    def host(self):
        return "home.own.test"

    @property
    def secret(self):
        return household.Household(self.zone_of_login).secret


@pytest.fixture(scope="module")
def households(tmp_path_factory, pebble):
    names, off = ["own", "other", "off"], ["off"]
    with household.serve(tmp_path_factory.mktemp("dyn53"), names, off) as running:
        yield running


def attempt(client, home, folder, pebble):
    """What a client says that gets no certificate."""
    machine = Machine(folder / "client", home, pebble)
    chain, _ = client(machine)
    assert not chain.exists(), machine.said()
    return machine.said()


@each_dialect
def test_a_wrong_secret(client, tmp_path, households, pebble):
    home = Foreign("own.test", households.url, "nobody.test")
    attempt(client, home, tmp_path, pebble)
    assert households.challenges(home) == []
    lines = [json.loads(line) for line in households.served.log]
    assert {line["status"] for line in lines if "dialect" in line} == {401}


def test_another_households_secret(tmp_path, households, pebble):
    """A right login, for a host that is not among its own."""
    home = Foreign("own.test", households.url, "other.test")

    def with_other_name(machine):
        text = machine.printed("certbot-hook").replace('user = "home.own.test:', 'user = "other:')
        return getting.certbot(machine, text)

    assert "403" in attempt(with_other_name, home, tmp_path, pebble)
    assert households.challenges(home) == []


def test_certificates_are_off(tmp_path, households, pebble):
    """A right login for an own host, without `certificates = true` in the server's file."""
    home = households.of("off")
    before = households.served.lookup(home.zone, "SOA")
    said = attempt(getting.lego, home, tmp_path, pebble)
    assert "certificates are off for this login" in said
    assert households.served.lookup(home.challenge, "TXT") == []
    assert households.served.lookup(home.zone, "SOA") == before != []
