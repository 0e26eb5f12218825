//! What the public interface promises at compile time, and what its types show of themselves.

#![allow(clippy::unwrap_used)]

use sts3::{
    Client, ClientBuilder, Credentials, Endpoint, Error, Pages, ParallelPages, RetryPolicy,
    providers::{
        AssumeRoleProvider, ChainProvider, FileCache, Refreshing, SessionTokenProvider, SsoProvider,
        WebIdentityProvider,
    },
    runtime::{Caller, HttpClient},
    s3::{ListObjectsV2, Page, partition::Planner},
};

fn crosses_threads<T: Send + Sync + Unpin + 'static>() {}
fn clones<T: Clone>() {}

#[test]
fn clients_pages_providers_and_errors_cross_threads() {
    crosses_threads::<Client>();
    crosses_threads::<ClientBuilder>();
    crosses_threads::<Caller>();
    crosses_threads::<HttpClient>();
    crosses_threads::<Endpoint>();
    crosses_threads::<RetryPolicy>();
    crosses_threads::<Error>();
    crosses_threads::<Page>();
    crosses_threads::<Pages<ListObjectsV2>>();
    crosses_threads::<ParallelPages>();
    crosses_threads::<Planner<Page>>();
    crosses_threads::<(AssumeRoleProvider, SessionTokenProvider, WebIdentityProvider, SsoProvider)>();
    crosses_threads::<(Credentials, ChainProvider, FileCache, Refreshing)>();
    clones::<(Client, Caller, HttpClient, AssumeRoleProvider)>();
}

/// As `?` in a function that returns `Box<dyn Error + Send + Sync>` wants it.
#[test]
fn errors_fit_where_errors_go() {
    fn boxed(error: impl std::error::Error + Send + Sync + 'static) -> String {
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        error.to_string()
    }
    let error = sts3::Region::new("no region").unwrap_err();
    assert!(boxed(error).contains("region"));
}

#[test]
fn what_is_shown_of_a_provider_has_no_secret() {
    let user = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let role = AssumeRoleProvider::new("arn:aws:iam::123456789012:role/reader", "nightly").source(user);
    let shown = format!("{role:?} {:?}", Client::builder().credentials(role.clone()));
    assert!(shown.contains("role/reader") && !shown.contains("wJalr"), "{shown}");
}
