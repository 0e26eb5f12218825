//! What was sent: nothing but reading.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use sts3::runtime::{Event, Observer};

use crate::report::{Outcome, Report};

/// What this program may ask for. The calls of STS make sessions, and change nothing.
const READING: [&str; 7] = [
    "AssumeRole",
    "GetCallerIdentity",
    "GetSessionToken",
    "HeadBucket",
    "ListBuckets",
    "ListObjectsV2",
    "request",
];

/// How often each operation was sent, by which method.
#[derive(Clone, Default)]
pub(crate) struct Asked(Arc<Mutex<BTreeMap<(String, String), usize>>>);

impl Observer for Asked {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Sent { operation, method, .. } = event {
            let name = ((*operation).to_owned(), method.to_string());
            *self.0.lock().unwrap().entry(name).or_default() += 1;
        }
    }
}

impl Asked {
    pub(crate) fn check(&self, report: &mut Report) {
        let asked = self.0.lock().unwrap();
        let is_reading = |(operation, method): &(String, String)| {
            let is_sts = matches!(operation.as_str(), "AssumeRole" | "GetCallerIdentity" | "GetSessionToken");
            READING.contains(&operation.as_str()) && (is_sts || ["GET", "HEAD"].contains(&method.as_str()))
        };
        let shown: Vec<String> = asked
            .iter()
            .map(|((operation, method), count)| format!("{count} {method} {operation}"))
            .collect();
        let holds = asked.keys().all(is_reading);
        report.line("nothing but reading was asked for", Outcome::of(holds, shown.join(", ")));
    }
}
