//! The client, the chain of credentials, their renewal and the parallel listing on an executor that is not tokio's. CI
//! builds and runs this without the feature `tokio` too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "support/odd_servers.rs"]
mod odd_servers;
#[path = "support/world.rs"]
mod world;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use odd_servers::{Kind, Server};
use sts3::{
    Client, Concurrency, TransportError, http,
    providers::{ChainProvider, Environment, ProcessProvider},
    runtime::{BoxFuture, Clock, Finished, Limits, Processes, Program, ProgramError, Transport},
    sts::GetCallerIdentity,
};
use time::format_description::well_known::Rfc3339;
use world::World;

/// STS and S3 in memory: each session that STS gives lasts 15 minutes, and S3 takes no other keys.
#[derive(Clone)]
struct Cloud {
    world: World,
    bucket: Server,
    sessions: Arc<AtomicU64>,
}

impl Cloud {
    fn sts(&self, form: &str, is_signed_with: impl Fn(&str) -> bool) -> (u16, String) {
        if form.contains("Action=GetCallerIdentity") {
            let body = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                <Arn>arn:aws:sts::123456789012:assumed-role/reader/s</Arn><UserId>AROA:s</UserId>\
                <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
            return (200, body.to_owned());
        }
        if !is_signed_with("AKIDBASE") {
            return (
                403,
                "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>".to_owned(),
            );
        }
        let number = self.sessions.fetch_add(1, Ordering::Relaxed) + 1;
        let end = (self.world.now() + Duration::from_secs(900)).format(&Rfc3339).unwrap();
        let body = format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId>\
             <SecretAccessKey>secret</SecretAccessKey><SessionToken>token{number}</SessionToken>\
             <Expiration>{end}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>\
             <Arn>arn:aws:sts::123456789012:assumed-role/reader/s</Arn></AssumedRoleUser></AssumeRoleResult>\
             </AssumeRoleResponse>"
        );
        (200, body)
    }
}

impl Transport for Cloud {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let signature = request.headers()["authorization"].to_str().unwrap().to_owned();
        let is_signed_with = move |key: &str| signature.contains(&format!("Credential={key}/"));
        let is_sts = request.uri().host().unwrap().starts_with("sts.");
        Box::pin(async move {
            let (status, body) = if is_sts {
                self.world.wait(Duration::from_millis(30)).await;
                self.sts(&String::from_utf8(request.into_body()).unwrap(), is_signed_with)
            } else if (1..=self.sessions.load(Ordering::Relaxed)).any(|n| is_signed_with(&format!("ASIA{n}")))
            {
                return self.bucket.send(request, limits).await;
            } else {
                (403, "<Error><Code>InvalidAccessKeyId</Code></Error>".to_owned())
            };
            Ok(http::Response::builder().status(status).body(body.into_bytes()).unwrap())
        })
    }
}

