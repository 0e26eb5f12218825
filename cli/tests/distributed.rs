//! `examples/distributed`: many workers list one bucket into a Parquet data set, and one of them is killed
//! meanwhile.
//!
//! Runs only with `STS3_REAL_CLIENTS=1`: it installs Dask and DuckDB from PyPI, and builds `sts3` with Parquet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sts3_sandbox::{BucketSpec, Distribution, Sandbox};

/// The folder of `sts3` with the feature.
fn with_parquet() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let target = root.join("target/with-parquet");
    let build = ["build", "--quiet", "--package", "sts3-cli", "--features", "parquet", "--target-dir"];
    let status = Command::new(env!("CARGO")).args(build).arg(&target).current_dir(root).status().unwrap();
    assert!(status.success());
    target.join("debug")
}

fn python() -> PathBuf {
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/servers/venv");
    let output =
        Command::new(venv).args(["dask>=2026.8", "distributed>=2026.8", "duckdb>=2.0"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("bin/python")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_is_run_again_and_the_data_set_is_the_same() {
    if std::env::var_os("STS3_REAL_CLIENTS").is_none_or(|value| value != "1") {
        println!("skipped: set STS3_REAL_CLIENTS=1 to install Dask and DuckDB and run the example");
        return;
    }
    let bucket = BucketSpec::synthetic("big", Distribution::Unicode, 60_000);
    let sandbox = Sandbox::builder().bucket(bucket).latency(Duration::from_millis(60)).start().await.unwrap();
    let folder = std::env::temp_dir().join(format!("sts3-distributed-{}", std::process::id()));
    let path = format!("{}:{}", with_parquet().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(python());
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/distributed_killed.py"));
    command.arg("s3://big").arg(&folder).envs(sandbox.environment()).env("PATH", path);
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN"] {
        command.env_remove(name);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let _ = std::fs::remove_dir_all(folder);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{text}");
    assert!(text.contains("killed 1 of 3 workers; 60000 rows in 8 files"), "{text}");
}
