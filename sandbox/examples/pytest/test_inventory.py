"""How code that uses temporary credentials is tested: what it may do, what it may not, and what happens when they end."""
import time

import pytest
from botocore.exceptions import ClientError

PARTNER = "arn:aws:iam::123456789012:role/partner"


def inventory(s3, bucket: str) -> int:
    """The code under test: how many objects a bucket has."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(len(page.get("Contents", ())) for page in pages)


def code(call) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


def test_a_role_counts_the_bucket(client, assume, sandbox):
    s3 = client("s3", **assume(sandbox["STS3_ROLE_ARN"]))
    assert inventory(s3, "logs") == 5000


def test_a_limited_role_is_refused(client, assume, sandbox):
    s3 = client("s3", **assume(sandbox["STS3_LIMITED_ROLE_ARN"]))
    assert inventory(s3, "demo") > 20
    assert code(lambda: inventory(s3, "logs")) == "AccessDenied"


def test_an_external_id_is_asked_for(assume):
    assert code(lambda: assume(PARTNER)) == "AccessDenied"
    assert assume(PARTNER, ExternalId="sandbox-partner")["aws_session_token"]


def test_a_session_ends(client, assume, sandbox):
    s3 = client("s3", **assume(sandbox["STS3_ROLE_ARN"]))
    assert inventory(s3, "demo") > 20
    time.sleep(2.1)
    assert code(lambda: inventory(s3, "demo")) == "ExpiredToken"