/// A profile with a role that another profile's keys assume.
fn environment(folder: &str) -> Environment {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let (config, credentials) = (folder.join("config"), folder.join("credentials"));
    let profile = "[profile reader]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = base\n\
                   region = us-east-1\n";
    std::fs::write(&config, profile).unwrap();
    std::fs::write(&credentials, "[base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = secret\n")
        .unwrap();
    let variables = [
        ("AWS_CONFIG_FILE", config.display().to_string()),
        ("AWS_SHARED_CREDENTIALS_FILE", credentials.display().to_string()),
        ("AWS_PROFILE", "reader".to_owned()),
    ];
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[test]
fn the_chain_assumes_a_role_renews_it_and_lists_in_parallel_on_another_executor() {
    let world = World::default();
    let keys: Vec<String> = (0..2_000).map(|number| format!("key/{number:05}")).collect();
    let bucket = Server::new(Kind::HONEST, keys.clone(), world.clone(), 1);
    let cloud = Cloud { world: world.clone(), bucket: bucket.clone(), sessions: Arc::default() };
    let environment = environment("any_executor");
    let client = Client::builder()
        .region("us-east-1")
        .credentials(ChainProvider::new(environment))
        .transport(cloud.clone())
        .clock(world.clone())
        .build()
        .unwrap();
    let listed = world.run(async {
        let identity = client.send(&GetCallerIdentity::new()).await.unwrap();
        assert_eq!(identity.arn, "arn:aws:sts::123456789012:assumed-role/reader/s");
        let mut pages = client.list_objects_v2("bucket").max_keys(20).parallel(Concurrency::Requests(16));
        let mut listed: Vec<String> = Vec::new();
        while let Some(page) = pages.next().await.unwrap() {
            listed.extend(page.keys().map(str::to_owned));
            // So that sessions end meanwhile.
            world.wait(Duration::from_secs(20)).await;
        }
        listed
    });
    assert!(listed == keys, "{} keys", listed.len());
    // 100 pages at 20 s are more than two sessions of 15 minutes.
    let sessions = cloud.sessions.load(Ordering::Relaxed);
    assert!((2..=5).contains(&sessions), "{sessions} sessions in {:?}", world.elapsed());
    assert!(bucket.requests() >= 100);
}

#[cfg(not(any(feature = "tokio", feature = "blocking")))]
#[test]
fn without_a_runtime_build_says_what_is_missing() {
    let world = World::default();
    let cloud = || Cloud {
        world: world.clone(),
        bucket: Server::new(Kind::HONEST, Vec::new(), world.clone(), 1),
        sessions: Arc::default(),
    };
    let builder = || Client::builder().region("us-east-1").anonymous();
    for (builder, missing) in [
        (builder(), "transport"),
        (builder().clock(world.clone()), "transport"),
        (builder().transport(cloud()), "clock"),
    ] {
        let problem = builder.build().unwrap_err().to_string();
        let setter = format!("`ClientBuilder::{missing}` takes one");
        let says =
            problem.contains(missing) && problem.contains("feature `tokio`") && problem.contains(&setter);
        assert!(says, "{problem}");
    }
    assert!(builder().clock(world.clone()).transport(cloud()).build().is_ok());
}

/// Embedders hold their effects as they like: what points to one is one, for each of the traits.
#[test]
fn every_effect_may_be_held_by_a_reference_a_box_or_an_arc() {
    fn held<T: ?Sized + 'static>(_: impl Fn(&'static T, Box<T>, Arc<T>)) {}
    macro_rules! held {
        ($($effect:ident),*) => {$({
            fn is_one(_: impl sts3::runtime::$effect + 'static) {}
            held::<dyn sts3::runtime::$effect>(|reference, boxed, shared| {
                is_one(reference);
                is_one(boxed);
                is_one(shared);
            });
        })*};
    }
    held!(Transport, Clock, Random, Files, Processes, Terminal);
}

/// A build without a runtime runs no programs by itself; whoever embeds it may know how.
#[test]
fn a_credential_process_is_run_by_the_means_that_the_client_was_given() {
    struct Printing;
    impl Processes for Printing {
        fn run<'a>(&'a self, program: Program<'a>) -> BoxFuture<'a, Result<Finished, ProgramError>> {
            assert_eq!((program.path, program.arguments), ("vault", &["read".to_owned()][..]));
            let output = br#"{"Version": 1, "AccessKeyId": "AKIDBASE", "SecretAccessKey": "secret"}"#;
            let status = std::process::ExitStatus::default();
            Box::pin(async move { Ok(Finished { status, output: output.to_vec().into() }) })
        }
    }
    let world = World::default();
    let cloud = Cloud {
        world: world.clone(),
        bucket: Server::new(Kind::HONEST, Vec::new(), world.clone(), 1),
        sessions: Arc::default(),
    };
    let client = Client::builder().region("us-east-1").transport(cloud).clock(world.clone());
    let client = client.processes(Printing).credentials(ProcessProvider::new("vault read")).build().unwrap();
    let keys = world.run(client.credentials()).unwrap().unwrap();
    assert_eq!(keys.access_key_id(), "AKIDBASE");
}
