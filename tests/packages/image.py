"""An OCI image, unpacked with every digest checked, and run by runc."""

import contextlib
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile

from debian import extract

PROC = {"destination": "/proc", "type": "proc", "source": "proc"}


class Image:
    """What an archive holds."""

    def __init__(self, archive):
        with tarfile.open(archive) as opened:
            self.files = {
                one.name: opened.extractfile(one).read() for one in opened if one.isfile()
            }
        assert json.loads(self.files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}
        [self.entry] = json.loads(self.files["index.json"])["manifests"]
        manifest = json.loads(self.blob(self.entry))
        self.configuration = json.loads(self.blob(manifest["config"]))
        self.layers = [gzip.decompress(self.blob(layer)) for layer in manifest["layers"]]
        digests = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in self.layers]
        assert digests == self.configuration["rootfs"]["diff_ids"]

    def blob(self, descriptor):
        """The content that a descriptor refers to."""
        kind, digest = descriptor["digest"].split(":")
        blob = self.files[f"blobs/{kind}/{digest}"]
        assert hashlib.new(kind, blob).hexdigest() == digest
        assert len(blob) == descriptor["size"]
        return blob

    def members(self):
        """Every entry of every layer."""
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as opened:
                yield from opened.getmembers()

    def unpack(self, folder):
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as opened:
                extract(opened, folder)


def bundle(image, folder, data):
    """What runc needs: the files, and a configuration as Docker would make it of the image's."""
    image.unpack(folder / "rootfs")
    own = image.configuration["config"]
    user, group = map(int, own["User"].split(":"))
    os.chown(data, user, group)
    volume = {"destination": "/data", "type": "none", "source": str(data), "options": ["bind"]}
    spec = {
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": user, "gid": group},
            "args": own["Entrypoint"] + own["Cmd"],
            "env": own["Env"],
            "cwd": own["WorkingDir"],
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "mounts": [PROC, volume],
        # Its network is that of the test, which has nothing but a loopback.
        "linux": {"namespaces": [{"type": "mount"}, {"type": "pid"}]},
    }
    (folder / "config.json").write_text(json.dumps(spec))


@contextlib.contextmanager
def container(folder):
    """Runs the bundle; gives the process whose output is the container's."""
    state = folder / "state"
    runc = ["runc", "--root", state]
    process = subprocess.Popen(
        [*runc, "run", "--bundle", folder, "dyn53"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, runc
    finally:
        subprocess.run([*runc, "kill", "dyn53", "KILL"], capture_output=True)
        process.kill()
        process.wait()
        subprocess.run([*runc, "delete", "--force", "dyn53"], capture_output=True)
