"""The test button makes one real update, says in words what came of it, and keeps the secret."""

import pytest
from browsing import ADDRESS, HOST, SECRET, run_server

BUTTON = "Make one update"


def press(seen):
    seen.page.get_by_role("button", name=BUTTON).click()
    return seen.result()


def test_the_record_follows(own_server, visit):
    seen = visit(own_server).open()
    seen.fill()
    assert own_server.lookup(HOST, "A") == []
    assert "It works" in (said := press(seen)) and f"{HOST} points to {ADDRESS}" in said
    assert own_server.lookup(HOST, "A") == [ADDRESS]
    assert "Nothing had to change" in press(seen)
    assert seen.console == []


def test_over_ipv6_only_the_ipv6_record_follows(own_server, visit):
    seen = visit(own_server, caller="2001:db8::7").open()
    seen.fill()
    assert f"{HOST} points to 2001:db8::7. Only its IPv6 record" in press(seen)
    assert own_server.lookup(HOST, "AAAA") == ["2001:db8::7"]
    assert own_server.lookup(HOST, "A") == []


@pytest.mark.parametrize(
    ("caller", "host", "secret", "words"),
    [
        (ADDRESS, HOST, "another-fake-secret", "The secret is wrong."),
        (ADDRESS, "other.example.net", SECRET, "it is not for other.example.net"),
        ("192.168.1.9", HOST, SECRET, "192.168.1.9 is not an address on the Internet"),
    ],
)
def test_a_refusal_is_put_into_words(own_server, visit, caller, host, secret, words):
    seen = visit(own_server, caller=caller).open()
    seen.fill(host, secret)
    assert words in press(seen)
    assert own_server.lookup(HOST, "A") == []


def test_from_the_machine_itself_nothing_is_promised_that_must_fail(own_server, visit):
    """As in a first run: the secret is checked, and no update is announced."""
    seen = visit(own_server, caller=None).open()
    seen.fill()
    promise = seen.page.locator("#promise").inner_text()
    assert "127.0.0.1, which is this computer itself" in promise and "update" not in promise
    button = seen.page.get_by_role("button", name="Check the secret")
    button.click()
    assert "The secret is right. Nothing was changed" in " ".join(seen.result().split())
    assert own_server.lookup(HOST, "A") == []
    seen.fill(secret="another-fake-secret")
    button.click()
    seen.page.locator("#result.bad").wait_for()
    assert "The secret is wrong." in seen.result()


def test_an_address_of_a_private_network_is_not_promised(own_server, visit):
    seen = visit(own_server, caller="192.168.1.9").open()
    seen.fill()
    assert "The server refuses that, unless" in seen.page.locator("#promise").inner_text()


def test_trouble_of_the_server_is_put_into_words(own_server, visit):
    """Wrong secrets until the server throttles; then it answers as it does in all trouble."""
    seen = visit(own_server).open()
    seen.fill(secret="another-fake-secret")
    for _ in range(200):
        if "The secret is wrong" not in (said := press(seen)):
            break
    assert "could not do it now" in said and "Try again in " in said


def test_a_server_that_is_gone_is_put_into_words(visit, tmp_path):
    with run_server(tmp_path) as server:
        seen = visit(server).open()
        seen.fill()
    assert "does not answer" in press(seen)


def test_the_secret_leaves_the_browser_with_the_update_alone(own_server, visit):
    seen = visit(own_server).open()
    seen.fill()
    before = list(seen.requests)
    press(seen)
    (update,) = seen.requests[len(before) :]
    assert update.method == "POST"
    assert update.all_headers()["authorization"].startswith("Basic ")
    for request in seen.requests:
        assert SECRET not in request.url and SECRET not in (request.post_data or "")
    assert not [one for one in before if "authorization" in one.all_headers()]
    kept = seen.page.evaluate(
        """() => JSON.stringify([location.href, document.title, document.cookie, history.state,
             {...localStorage}, {...sessionStorage}])"""
    )
    assert SECRET not in kept
    assert seen.page.context.cookies() == []
    seen.page.reload()
    assert seen.page.get_by_label("Secret", exact=True).input_value() == ""
    assert SECRET not in "\n".join(own_server.log)
