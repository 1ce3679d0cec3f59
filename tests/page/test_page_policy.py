"""The page's policy is sent, it works, and the page needs nothing that it forbids."""

import base64
import hashlib
import re

from browsing import devices


def test_every_device_in_turn_without_a_complaint_or_a_foreign_host(own_server, visit):
    seen = visit(own_server).open()
    seen.fill()
    for device in devices():
        seen.choose(device["title"])
    seen.choose(devices()[0]["title"])
    seen.page.get_by_role("button", name="Show").click()
    seen.page.get_by_role("button", name="Copy").click()
    seen.page.get_by_role("button", name="Make one update").click()
    assert "It works" in seen.result()
    assert seen.console == []
    assert seen.hosts_asked() == {seen.url}


def test_the_policy_admits_this_script_and_style_alone(visit, server):
    seen = visit(server).open()
    html = seen.response.text()

    def hashes(pattern):
        (text,) = re.findall(pattern, html, re.DOTALL)
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    script = hashes("<script>(.*?)</script>")
    style = hashes("<style>(.*?)</style>")
    policy = seen.response.headers["content-security-policy"]
    assert {part.strip() for part in policy.split(";")} == {
        "default-src 'none'",
        f"script-src 'sha256-{script}'",
        f"style-src 'sha256-{style}'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    }
    assert seen.response.headers["referrer-policy"] == "no-referrer"
    assert seen.response.headers["cache-control"] == "no-store"
    assert not re.search(r"\s(on\w+|style)=", html.split("<script")[0])


def test_what_is_slipped_in_does_not_run(visit, server):
    seen = visit(server).open()
    refused = seen.page.evaluate(
        """async () => {
            const refused = [];
            document.addEventListener('securitypolicyviolation',
                event => refused.push(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.slipped = true';
            document.body.append(script);
            const slip = html => document.body.insertAdjacentHTML('beforeend', html);
            slip('<button id=trap onclick="slipped = true">');
            document.getElementById('trap').click();
            slip('<p style="color: red">');
            await fetch('http://127.0.0.2:9/').catch(() => {});
            await new Promise(done => setTimeout(done));
            return [[...new Set(refused)], window.slipped];
        }"""
    )
    assert refused == [
        ["script-src-elem", "script-src-attr", "style-src-attr", "connect-src"],
        None,
    ]
    assert seen.hosts_asked() == {seen.url}
