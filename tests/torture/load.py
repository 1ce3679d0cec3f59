"""Clients for torture: they remember what was acknowledged."""

import http.client
import ipaddress
import random
import socket
import threading

SECRET = "t0rture.rack-of~secrets"


def address_of(number):
    """A publishable address that is different for each number."""
    return str(ipaddress.IPv4Address(int(ipaddress.IPv4Address("11.0.0.0")) + number))


class Updater(threading.Thread):
    """Changes one host again and again until it is stopped or the server is gone."""

    def __init__(self, endpoint, host, first):
        super().__init__(daemon=True)
        self.endpoint, self.host = endpoint, host
        self.sent = self.acknowledged = first
        self.count = 0
        self.stopping = threading.Event()

    def run(self):
        try:
            connection = http.client.HTTPConnection(self.endpoint, timeout=10)
            while not self.stopping.is_set():
                self.sent += 1
                query = f"/nic/update?hostname={self.host}&myip={address_of(self.sent)}"
                path = query + f"&password={SECRET}"
                connection.request("GET", path)
                reply = connection.getresponse()
                body = reply.read()
                if reply.status == 200 and body.startswith(b"good "):
                    self.acknowledged = self.sent
                    self.count += 1
        except (OSError, http.client.HTTPException):
            pass

    def may_hold(self):
        """What the zone may hold: what was acknowledged last, or what was under way."""
        return {address_of(number) for number in range(self.acknowledged, self.sent + 1)}


class Poller(threading.Thread):
    """Sends the same requests over one connection; counts what comes back."""

    def __init__(self, endpoint, hosts, address, rounds):
        super().__init__(daemon=True)
        self.endpoint, self.hosts, self.address, self.rounds = endpoint, hosts, address, rounds
        self.good = self.other = 0

    def run(self):
        host, port = self.endpoint.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            stream = connection.makefile("rb")
            for _ in range(self.rounds):
                for name in self.hosts:
                    connection.sendall(self.request(name))
                    status, body = read_reply(stream)
                    if status == 200 and body.startswith((b"good", b"nochg")):
                        self.good += 1
                    else:
                        self.other += 1

    def request(self, name):
        target = f"/nic/update?hostname={name}&myip={self.address}&password={SECRET}"
        return f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def read_reply(stream):
    """Status and body of one reply with a Content-Length."""
    status = int(stream.readline().split()[1])
    length = 0
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, stream.read(length)


class SlowClients:
    """Many connections that send a byte of a head now and then, from many addresses."""

    def __init__(self, endpoint, number):
        host, port = endpoint.rsplit(":", 1)
        self.connections = []
        for one in range(number):
            source = f"127.{1 + one // 60000}.{one // 250 % 240}.{2 + one % 250}"
            connection = socket.socket()
            connection.bind((source, 0))
            connection.settimeout(5)
            connection.connect((host, int(port)))
            connection.sendall(b"GET /?secret=")
            self.connections.append(connection)

    def drip(self):
        """One more byte each. Returns how many connections are still open."""
        still = 0
        for connection in self.connections:
            try:
                connection.sendall(random.choice([b"a", b"b"]))
                still += 1
            except OSError:
                pass
        return still

    def close(self):
        for connection in self.connections:
            connection.close()
