"""The files of routers/, filled in as the program and the setup page do it."""

import importlib.util
import pathlib
import tomllib

import serving

ROUTERS = serving.ROOT / "routers"
SECRET = "An-obviously.fake_secret~0123456789"
HOST = "home.example.net"

_spec = importlib.util.spec_from_file_location("mikrotik", ROUTERS / "mikrotik.py")
mikrotik = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mikrotik)

_listed = tomllib.loads((ROUTERS / "index.toml").read_text())
#: All entries; the files of those that get certificates are in a folder of their own.
CERTIFICATES = [{**one, "file": f"certificates/{one['file']}"} for one in _listed["certificates"]]
INDEX = _listed["routers"] + CERTIFICATES


def fill(text, url, host=HOST, secret=SECRET):
    scheme, authority = url.split("://")
    tls = "yes" if scheme == "https" else "no"
    values = {"URL": url, "URL_HOST": authority, "TLS": tls, "HOST": host, "SECRET": secret}
    values["DOMAIN"] = host.removeprefix("*.")
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    assert "{{" not in text
    return text


def snippet(name, url, **values):
    (file,) = (one["file"] for one in INDEX if one["name"] == name)
    return fill((ROUTERS / file).read_text(), url, **values)


def write(folder, name, text, mode=0o600):
    path = pathlib.Path(folder) / name
    path.write_text(text)
    path.chmod(mode)
    return path
