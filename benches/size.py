#!/usr/bin/env python3
"""How many crates, how large, how long to build, how quick to start: ours and the peers', as tables.

    python3 benches/size.py [--no-builds]

From any folder. Builds everything from nothing in a temporary folder, which takes about ten minutes of two cores;
`--no-builds` leaves that out.
"""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

from measure import PEERS, ROOT, STS3, build_sts3, python_programs, run, sandbox

PROGRAMS = {
    "sts3": "sts3",
    "sts3, `blocking`": "sts3-blocking",
    "rusty-s3 + reqwest": "rusty-s3",
    "object_store": "object-store",
    "AWS SDK for Rust": "aws-sdk",
}
TREES = {
    "`sts3-sigv4` without default features (`no_std`)": ["-p", "sts3-sigv4", "--no-default-features"],
    "`sts3` without default features (sans-IO)": ["-p", "sts3", "--no-default-features"],
    "`sts3` with `client`, plain HTTP": ["-p", "sts3", "--no-default-features", "-F", "client"],
    "`sts3` with `blocking` and `rustls-ring`": ["-p", "sts3", "--no-default-features", "-F", "blocking,rustls-ring"],
    "`sts3` with `client` and `rustls-ring`": ["-p", "sts3"],
}
COMMANDS = {
    "`sts3`, release": ["--release"],
    "`sts3`, release, without the sandbox": ["--release", "--no-default-features", "-F", "rustls-ring,vectors,man"],
    "`sts3`, `dist` profile, `rustls-ring` alone": ["--profile", "dist", "--no-default-features", "-F", "rustls-ring"],
}


def crates(folder, options) -> int:
    """The packages of a dependency tree, the root counted."""
    command = ["cargo", "tree", *options, "-e", "normal", "--prefix", "none", "--format", "{p}"]
    listed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    return len({line.removesuffix(" (*)") for line in listed.splitlines() if line})


def build(folder, options, program, target) -> tuple[float, float]:
    """Seconds of processor time, and the program's size in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "CARGO_INCREMENTAL": "0"}
    subprocess.run(["cargo", "build", "--quiet", *options, "--target-dir", target], cwd=folder, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    profile = "dist" if "dist" in options else "release"
    return seconds, (pathlib.Path(target) / profile / program).stat().st_size / 1e6


def trees():
    print("| crates of the library | |\n| --- | --- |")
    for name, options in TREES.items():
        print(f"| {name} | {crates(ROOT, options)} |")


def libraries(are_built):
    print("\n| the same program (count a bucket's keys) with | crates | clean build, processor | stripped size |")
    print("| --- | --- | --- | --- |")
    for name, feature in PROGRAMS.items():
        options = ["--no-default-features", "-F", feature]
        # The program itself is none of the library's crates.
        count = crates(PEERS, options) - 1
        seconds = size = float("nan")
        if are_built:
            program = "count_" + feature.replace("-", "_")
            with tempfile.TemporaryDirectory() as target:
                seconds, size = build(PEERS, ["--release", *options, "--bin", program], program, target)
        print(f"| {name} | {count} | {seconds:.0f} s | {size:.1f} MB |", flush=True)


def commands():
    print("\n| command | size |\n| --- | --- |")
    for name, options in COMMANDS.items():
        with tempfile.TemporaryDirectory() as target:
            _, size = build(ROOT, ["-p", "sts3-cli", *options], "sts3", target)
        print(f"| {name} | {size:.2f} MB |", flush=True)


def milliseconds(command, environment) -> float:
    """Without a program between that measures memory: that takes a millisecond itself."""
    began = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1000


def starts():
    build_sts3()
    aws = python_programs() / "aws"
    with sandbox("--bucket", "bench:flat-uuid:5000") as environment:
        role = environment["STS3_ROLE_ARN"]
        config = pathlib.Path(environment["HOME"]) / ".aws/config"
        config.parent.mkdir()
        config.write_text(f"[profile role]\nrole_arn = {role}\ncredential_source = Environment\n")
        contenders = {
            "`sts3 --version`": [STS3, "--version"],
            "`sts3`: AssumeRole, list 5,000 keys": [STS3, "ls", "-r", "s3://bench", "--role-arn", role, "--no-cache"],
            "awscli: list 5,000 keys": [aws, "s3", "ls", "--recursive", "s3://bench"],
            "awscli: AssumeRole, list 5,000 keys": [aws, "s3", "ls", "--recursive", "s3://bench", "--profile", "role"],
        }
        print("\n| whole program | wall | memory |\n| --- | --- | --- |")
        for name, command in contenders.items():
            _, _, peak = run(command, environment, subprocess.DEVNULL)
            wall = statistics.median(milliseconds(command, environment) for _ in range(25))
            print(f"| {name} | {wall:.1f} ms | {peak:.1f} MB |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-builds", action="store_true", help="only count crates, and time programs")
    are_built = not parser.parse_args().no_builds
    trees()
    libraries(are_built)
    if are_built:
        commands()
    starts()


if __name__ == "__main__":
    main()
