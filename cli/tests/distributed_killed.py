"""Kill one of the workers of examples/distributed while it lists, and compare the data set with a plain listing.

    distributed_killed.py s3://BUCKET FOLDER
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import duckdb
from dask.distributed import Client, LocalCluster

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/distributed"))
import list_bucket  # noqa: E402


def kill_a_busy_worker(client: Client, folder: pathlib.Path, killed: list[int]) -> None:
    """As soon as a second file is being written, its worker dies, together with nothing else: `sts3` may go on alone."""
    while len(list(folder.glob("*.partial"))) < 2:
        time.sleep(0.005)
    processing = {address: tasks for address, tasks in client.processing().items() if tasks}
    address = next(iter(processing))
    process = client.run(os.getpid, workers=[address])[address]
    os.kill(process, signal.SIGKILL)
    killed.append(process)


def main() -> None:
    url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir()
    killed: list[int] = []
    with LocalCluster(n_workers=3, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        client.wait_for_workers(3, timeout=60)
        before = set(client.run(os.getpid).values())
        killer = threading.Thread(target=kill_a_busy_worker, args=(client, folder, killed), daemon=True)
        killer.start()
        files = list_bucket.list_bucket(client, url, folder, 8)
        killer.join(10)
    assert len(killed) == 1 and killed[0] in before, f"no worker was killed: {killed}"
    assert len(files) == 8 and all(pathlib.Path(file).exists() for file in files), files

    listed = subprocess.run(["sts3", "ls", "-r", url, "--output", "ndjson"], check=True, stdout=subprocess.PIPE)
    plain = [json.loads(line) for line in listed.stdout.splitlines()]
    expected = [(item["key"], item["size"], item["last_modified"], item["etag"], item["storage_class"]) for item in plain]
    found = duckdb.sql("""
        SELECT key, size, strftime(last_modified AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ'), etag, storage_class
        FROM read_parquet($files) ORDER BY encode(key)
    """, params={"files": files}).fetchall()
    assert found == expected, f"{len(found)} rows, {len(expected)} keys"
    total = duckdb.sql("SELECT count(*), sum(size) FROM read_parquet($files)", params={"files": files}).fetchall()[0]
    print(f"killed 1 of {len(before)} workers; {total[0]} rows in {len(files)} files, {total[1]} bytes: as listed")


if __name__ == "__main__":
    main()
