#!/usr/bin/python3
"""roles.py SITE URL open|closed - asks every route as everybody, in every way to say who one is

What must be answered is in roles.matrix; the routes themselves are read from the service, so
that one without a row there fails.  Prints each answer that is another one.

SITE has munged's socket (here/socket) and that of one with another key (other/socket), the
service's Unix socket (unix), the key of Slurm's tokens (jwt.key) and API tokens (tokens, a name
and a text in each line).  Needs root, to be others."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pwd
import socket
import subprocess
import sys
import time
import urllib.parse

ROLES = ("nobody", "user", "coordinator", "operator", "administrator")
PEOPLE = {"user": "bin", "coordinator": "daemon", "operator": "games", "administrator": "mail"}


class Row:
    def __init__(self, line):
        fields = line.split()
        self.method, self.path, self.target, body, self.open = fields[:5]
        self.body = None if body == "-" else body
        self.closed = dict(zip(ROLES, map(int, fields[5:10])))
        self.notes = fields[10:]

    def wanted(self, mode, role, how=None):
        status = self.closed[role]
        if mode == "open" and self.open != "=":
            status = int(self.open)
        if how == "token" and "token=403" in self.notes and status not in (401, 403):
            status = 403
        return status


def read_matrix():
    with open(os.path.join(os.path.dirname(__file__), "roles.matrix"), encoding="ascii") as file:
        return [Row(line) for line in file if line.strip() and not line.startswith("#")]


# --- requests ------------------------------------------------------------------------------


class UnixConnection(http.client.HTTPConnection):
    """To a Unix socket, as another user."""

    def __init__(self, path, uid):
        super().__init__("localhost", timeout=20)
        self.path, self.uid = path, uid

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        os.seteuid(self.uid)
        try:
            self.sock.connect(self.path)
        finally:
            os.seteuid(0)


def send(connection, method, row, headers):
    """Headers are pairs: one may come twice."""
    connection.putrequest(method, row.target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    body = (row.body or "").encode()
    if body:
        connection.putheader("Content-Type", "application/json")
    if body or method not in ("GET", "HEAD", "DELETE"):
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status == 401 and answer.getheader("WWW-Authenticate") != "MUNGE, Bearer":
        raise SystemExit("a 401 without WWW-Authenticate")
    return answer.status, content


class Site:
    def __init__(self, folder, url):
        self.folder = folder
        parts = urllib.parse.urlsplit(url)
        self.address = parts.hostname, parts.port
        with open(folder + "/jwt.key", "rb") as file:
            self.key = file.read()
        with open(folder + "/tokens", encoding="ascii") as file:
            self.tokens = dict(line.split() for line in file)

    def ask(self, row, headers, method=None):
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        return send(connection, method or row.method, row, headers)

    def ask_socket(self, row, user, headers=()):
        uid = pwd.getpwnam(user).pw_uid
        return send(UnixConnection(self.folder + "/unix", uid), row.method, row, headers)

    # --- credentials -----------------------------------------------------------------------

    def munge(self, user, method, target, body, munged="here", ttl=60):
        digest = hashlib.sha256((body or "").encode()).hexdigest()
        made = subprocess.run(
            ["munge", f"--socket={self.folder}/{munged}/socket", f"--ttl={ttl}"],
            input=f"slurm-quota 1\n{method} {target}\n{digest}".encode(),
            user=user, stdout=subprocess.PIPE, check=True)
        return [("Authorization", "MUNGE " + made.stdout.decode().strip())]

    def jwt(self, user, key=None, algorithm="HS256", lasts=600):
        def encode(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        now = int(time.time())
        head = {"alg": algorithm, "typ": "JWT"}
        claims = {"exp": now + lasts, "iat": now - 5, "sun": user}
        text = encode(json.dumps(head).encode()) + b"." + encode(json.dumps(claims).encode())
        if algorithm == "none":
            return (text + b".").decode()
        hashing = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}[algorithm]
        mac = hmac.new(key or self.key, text, hashing).digest()
        return (text + b"." + encode(mac)).decode()

    def bearer(self, name):
        return [("Authorization", "Bearer " + self.tokens[name])]


# --- everybody -----------------------------------------------------------------------------


def ways(site, row, user):
    """All ways in which a user can ask for something: (how, status and content)."""
    yield "munge", site.ask(row, site.munge(user, row.method, row.target, row.body))
    yield "jwt", site.ask(row, [("X-SLURM-USER-TOKEN", site.jwt(user))])
    yield "jwt", site.ask(row, [("X-SLURM-USER-TOKEN", site.jwt(user)),
                                ("X-SLURM-USER-NAME", user)])
    yield "jwt", site.ask(row, [("Authorization", "Bearer " + site.jwt(user))])
    yield "token", site.ask(row, site.bearer("of-" + user))
    yield "token", site.ask(row, [("Authorization", "Token " + site.tokens["of-" + user])])
    yield "proxy", site.ask(row, [("X-Remote-User", user)])
    if os.path.exists(site.folder + "/unix"):
        yield "socket", site.ask_socket(row, user)


def wrong(site, row, old):
    """Credentials that are none: (what, headers)."""
    method, target, body = row.method, row.target, row.body

    def munge(*what, **more):
        return site.munge("mail", *what, **more)

    def slurm(token):
        return [("X-SLURM-USER-TOKEN", token)]

    good = site.jwt("root")
    token = site.tokens["of-mail"]
    used = munge(method, target, body)
    site.ask(row, used)
    yield "munge that was used", used
    yield "munge that has expired", old
    yield "munge for another target", munge(method, target + "x", body)
    yield "munge for another method", munge("OPTIONS", target, body)
    yield "munge for another body", munge(method, target, (body or "") + " ")
    yield "munge with another key", munge(method, target, body, munged="other")
    yield "munge of nothing", [("Authorization", "MUNGE MUNGE:AwQFAAC7LUgrCWmjBCjpGnpX:")]
    yield "jwt without a signature", slurm(site.jwt("root", algorithm="none"))
    yield "jwt with another algorithm", slurm(site.jwt("root", algorithm="HS512"))
    yield "jwt with another key", slurm(site.jwt("root", key=b"x" * 32))
    yield "jwt that has expired", slurm(site.jwt("root", lasts=-1))
    yield "jwt that was cut off", slurm(good[:-2])
    yield "jwt of somebody else", slurm(good) + [("X-SLURM-USER-NAME", "mail")]
    yield "jwt that is empty", slurm("")
    yield "jwt twice", slurm(good) + slurm(good)
    yield "jwt and a token", slurm(good) + site.bearer("of-mail")
    yield "token that is none", [("Authorization", "Bearer sqt_" + "A" * 43)]
    yield "token altered by a bit", [("Authorization", "Bearer " + token[:-1] +
                                      chr(ord(token[-1]) ^ 1))]
    yield "token in capitals", [("Authorization", "Bearer " + token.upper())]
    yield "token that has expired", site.bearer("expired")
    yield "token that was revoked", site.bearer("revoked")
    yield "token twice", site.bearer("of-mail") + site.bearer("of-mail")
    yield "token beside a bad jwt", site.bearer("of-mail") + slurm("x")
    yield "password", [("Authorization", "Basic bWFpbDptYWls")]
    yield "nothing", [("Authorization", "")]
    yield "nothing behind a proxy", [("Authorization", "x"), ("X-Remote-User", "mail")]
    yield "proxy that says root", [("X-Remote-User", "root")]
    yield "proxy that says two", [("X-Remote-User", "bin"), ("X-Remote-User", "mail")]
    yield "proxy that says nonsense", [("X-Remote-User", "mail,root")]


class Complaints:
    def __init__(self):
        self.n = self.asked = 0

    def compare(self, wanted, got, *what):
        self.asked += 1
        if got == wanted:
            return
        self.n += 1
        if self.n <= 50:
            print(*what, f"-> {got}, not {wanted}")


def check_row(site, mode, row, old, complaints):
    def same(role, how, got, *what):
        complaints.compare(row.wanted(mode, role, how), got[0], row.method, row.target, role,
                           how, *what)

    same("nobody", None, site.ask(row, []))
    same("nobody", None, site.ask(row, [("X-SLURM-USER-NAME", "root")]))
    if os.path.exists(site.folder + "/unix"):
        same("nobody", None, site.ask_socket(row, "root", [("X-Forwarded-For", "192.0.2.1")]),
             "passed on")
    for role, user in PEOPLE.items():
        for how, got in ways(site, row, user):
            same(role, how, got)
        if row.method == "GET":
            same(role, "jwt", site.ask(row, [("X-SLURM-USER-TOKEN", site.jwt(user))],
                                       method="HEAD"), "HEAD")
        if "personal" not in row.notes:
            same(role, "token", site.ask(row, site.bearer("capped-" + role)), "capped")
    for what, headers in wrong(site, row, old):
        complaints.compare(401, site.ask(row, headers)[0], row.method, row.target, what)


def check_who_they_are(site, complaints):
    me = Row("GET /me /me - = 401 200 200 200 200")
    for role, user in PEOPLE.items():
        for how, (_, content) in ways(site, me, user):
            said = json.loads(content)
            complaints.compare((user, role, how),
                               (said["username"], said["role"], said["method"]), "/me")
    for name in ("root",):
        for how, got in (
                ("munge", site.ask(me, site.munge(name, "GET", "/me", None))),
                ("jwt", site.ask(me, [("X-SLURM-USER-TOKEN", site.jwt(name))])),
                ("token", site.ask(me, site.bearer("of-root")))):
            complaints.compare("administrator", json.loads(got[1])["role"], name, how)


def check_routes(site, rows, complaints):
    _, content = site.ask(Row("GET x /openapi.json - = 200 200 200 200 200"), [])
    there = {(method.upper(), path) for path, methods in json.loads(content)["paths"].items()
             for method in methods}
    rows = {(row.method, row.path) for row in rows}
    for method, path in sorted(there - rows):
        complaints.compare("a row", "none", "roles.matrix:", method, path)
    for method, path in sorted(rows - there):
        complaints.compare("a route", "none", "roles.matrix:", method, path)


def main():
    folder, url, mode = sys.argv[1:]
    site, rows, complaints = Site(folder, url), read_matrix(), Complaints()
    check_routes(site, rows, complaints)
    check_who_they_are(site, complaints)
    # One for each row; they have expired when they are used.
    old = [site.munge("mail", row.method, row.target, row.body, ttl=1) for row in rows]
    time.sleep(2.1)
    for row, credential in zip(rows, old):
        check_row(site, mode, row, credential, complaints)
    print(f"{complaints.asked} answers, {complaints.n} wrong")
    sys.exit(complaints.n > 0)


main()
