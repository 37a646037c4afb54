#!/usr/bin/python3
"""openapi.py URL [HEADER] METHOD TARGET [BODY] - asks the service, and holds the request's body
and the answer against what its own openapi.json says of them.

Prints the status.  Fails where the document does not know the answer, or knows it
otherwise."""

import http.client
import json
import sys
import urllib.parse

import jsonschema


def ask(url, method, target, body, headers):
    if url.startswith("unix:"):
        raise SystemExit("a URL with a port, please")
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    if body is not None:
        headers = headers | {"Content-Type": "application/json"}
    connection.request(method, target, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), content


def operation_of(document, method, target):
    path = urllib.parse.urlsplit(target).path.split("/")
    for pattern, operations in document["paths"].items():
        parts = pattern.split("/")
        if len(parts) == len(path) and all(
            want == have or (want.startswith("{") and have)
            for want, have in zip(parts, path)
        ):
            return operations["get" if method == "HEAD" else method.lower()]
    raise SystemExit(f"{method} {target} is not in the document")


def check(document, schema, value, what):
    resolver = jsonschema.RefResolver("", document)
    validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
    errors = [f"{what}: {error.json_path}: {error.message}"
              for error in validator.iter_errors(value)]
    if errors:
        raise SystemExit("\n".join(errors))


def main():
    url, *rest = sys.argv[1:]
    headers = {}
    while ":" in rest[0]:
        name, value = rest.pop(0).split(":", 1)
        headers[name] = value.strip()
    method, target, *body = rest
    document = json.loads(ask(url, "GET", "/openapi.json", None, {})[2])
    operation = operation_of(document, method, target)
    status, kind, content = ask(url, method, target, body[0] if body else None, headers)
    responses = operation["responses"]
    if str(status) not in responses:
        raise SystemExit(f"{method} {target}: {status} is not in the document: {content}")
    response = responses[str(status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].split("/")[-1]]
    media = response.get("content")
    if not media and content:
        raise SystemExit(f"{method} {target}: an answer where none is: {content}")
    if media and (kind or "").split(";")[0] not in media:
        raise SystemExit(f"{method} {target}: {kind} is not in the document")
    if "application/json" in (media or {}):
        check(document, media["application/json"]["schema"], json.loads(content), "answer")
    # What was accepted is what the document says can be sent.
    if body and status < 300:
        sent = operation["requestBody"]["content"]["application/json"]["schema"]
        check(document, sent, json.loads(body[0]), "body")
    print(status)


main()
