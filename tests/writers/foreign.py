"""A foreign writer: it makes an alias or a CNAME of a name, and later takes it away."""

import random
import threading
import time

from botocore.exceptions import ClientError

COMMENT = "foreign"
TARGET = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net."}


class Foreign(threading.Thread):
    """Works on `names` until it is stopped; `overwritten` counts what it did not find again."""

    def __init__(self, client, zone_id, names, pause, seed=53):
        super().__init__(daemon=True)
        self.client, self.zone_id, self.names, self.pause = client, zone_id, names, pause
        self.chance = random.Random(seed)
        self.own = {}
        self.made = self.overwritten = 0
        self.stopping = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.stopping.wait(self.pause):
                name = self.chance.choice(self.names)
                if name in self.own:
                    self.take_away(name)
                else:
                    self.put(name)
        except Exception as failure:  # noqa: BLE001 -- the test looks at it
            self.failure = failure

    def stop(self):
        self.stopping.set()
        self.join(timeout=60)
        assert self.failure is None, repr(self.failure)

    def put(self, name):
        """Exchanges what stands there; tries again when somebody came between."""
        kind = self.chance.choice(["A", "CNAME"])
        target = {"Name": name, "Type": kind}
        if kind == "A":
            target["AliasTarget"] = TARGET | {"EvaluateTargetHealth": False}
        else:
            target |= {"TTL": 60, "ResourceRecords": [{"Value": "elsewhere.example.org"}]}
        for _ in range(20):
            old = [("DELETE", one) for one in self.at(name)]
            if self.change([*old, ("CREATE", target)]):
                self.own[name] = target
                self.made += 1
                return

    def take_away(self, name):
        if not self.change([("DELETE", self.own[name])]):
            self.overwritten += 1
        del self.own[name]

    def look(self):
        """Counts what is not as this writer left it."""
        for name, target in self.own.items():
            there = self.at(name)
            same = len(there) == 1 and all(there[0].get(key) for key in target if key != "Name")
            self.overwritten += not same

    def at(self, name):
        listed = self.client.list_resource_record_sets(
            HostedZoneId=self.zone_id, StartRecordName=name, MaxItems="10"
        )
        sets = listed["ResourceRecordSets"]
        return [one for one in sets if one["Name"].rstrip(".") == name.rstrip(".")]

    def change(self, batch):
        """Whether the zone took it; what it has no time for is sent again."""
        changes = [{"Action": action, "ResourceRecordSet": one} for action, one in batch]
        while True:
            try:
                self.client.change_resource_record_sets(
                    HostedZoneId=self.zone_id,
                    ChangeBatch={"Comment": COMMENT, "Changes": changes},
                )
                return True
            except ClientError as refused:
                if refused.response["Error"]["Code"] == "InvalidChangeBatch":
                    return False
                if refused.response["Error"]["Code"] not in (
                    "PriorRequestNotComplete",
                    "Throttling",
                ):
                    raise
            # Also while it is being stopped: what was not tried to the end is not a refusal.
            time.sleep(0.01)
