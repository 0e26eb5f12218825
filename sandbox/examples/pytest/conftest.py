"""A sandbox for a test session, and boto3 clients with temporary credentials for it."""
import re
import subprocess

import boto3
import pytest


def start(*options: str) -> tuple[subprocess.Popen, dict[str, str]]:
    """Start `sts3 sandbox` on a free port; what it prints first are `export NAME='value'` lines."""
    process = subprocess.Popen(["sts3", "sandbox", *options], stdout=subprocess.PIPE, text=True)
    variables = {}
    for line in process.stdout:
        if found := re.match(r"export (\w+)='(.*)'", line):
            variables[found[1]] = found[2]
        else:
            return process, variables
    raise RuntimeError("the sandbox did not start")


@pytest.fixture(scope="session")
def sandbox():
    # Sessions that last for two seconds: what happens when they end is what is to be tested.
    process, variables = start("--bucket", "demo", "--bucket", "logs:dated:5000", "--session-lifetime", "2s")
    yield variables
    process.terminate()
    process.wait()


@pytest.fixture
def client(sandbox):
    """Makes clients: with the user's keys, or with those that are given."""
    def make(service: str, **keys):
        keys = keys or {"aws_access_key_id": sandbox["AWS_ACCESS_KEY_ID"],
                        "aws_secret_access_key": sandbox["AWS_SECRET_ACCESS_KEY"]}
        return boto3.client(service, endpoint_url=sandbox["AWS_ENDPOINT_URL"], region_name=sandbox["AWS_REGION"], **keys)
    return make


@pytest.fixture
def assume(client):
    """The keyword arguments that make a client act as a role."""
    def assumed(role_arn: str, **parameters) -> dict[str, str]:
        answer = client("sts").assume_role(RoleArn=role_arn, RoleSessionName="pytest", **parameters)
        keys = answer["Credentials"]
        return {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"],
                "aws_session_token": keys["SessionToken"]}
    return assumed
