//! What is dropped ends, and loses nothing.

use std::{
    future::{Future, poll_fn},
    panic::AssertUnwindSafe,
    task::Poll,
    thread,
    time::Duration,
};

use sts3::{
    Concurrency,
    blocking::{SystemClock, block_on},
    runtime::Clock,
};

use super::{all, bucket, client, start, support::user};

/// What the future of a page has asked for is not lost with it, and its requests go on in their threads.
#[test]
fn a_future_that_is_dropped_loses_no_page_over_threads_either() {
    let sandbox = start(bucket(30_000).latency(Duration::from_millis(10)));
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let mut pages = client.as_async().list_objects_v2("big").parallel(Concurrency::Requests(8));
    let (mut keys, mut dropped, clock) = (Vec::new(), 0, SystemClock);
    loop {
        let mut end = clock.sleep(Duration::from_millis(1));
        let mut next = Box::pin(pages.next());
        let page = block_on(poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Ready(page) => Poll::Ready(Some(page)),
            Poll::Pending => end.as_mut().poll(context).map(|()| None),
        }));
        match page {
            Some(page) => match page.unwrap() {
                Some(page) => keys.extend(page.keys().map(str::to_owned)),
                None => break,
            },
            None => dropped += 1,
        }
    }
    assert!(keys == all(30_000) && dropped > 10, "{dropped} dropped");
}

/// In a process of its own: others use the same threads.
#[cfg(target_os = "linux")]
#[test]
fn an_iterator_that_is_dropped_leaves_no_request_no_thread_and_no_socket() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "dropping::dropping_child", "--ignored"])
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}{}",
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr)
    );
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "a part of another test"]
fn dropping_child() {
    let threads = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        names.filter(|name| name.starts_with("sts3-")).count()
    };
    let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let sandbox = start(bucket(100_000).latency(Duration::from_millis(300)));
    let before = open();
    let client = client(&sandbox).credentials(user()).build().unwrap();
    let mut pages = client.list_objects_v2("big").parallel(Concurrency::Requests(16));
    for _ in 0..3 {
        pages.next().unwrap().unwrap();
    }
    assert!(threads() > 4, "{}", threads());
    drop(pages);
    let mut keys = client.list_objects_v2("big").keys();
    keys.next().unwrap().unwrap();
    drop(keys);
    // A closure that has had enough by a panic ends the listing thread too.
    let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| {
        client.list_objects_v2("big").for_each_page(|_| panic!("enough"))
    }));
    assert!(panicked.is_err());
    // One thread waits for as long as connections are kept.
    drop(client);
    for _ in 0..600 {
        // The sandbox has let go of its ends by then, too.
        if threads() == 0 && open() <= before {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{} threads are left, {} of {before} files are open", threads(), open());
}
