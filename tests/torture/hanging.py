"""A disk that hangs: what clients are told meanwhile, and what is there afterwards."""

import concurrent.futures
import pathlib
import subprocess
import time

import disk
from load import address_of

SOURCE = pathlib.Path(__file__).with_name("hang.c")


def preloaded(folder):
    """What is put in front of a command whose disk hangs while the file `folder/hang` exists."""
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / "hang.so"
    # Rust links with it too.
    compile_it = ["cc", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
    subprocess.run(compile_it, check=True, timeout=60)
    return ["env", f"LD_PRELOAD={library}", f"HANG_WHILE={folder / 'hang'}"]


def updates(served, hosts, number):
    """One update of each host at the same time: the replies, and the seconds of the slowest."""
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(hosts)) as clients:
        replies = clients.map(lambda host: disk.update(served, host, number), hosts)
        return list(replies), time.monotonic() - started


def shown(served, hosts, number):
    """Which hosts have this address."""
    return [host for host in hosts if served.lookup(host, "A") == [address_of(number)]]


def hang(served, folder, hosts):
    """Lets the disk hang under an update of each host, and answer again."""
    trouble = folder / "hang"
    told = {"before": updates(served, hosts, 1)[0]}
    trouble.touch()
    # Twice: what is on its way to the disk is not "unchanged" for another client.
    told["meanwhile"], told["slowest"] = updates(served, hosts * 2, 2)
    told["unchanged"] = updates(served, hosts, 1)[0]
    told["shown meanwhile"] = len(shown(served, hosts, 1))
    trouble.unlink()
    end = time.monotonic() + 30
    while len(shown(served, hosts, 2)) < len(hosts) and time.monotonic() < end:
        time.sleep(0.02)
    told["shown afterwards"] = len(shown(served, hosts, 2))
    told["again"] = updates(served, hosts, 2)[0]
    return told
