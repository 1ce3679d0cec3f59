"""The setup page of a real server in Debian's Chromium."""

import contextlib

import pytest
from browsing import ADDRESS, CHROMIUM, DESKTOP, FLAGS, Visit, run_server
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server for the tests that leave its zone alone."""
    with run_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def own_server(tmp_path):
    """A server with an empty zone, for the tests that change or stop it."""
    with run_server(tmp_path / "server") as server:
        yield server


@pytest.fixture
def visit(browser):
    """Opens a page; `caller` is the address that the server sees behind its trusted proxy."""
    with contextlib.ExitStack() as open_contexts:

        def make(server, caller=ADDRESS, **options):
            options.setdefault("viewport", DESKTOP)
            headers = {"X-Forwarded-For": caller} if caller else {}
            context = browser.new_context(extra_http_headers=headers, **options)
            open_contexts.callback(context.close)
            return Visit(context, f"http://{server.http}")

        yield make
