"""Writes an OCI image as one archive: program, C library, certificate authorities. No shell.

The same files give the same bytes.
Usage: packaging/oci.py --program FILE --version V --arch A --epoch SECONDS --output FILE
"""

import argparse
import gzip
import hashlib
import io
import json
import pathlib
import re
import subprocess
import tarfile

USER = 65534  # nobody
AUTHORITIES = pathlib.Path("/usr/share/ca-certificates/mozilla")
PASSWD = "root:x:0:0:root:/:/nologin\nnobody:x:65534:65534:nobody:/data:/nologin\n"
GROUP = "root:x:0:\nnogroup:x:65534:\n"
ENVIRONMENT = {
    "DYN53_HTTP": "0.0.0.0:8053",
    "DYN53_DNS": "0.0.0.0:5053",
    "DYN53_DATA": "/data",
}
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def main():
    parser = argparse.ArgumentParser(description="Writes an OCI image as one archive.")
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--arch", choices=["amd64", "arm64"], required=True)
    parser.add_argument("--epoch", type=int, required=True, help="seconds; the time of every file")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.output.write_bytes(image(arguments))


def image(arguments):
    """The archive: blobs by digest, an index, a mark of the layout."""
    layers = [
        pack(system(arguments.program), arguments.epoch),
        pack({"usr/bin/dyn53": (0o755, 0, arguments.program.read_bytes())}, arguments.epoch),
    ]
    blobs = {}
    described = [
        describe(blobs, LAYER, gzip.compress(layer, compresslevel=9, mtime=0)) for layer in layers
    ]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": describe(blobs, CONFIG, to_json(configuration(arguments, layers))),
        "layers": described,
    }
    entry = describe(blobs, MANIFEST, to_json(manifest)) | {
        "platform": {"architecture": arguments.arch, "os": "linux"},
        "annotations": {"org.opencontainers.image.ref.name": f"dyn53:{arguments.version}"},
    }
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}
    files = {f"blobs/sha256/{digest}": (0o644, 0, blob) for digest, blob in blobs.items()}
    files["index.json"] = (0o644, 0, to_json(index))
    files["oci-layout"] = (0o644, 0, to_json({"imageLayoutVersion": "1.0.0"}))
    return pack(files, arguments.epoch)


def system(program):
    """What the program finds around it: {path: (mode, owner, bytes or None for a folder)}."""
    files = {
        "data": (0o700, USER, None),
        "etc/group": (0o644, 0, GROUP.encode()),
        "etc/nsswitch.conf": (0o644, 0, b"hosts: files dns\n"),
        "etc/passwd": (0o644, 0, PASSWD.encode()),
        "etc/ssl/certs/ca-certificates.crt": (0o644, 0, authorities()),
        "usr/share/doc/libc6/copyright": (
            0o644,
            0,
            pathlib.Path("/usr/share/doc/libc6/copyright").read_bytes(),
        ),
    }
    for library in libraries(program):
        files[str(library).lstrip("/")] = (0o755, 0, library.resolve().read_bytes())
    return files


def authorities():
    """Those of Mozilla alone: what else this machine trusts is not for others."""
    found = sorted(AUTHORITIES.glob("*.crt"))
    if not found:
        raise SystemExit(f"packaging/oci.py: no certificates in {AUTHORITIES}")
    return b"".join(one.read_bytes() for one in found)


def libraries(program):
    """The shared libraries that the program names, and its loader, of this machine's C library."""
    said = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    paths = [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", said)]
    for path in paths:
        owner = (
            subprocess.run(
                ["dpkg-query", "--search", path.resolve()], capture_output=True, text=True
            ).stdout
            or subprocess.run(
                ["dpkg-query", "--search", path], capture_output=True, text=True
            ).stdout
        )
        if not owner.startswith("libc6:"):
            raise SystemExit(f"packaging/oci.py: {path} is not of Debian's libc6: {owner.strip()}")
    return sorted(paths)


def configuration(arguments, layers):
    """How the image runs. `Healthcheck` is Docker's addition to the format."""
    created = subprocess.run(
        ["date", "--utc", f"--date=@{arguments.epoch}", "+%Y-%m-%dT%H:%M:%SZ"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    return {
        "created": created,
        "architecture": arguments.arch,
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Env": [f"{name}={value}" for name, value in ENVIRONMENT.items()],
            "Entrypoint": ["/usr/bin/dyn53"],
            "Cmd": ["serve"],
            "WorkingDir": "/data",
            "Volumes": {"/data": {}},
            "ExposedPorts": {"8053/tcp": {}, "5053/tcp": {}, "5053/udp": {}},
            "Healthcheck": {"Test": ["CMD", "/usr/bin/dyn53", "health"], "Interval": 30 * 10**9},
            "StopSignal": "SIGTERM",
            "Labels": {
                "org.opencontainers.image.title": "dyn53",
                "org.opencontainers.image.version": arguments.version,
                "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
                "org.opencontainers.image.source": "https://github.com/dyn53/dyn53",
            },
        },
        "rootfs": {
            "type": "layers",
            "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers],
        },
    }


def describe(blobs, kind, blob):
    """Keeps a blob and returns the descriptor that refers to it."""
    digest = hashlib.sha256(blob).hexdigest()
    blobs[digest] = blob
    return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(blob)}


def pack(files, epoch):
    """A tar archive of files and of the folders above them, in the order of their names."""
    folders = {
        str(parent): (0o755, 0, None)
        for path in files
        for parent in pathlib.PurePosixPath(path).parents
        if str(parent) != "."
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, (mode, owner, content) in sorted((folders | files).items()):
            entry = tarfile.TarInfo(path)
            entry.mode, entry.uid, entry.gid, entry.mtime = mode, owner, owner, epoch
            if content is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def to_json(value):
    return json.dumps(value, indent=1, sort_keys=True).encode()


if __name__ == "__main__":
    main()
