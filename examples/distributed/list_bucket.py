#!/usr/bin/env python3
"""List a bucket with many workers into a Parquet data set, and ask it something.

    list_bucket.py s3://BUCKET[/PREFIX] FOLDER [--parts 16] [--workers 4] [--scheduler tcp://HOST:8786]

`sts3 split` cuts the bucket into ranges of keys of about the same size; Dask gives each to a worker, which lists it into a
file of its own. Without --scheduler the workers are processes of this machine; with it, the machines of a cluster that has
`sts3` (built with the feature `parquet`) and the folder. A worker that dies loses nothing: Dask gives its ranges to another,
and a file has its name only once it is complete.
"""
import argparse
import json
import pathlib
import subprocess

import duckdb
from dask.distributed import Client, LocalCluster, as_completed


def split(url: str, parts: int) -> list[dict]:
    """Ranges `{"start_after": …, "stop_at": …, "keys": …}` without gaps; the first starts at nothing, the last has no end."""
    done = subprocess.run(["sts3", "split", url, "--parts", str(parts), "--output", "ndjson"],
                          check=True, stdout=subprocess.PIPE)
    return [json.loads(line) for line in done.stdout.splitlines()]


def list_range(url: str, part: dict, out: str) -> str:
    """List one range into one file. Run anywhere, and again if need be: the result is the same."""
    command = ["sts3", "ls", "--recursive", url, "--output", "parquet", "--out", out]
    if part["start_after"]:
        command += ["--start-after", part["start_after"]]
    if part["stop_at"] is not None:
        command += ["--stop-at", part["stop_at"]]
    subprocess.run(command, check=True)
    return out


def list_bucket(client: Client, url: str, folder: pathlib.Path, parts: int) -> list[str]:
    """The files of the data set, one for each range."""
    folder.mkdir(parents=True, exist_ok=True)
    ranges = split(url, parts)
    futures = [
        # Listing changes nothing in the bucket: to do it twice is safe. A worker may die of what is not its range's fault.
        client.submit(list_range, url, part, str(folder / f"part-{index:05}.parquet"), pure=False, retries=3)
        for index, part in enumerate(ranges)
    ]
    for done, future in enumerate(as_completed(futures), 1):
        print(f"{done} of {len(futures)} ranges: {pathlib.Path(future.result()).name}", flush=True)
    return client.gather(futures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--scheduler")
    arguments = parser.parse_args()
    cluster = arguments.scheduler or LocalCluster(n_workers=arguments.workers, threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client:
        files = list_bucket(client, arguments.url, arguments.folder, arguments.parts)
    print(duckdb.sql("""
        SELECT storage_class, count(*) AS objects, sum(size) AS bytes, max(last_modified) AS newest
        FROM read_parquet($files) GROUP BY ALL ORDER BY bytes DESC
    """, params={"files": files}))


if __name__ == "__main__":
    main()
