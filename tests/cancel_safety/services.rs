//! STS and S3 in a world without sockets, and a provider that asks the one for the keys to the other.
#![allow(unreachable_pub, reason = "shared by the files of this test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sts3::{
    Credentials, Error, TransportError, http,
    providers::Provider,
    runtime::{BoxFuture, Caller, Limits, Transport},
    sts::GetCallerIdentity,
};

use super::world::World;

/// Sessions of a minute, each with a request that takes its time.
pub struct Sessions {
    pub world: World,
    pub given: Arc<AtomicU64>,
}

impl Provider for Sessions {
    fn credentials<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<Credentials, Error>> {
        Box::pin(async {
            caller.call(&GetCallerIdentity::new(), Some(&Credentials::new("AKIDEXAMPLE", "secret"))).await?;
            self.world.wait(Duration::from_millis(10)).await;
            let number = self.given.fetch_add(1, Ordering::Relaxed);
            let end = caller.sts_now() + Duration::from_secs(60);
            Ok(Credentials::new(format!("ASIA{number}"), "secret").with_expiration(end))
        })
    }
}

/// STS and S3, and what was asked of them.
#[derive(Clone)]
pub struct Services {
    pub world: World,
    pub sts: Arc<AtomicU64>,
    pub s3: Arc<AtomicU64>,
    pub answered: Arc<AtomicU64>,
}

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/a</Arn>\
    <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
const EMPTY: &str = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";

impl Transport for Services {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let is_sts = request.uri().host().unwrap().starts_with("sts.");
        let (count, body) = if is_sts { (&self.sts, IDENTITY) } else { (&self.s3, EMPTY) };
        count.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            self.world.wait(Duration::from_millis(20)).await;
            self.answered.fetch_add(u64::from(is_sts), Ordering::Relaxed);
            Ok(http::Response::new(body.as_bytes().to_vec()))
        })
    }
}
