#!/usr/bin/env python3
"""Whole programs list a million keys from the sandbox, in turn: wall time, processor time, memory, as a table.

`python3 benches/list.py [KEYS]`, from the project's folder. Builds what it needs.
"""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEYS = sys.argv[1] if len(sys.argv) > 1 else "1000000"
ROUNDS = 3
STS3 = ROOT / "target/release/sts3"
RUSTY = ROOT / "benches/target/release/examples/count_rusty_s3"
PROGRAMS = {
    "sts3 ls -r --output ndjson > FILE": [STS3, "ls", "-r", "s3://million", "--output", "ndjson"],
    "rusty-s3 + reqwest, bare count": [RUSTY, "million"],
}


def run(command, environment, out):
    began = time.time()
    process = subprocess.Popen(command, env=environment, stdout=out)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.time() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    subprocess.run(["cargo", "build", "--release", "-p", "sts3-cli"], cwd=ROOT, check=True)
    subprocess.run(["cargo", "build", "--release", "--example", "count_rusty_s3"], cwd=ROOT / "benches", check=True)
    server = subprocess.Popen([STS3, "sandbox", "--bucket", f"million:flat-uuid:{KEYS}"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    environment = dict(os.environ)
    while "STS3_LIMITED_ROLE_ARN" not in environment:
        if variable := re.match(r"(?:export )?(\w+)=(.*)", server.stdout.readline().strip()):
            environment[variable[1]] = variable[2].strip("'\"")
    results = {name: [] for name in PROGRAMS}
    with tempfile.TemporaryFile() as out:
        for _ in range(ROUNDS):
            for name, command in PROGRAMS.items():
                out.seek(0)
                results[name].append(run(command, environment, out))
    server.terminate()
    print(f"| {KEYS} keys, median of {ROUNDS} | wall | processor | memory |\n| --- | --- | --- | --- |")
    for name, rounds in results.items():
        wall, processor, memory = (statistics.median(column) for column in zip(*rounds))
        print(f"| {name} | {wall:.2f} s | {processor:.2f} s | {memory:.0f} MB |")


if __name__ == "__main__":
    main()
