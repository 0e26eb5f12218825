"""AWS's own session for IAM Roles Anywhere (the package iam-rolesanywhere-session) against a sandbox with TLS.

Arguments: the sandbox's URL, its authority's certificate, the region; on standard input the fixture `fixtures/x509/expected.json`.
"""
import json
import sys
from urllib.parse import urlsplit

from iam_rolesanywhere_session import CredentialsRetrievalError, IAMRolesAnywhereSession

url, authority, region = sys.argv[1:]
fixture = json.load(sys.stdin)


def session(identity, **more):
    intermediates = identity["intermediates"]
    return IAMRolesAnywhereSession(
        trust_anchor_arn=fixture["anchor"], profile_arn=fixture["profile"], role_arn=fixture["role"],
        certificate=identity["certificate"].encode(), private_key=identity["key"].encode(),
        certificate_chain=intermediates.encode() if intermediates else None, region=region,
        endpoint=urlsplit(url).netloc, verify=authority, **more).get_session()


for identity in fixture["identities"]:
    client = session(identity, role_session_name="desk-1").client("sts", endpoint_url=url)
    arn = client.get_caller_identity()["Arn"]
    assert arn.endswith("assumed-role/reader/desk-1"), arn
    print(f"{identity['name']}: ok")

unnamed = fixture["identities"][0]
arn = session(unnamed).client("sts", endpoint_url=url).get_caller_identity()["Arn"]
# The guide: the session's name is the certificate's serial number in hex digits.
assert arn.endswith(f"assumed-role/reader/{int(unnamed['serial']):x}"), arn
print("name of a session: ok")

try:
    session(fixture["ended"]).client("sts", endpoint_url=url).get_caller_identity()
    raise SystemExit("a certificate of no authority was taken")
except CredentialsRetrievalError as error:
    assert error.status_code == 403 and "Untrusted" in str(error), error
print("refusal: ok")
