//! What goes into a form or a query comes out of it again, as an independent reader has it.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3::{
    Operation,
    s3::{ListObjectVersions, ListObjectsV2},
    sts::GetFederationToken,
};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    policy: &'a str,
    tag: (&'a str, &'a str),
    prefix: &'a str,
    delimiter: &'a str,
    start: &'a str,
    version: &'a str,
}

fuzz_target!(|input: Input<'_>| {
    let federation = GetFederationToken::new("guest").policy(input.policy).tag(input.tag.0, input.tag.1);
    if let Ok(request) = federation.request() {
        let pairs: Vec<_> = form_urlencoded::parse(&request.body).collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
        assert_eq!(value("Policy"), Some(input.policy));
        assert_eq!((value("Tags.member.1.Key"), value("Tags.member.1.Value")), (Some(input.tag.0), Some(input.tag.1)));
    }
    let listing =
        ListObjectsV2::new("b").prefix(input.prefix).delimiter(input.delimiter).start_after(input.start);
    let versions = ListObjectVersions::new("b").key_marker(input.start).version_id_marker(input.version);
    for (query, expected) in [
        (listing.request().expect("no limits").query, &[("prefix", input.prefix), ("start-after", input.start)]),
        (versions.request().expect("no limits").query, &[("key-marker", input.start), ("version-id-marker", input.version)]),
    ] {
        assert!(query.split('&').is_sorted(), "{query}");
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        for (name, value) in expected {
            assert_eq!(pairs.iter().find(|(key, _)| key == name).map(|(_, found)| found.as_ref()), Some(*value));
        }
    }
});
