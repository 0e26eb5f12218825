//! The handle of a running sandbox, for the program that started it.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use tokio::task::JoinHandle;

use crate::{
    github,
    state::{State, account, config::SandboxBuilder},
};

/// A running sandbox. It stops when this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
    /// The authority that clients must trust, where TLS is on.
    ca_certificate: Option<String>,
}

impl Sandbox {
    /// A handle that stops this task, which accepts connections.
    pub(crate) fn new(
        address: SocketAddr,
        state: Arc<State>,
        accepting: JoinHandle<()>,
        ca_certificate: Option<String>,
    ) -> Self {
        Self { address, state, accepting, ca_certificate }
    }

    /// Start with the defaults: no buckets, the roles `reader`, `limited` and `partner`, no faults.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Where it listens: `http://127.0.0.1:PORT`; `https://…` with TLS.
    pub fn url(&self) -> String {
        let scheme = if self.ca_certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// With TLS: the certificate (PEM) of the authority that has signed the server's. AWS SDKs and `sts3` trust the file
    /// that `AWS_CA_BUNDLE` names.
    #[cfg(feature = "tls")]
    pub fn ca_certificate(&self) -> Option<&str> {
        self.ca_certificate.as_deref()
    }

    /// The variables with which any AWS client finds it: endpoint, keys, region, the roles' ARNs, and what
    /// a job in GitHub Actions has to ask for identity tokens.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", account::ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", account::SECRET_ACCESS_KEY.to_owned()),
            ("AWS_REGION", self.state.config.region.clone()),
            ("AWS_DEFAULT_REGION", self.state.config.region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}{}?api-version=2.0", self.url(), github::PATH)),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", github::REQUEST_TOKEN.to_owned()),
            ("STS3_SERVER", "sandbox".to_owned()),
            ("STS3_ROLE_ARN", account::role_arn("reader")),
            ("STS3_LIMITED_ROLE_ARN", account::role_arn("limited")),
        ]
    }

    /// How many requests were answered, by operation and outcome (`OK` or the code of the refusal); those
    /// that the faults left without an answer are counted as `unanswered`, `reset` or `stalled`.
    pub fn counts(&self) -> BTreeMap<(&'static str, String), u64> {
        self.state.log.counts()
    }

    /// How many requests of this operation were answered, refusals included.
    pub fn count(&self, operation: &str) -> u64 {
        self.counts().iter().filter(|((name, _), _)| *name == operation).map(|(_, count)| count).sum()
    }

    /// Wait until the sandbox stops, which it does only by being dropped.
    pub async fn serve(mut self) {
        // The task ends by an abort, which is what is waited for.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
