//! What happened: a record of each request for the observer, and counts by operation and outcome.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What happened to one request.
///
/// `Debug` leaves out the query, which may be a signature with a token.
#[derive(Clone)]
#[non_exhaustive]
pub struct Record {
    /// Its number, as in `x-amz-request-id`.
    pub request_id: String,
    /// `GET`, `POST`, ….
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// The operation it was taken for.
    pub operation: &'static str,
    /// The status that was answered.
    pub status: u16,
    /// The code of a refusal.
    pub code: Option<String>,
    /// Why exactly, where the code alone does not tell.
    pub reason: Option<String>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        f.debug_struct("Record")
            .field("request_id", &self.request_id)
            .field("method", &self.method)
            .field("path", &path)
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("reason", &self.reason)
            .finish()
    }
}

/// Called after every request; see [`SandboxBuilder::on_request`](crate::SandboxBuilder::on_request).
pub(crate) type Observer = Arc<dyn Fn(&Record) + Send + Sync>;

/// How many requests there were: by operation and outcome.
pub(crate) type Counts = BTreeMap<(&'static str, String), u64>;

/// Numbers requests and counts their outcomes.
#[derive(Debug, Default)]
pub(crate) struct Log {
    served: AtomicU64,
    counts: Mutex<Counts>,
}

impl Log {
    /// The number of the next request, as `x-amz-request-id` has it.
    pub(crate) fn next_request_id(&self) -> String {
        format!("{:016X}", self.served.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(crate) fn count(&self, operation: &'static str, outcome: &str) {
        *self.locked().entry((operation, outcome.to_owned())).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> Counts {
        self.locked().clone()
    }

    fn locked(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
