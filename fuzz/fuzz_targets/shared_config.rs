//! Any config and credentials files are read or refused, and every profile in them can be asked for what it
//! has.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3::{Client, providers::SharedFiles};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    config: &'a str,
    credentials: &'a str,
}

fuzz_target!(|input: Input<'_>| {
    let Ok(files) = SharedFiles::from_texts(input.config, input.credentials) else { return };
    for name in files.profile_names() {
        let profile = files.profile(name).expect("a name that was just listed");
        let _ = (profile.credentials(), profile.region(), profile.get("role_arn"));
        let _ = Client::builder().settings(&Default::default(), Some(profile)).map(|builder| builder.anonymous().build().map(drop));
    }
    let _ = files.sso_session("default");
});
