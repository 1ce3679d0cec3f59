"""`/metrics` as promtool judges it, and as a real Prometheus scrapes it."""

import contextlib
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import serving

SECRET = "s3cret-of-the-router"
PAGE = serving.ROOT / "docs" / "status.md"
ALLOWED = """
[metrics]
allow = ["127.0.0.1"]
"""
UPDATES = 7
TIME = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A server that has counted something of each kind."""
    folder = tmp_path_factory.mktemp("metrics")
    with serving.serve(folder, secret=SECRET, extra=ALLOWED) as served:
        for number in range(UPDATES):
            login = f"secret={SECRET}&newip=203.0.113.{number}&newip6=2001:db8::{number}"
            assert read(f"http://{served.http}/?{login}") == "OK"
        for path in (
            "/?secret=wr0ng",
            "/nic/update",
            "/update?token=wr0ng&domains=home",
            "/nothing",
        ):
            with pytest.raises(urllib.error.HTTPError):
                read(f"http://{served.http}{path}")
        yield served


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def test_promtool_finds_nothing_to_say(served):
    text = read(f"http://{served.http}/metrics")
    assert text.count("\n# TYPE ") >= 5
    judged = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=TIME
    )
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, "", "")


def test_the_guide_has_every_name_and_no_other(served):
    text = read(f"http://{served.http}/metrics")
    named = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    assert named == set(re.findall(r"^\| `(dyn53_\w+)` ", PAGE.read_text(), re.MULTILINE))


def test_prometheus_scrapes_it(served, tmp_path):
    with prometheus(tmp_path, served.http) as ask:
        [target] = until(lambda: up(ask))
        assert target["lastError"] == ""
        requests = 'dyn53_requests_total{dialect="plain",status="200"}'
        assert value(ask, requests) == UPDATES
        assert value(ask, 'dyn53_refused_logins_total{reason="wrong"}') == 2
        age = "time() - dyn53_last_change_timestamp_seconds"
        for family in ("ipv4", "ipv6"):
            record = f'{{host="home.example.net",family="{family}"}}'
            assert 0 <= value(ask, age + record) < 10 * TIME
        kinds = ask("metadata?metric=dyn53_request_duration_seconds")
        [kind] = kinds["dyn53_request_duration_seconds"]
        # Only OpenMetrics has units.
        assert (kind["type"], kind["unit"]) == ("histogram", "seconds")


def test_the_example_of_the_guide_is_right(tmp_path):
    [example] = re.findall(r"```yaml\n(scrape_configs:.*?)```", PAGE.read_text(), re.DOTALL)
    config = tmp_path / "prometheus.yml"
    config.write_text(example)
    checked = subprocess.run(
        ["promtool", "check", "config", config], capture_output=True, text=True, timeout=TIME
    )
    assert checked.returncode == 0, checked.stderr


@contextlib.contextmanager
def prometheus(folder, target):
    """A Prometheus with this one target; gives what asks its API."""
    config = folder / "prometheus.yml"
    job = {"job_name": "dyn53", "static_configs": [{"targets": [target]}]}
    wanted = {"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}
    # JSON is YAML.
    config.write_text(json.dumps(wanted))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"

    def ask(what):
        answer = json.loads(read(f"http://{address}/api/v1/{what}"))
        assert answer["status"] == "success"
        return answer["data"]

    log = folder / "log"
    with log.open("w") as lines:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={address}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
        )
    try:
        yield ask
    except AssertionError as error:
        error.add_note(log.read_text())
        raise
    finally:
        process.terminate()
        process.wait(timeout=TIME)


def up(ask):
    """The targets, once all of them are up."""
    targets = ask("targets")["activeTargets"]
    return targets if targets and all(one["health"] == "up" for one in targets) else None


def value(ask, query):
    """The one value of a query, once there is one."""
    asked = "query?" + urllib.parse.urlencode({"query": query})
    [found] = until(lambda: ask(asked)["result"])
    return float(found["value"][1])


def until(look):
    """What `look` finds, as soon as it is something; it may fail before."""
    end = time.monotonic() + TIME
    while True:
        found = None
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            found = look()
        if found:
            return found
        assert time.monotonic() < end, "Prometheus does not have it"
        time.sleep(0.2)
