//! One difference made on purpose, one line that names it: the first part, how it differs, and a cause.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use sts3_sigv4::{
    Credentials, Explanation, How, Part, Payload, Request, Scope, Secret, SignedTexts, Signer, SigningSteps,
    Timestamp,
};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request in all its parts, to be signed as it is or with one of them changed.
#[derive(Clone)]
struct Signing {
    method: &'static str,
    path: &'static str,
    query: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: &'static [u8],
    region: &'static str,
    service: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
    time: u64,
}

fn base() -> Signing {
    Signing {
        method: "GET",
        path: "/logs/a%20b//c",
        query: "list-type=2&prefix=x%20y",
        headers: vec![("host", "s3.example:9000"), ("x-amz-meta-a", "one, two"), ("range", "bytes=0-9")],
        body: b"",
        region: "eu-west-1",
        service: "s3",
        secret: SECRET,
        token: Some("token-of-the-session"),
        time: 1_440_938_160,
    }
}

fn with(change: impl FnOnce(&mut Signing)) -> Signing {
    let mut signing = base();
    change(&mut signing);
    signing
}

fn steps(signing: &Signing) -> SigningSteps {
    let credentials = Credentials::new("AKIDEXAMPLE", signing.secret);
    let credentials = match signing.token {
        Some(token) => credentials.with_session_token(token),
        None => credentials,
    };
    let request = Request::new(signing.method, signing.path)
        .query(signing.query)
        .headers(&signing.headers)
        .payload(Payload::Bytes(signing.body));
    let signer = Signer::new(&credentials, Scope::new(signing.region, signing.service));
    let time = Timestamp::from_unix_seconds(signing.time);
    signer.sign_in_steps(&request, time).unwrap().1
}

fn explain(ours: &Signing, theirs: &Signing) -> Explanation {
    let (ours, theirs) = (steps(ours), steps(theirs));
    Explanation::compare(&SignedTexts::from(&ours), &SignedTexts::from(&theirs))
}

fn header(name: &str) -> Part {
    Part::Header { name: name.into() }
}

fn parameter(name: &str) -> Part {
    Part::QueryParameter { name: name.into() }
}

#[test]
fn the_first_difference_is_named_by_part_and_kind() {
    let replace = |name: &'static str, value: &'static str| {
        with(|signing| signing.headers.iter_mut().filter(|own| own.0 == name).for_each(|own| own.1 = value))
    };
    let without = |name: &'static str| with(|signing| signing.headers.retain(|own| own.0 != name));
    let also = |name: &'static str, value: &'static str| with(|signing| signing.headers.push((name, value)));
    for (theirs, part, how, cause) in [
        (with(|s| s.method = "HEAD"), Part::Method, How::Value, "changed the method"),
        (with(|s| s.path = "/logs/a%2520b//c"), Part::Path, How::Encoding, "encodes it twice"),
        (with(|s| s.path = "/logs/a%20b/c"), Part::Path, How::Normalization, "never folds"),
        (with(|s| s.path = "/other"), Part::Path, How::Value, "proxy"),
        (with(|s| s.query = "list-type=2&prefix=x%2By"), parameter("prefix"), How::Encoding, "%20"),
        (with(|s| s.query = "list-type=2"), parameter("prefix"), How::MissingThere, "not sent"),
        (
            with(|s| s.query = "a=1&list-type=2&prefix=x%20y"),
            parameter("a"),
            How::MissingHere,
            "after signing",
        ),
        (with(|s| s.query = "list-type=3&prefix=x%20y"), parameter("list-type"), How::Value, "changed after"),
        (replace("host", "s3.example"), header("host"), How::Value, "port"),
        (replace("x-amz-meta-a", "two, one"), header("x-amz-meta-a"), How::Order, "order"),
        (replace("x-amz-meta-a", "One, two"), header("x-amz-meta-a"), How::Case, "case"),
        (replace("x-amz-meta-a", "one,two"), header("x-amz-meta-a"), How::Whitespace, "spaces"),
        (replace("x-amz-meta-a", "three"), header("x-amz-meta-a"), How::Value, "changed after"),
        (without("range"), header("range"), How::MissingThere, "proxy removed"),
        (also("x-amz-acl", "private"), header("x-amz-acl"), How::MissingHere, "added after signing"),
        (with(|s| s.token = None), header("x-amz-security-token"), How::MissingThere, "token"),
        (with(|s| s.token = Some("another")), header("x-amz-security-token"), How::Value, "cut or changed"),
        (with(|s| s.time += 3600), header("x-amz-date"), How::Value, "date"),
        (with(|s| s.body = b"x"), header("x-amz-content-sha256"), How::Value, "changed"),
        (with(|s| s.region = "us-east-1"), Part::ScopeRegion, How::Value, "sign for the region `us-east-1`"),
        (with(|s| s.secret = "another"), Part::Secret, How::Value, "space or line break"),
    ] {
        let explanation = explain(&base(), &theirs);
        let first = explanation.first().unwrap_or_else(|| panic!("{part:?}: nothing found"));
        assert_eq!((&first.part, first.how), (&part, how), "{explanation}");
        assert!(first.cause().contains(cause), "{part:?}: {}", first.cause());
        let line = explanation.to_string();
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(
            !format!("{explanation:?}{line}").contains("token-of-the-session"),
            "a token was shown: {line}"
        );
    }
}

#[test]
fn services_without_the_payload_header_and_token_order() {
    let sts = |change: fn(&mut Signing)| {
        with(|signing| {
            signing.service = "sts";
            signing.path = "/";
            change(signing);
        })
    };
    let payload = explain(&sts(|_| {}), &sts(|signing| signing.body = b"Action=GetCallerIdentity"));
    assert_eq!(payload.first().unwrap().part, Part::PayloadHash);
    assert!(payload.to_string().contains("hash of nothing"), "{payload}");
    // A token that was sent but not signed.
    let unsigned = explain(&sts(|signing| signing.token = None), &sts(|_| {}));
    assert_eq!(unsigned.first().unwrap().how, How::MissingHere);
    assert!(unsigned.to_string().contains("was sent but not signed"), "{unsigned}");
}

#[test]
fn orders_are_told_apart_from_contents() {
    let compare = |ours: &str, theirs: &str| {
        let text =
            |query: &str, headers: &str| format!("GET\n/\n{query}\n{headers}\n\nhost\nUNSIGNED-PAYLOAD");
        let (ours, theirs) = (text(ours, "host:h"), text(theirs, "host:h"));
        let [ours, theirs] = [&ours, &theirs].map(|text| SignedTexts::new().canonical_request(text));
        Explanation::compare(&ours, &theirs)
    };
    let order = compare("b=1&a=2", "a=2&b=1");
    assert_eq!((&order.first().unwrap().part, order.first().unwrap().how), (&Part::QueryOrder, How::Order));
    let encoding = compare("a%2fb=1", "a%2Fb=1");
    assert_eq!(
        (&encoding.first().unwrap().part, encoding.first().unwrap().how),
        (&Part::QueryOrder, How::Encoding)
    );
    let headers = |headers: &str| format!("GET\n/\n\n{headers}\n\nhost;a\nUNSIGNED-PAYLOAD");
    let (ours, theirs) = (headers("host:h\na:1"), headers("a:1\nhost:h"));
    let [ours, theirs] = [&ours, &theirs].map(|text| SignedTexts::new().canonical_request(text));
    assert_eq!(Explanation::compare(&ours, &theirs).first().unwrap().part, Part::SignedHeaders);
}

#[test]
fn the_secret_decides_where_everything_agrees() {
    let ours = steps(&base());
    let sent_with_other = steps(&with(|signing| signing.secret = "another"));
    let theirs = SignedTexts::from(&ours);
    let good = SignedTexts::from(&ours).signature(ours.signature.as_str());
    let bad = SignedTexts::from(&ours).signature(sent_with_other.signature.as_str());
    let explanation = Explanation::compare(&SignedTexts::from(&ours), &theirs);
    let there = explanation.clone().with_secret(&Secret::new(SECRET), &good);
    assert!(there.to_string().contains("the service holds another one"), "{there}");
    let here = explanation.with_secret(&Secret::new(SECRET), &bad);
    assert!(here.to_string().contains("was not made with this secret"), "{here}");
}

#[test]
fn clocks_come_first_when_they_explain_it() {
    let time = Timestamp::from_unix_seconds;
    let same = explain(&base(), &base());
    let off = same.clone().with_clock(time(1_440_938_160), time(1_440_941_760));
    assert_eq!(off.first().unwrap().part, Part::Clock);
    assert!(off.to_string().contains("set it"), "{off}");
    let close = same.with_clock(time(1_440_938_160), time(1_440_938_300));
    assert_eq!(close.first().unwrap().part, Part::Secret);
}

#[test]
fn what_cannot_be_compared_is_said_so() {
    let nothing = Explanation::compare(&SignedTexts::new(), &SignedTexts::new());
    assert!(
        nothing.first().is_none() && nothing.to_string().contains("nothing can be compared"),
        "{nothing}"
    );
    let ours = steps(&base());
    let one_side = Explanation::compare(&SignedTexts::from(&ours), &SignedTexts::new());
    assert!(one_side.to_string().contains("only one side"), "{one_side}");
    // The hash alone says that the requests differ.
    let theirs = steps(&with(|signing| signing.method = "PUT"));
    let strings_only = SignedTexts::new().string_to_sign(&theirs.string_to_sign);
    let hash = Explanation::compare(&SignedTexts::from(&ours), &strings_only);
    assert_eq!(hash.first().unwrap().part, Part::CanonicalRequestHash);
    for garbage in ["", "\n\n\n", "GET", "GET\n/\n\n\n\n", "\u{0}", "a\nb\nc\nd\ne\nf\ng"] {
        let texts = SignedTexts::new().canonical_request(garbage).string_to_sign(garbage);
        assert!(Explanation::compare(&texts, &SignedTexts::from(&ours)).first().is_none(), "{garbage:?}");
    }
}

/// A canonical request as a hostile service writes it.
fn hostile(parameters: usize, headers: usize, value: &str) -> String {
    let query: Vec<String> = (0..parameters).map(|at| format!("p{at}={value}")).collect();
    let headers: String = (0..headers).map(|at| format!("h{at}:{value}\n")).collect();
    format!("GET\n/\n{}\n{headers}\nhost\nUNSIGNED-PAYLOAD", query.join("&"))
}

#[test]
fn texts_beyond_the_head_of_a_request_are_refused_and_not_compared() {
    let ours = steps(&base());
    // 400,000 parameters and headers in 20 MB; one entry too many; one byte too many.
    let fitting = |bytes: usize| {
        let frame = hostile(1, 0, "").len();
        hostile(1, 0, &"x".repeat(bytes - frame))
    };
    assert_eq!(fitting(Explanation::MAX_TEXT).len(), Explanation::MAX_TEXT);
    for theirs in [
        hostile(200_000, 200_000, &"v".repeat(42)),
        hostile(500, 501, "v"),
        hostile(Explanation::MAX_ENTRIES + 1, 0, "v"),
        fitting(Explanation::MAX_TEXT + 1),
    ] {
        let theirs = SignedTexts::new().canonical_request(&theirs);
        let explanation = Explanation::compare(&SignedTexts::from(&ours), &theirs);
        let explanation = explanation.with_secret(&Secret::new(SECRET), &theirs);
        assert!(explanation.first().is_none() && !explanation.is_complete());
        let line = explanation.to_string();
        assert!(
            line.contains("larger than the head of any request") && line.contains("the service"),
            "{line}"
        );
        let turned = Explanation::compare(&theirs, &SignedTexts::from(&ours));
        assert!(turned.to_string().contains("what we signed is larger"), "{turned}");
    }
    for theirs in [hostile(500, 500, "v"), fitting(Explanation::MAX_TEXT)] {
        let theirs = SignedTexts::new().canonical_request(&theirs);
        assert!(Explanation::compare(&SignedTexts::from(&ours), &theirs).is_complete());
    }
    let strings = SignedTexts::new().string_to_sign(&ours.string_to_sign);
    let long = format!("{}{}", ours.string_to_sign, " ".repeat(Explanation::MAX_TEXT));
    let explanation = Explanation::compare(&strings, &SignedTexts::new().string_to_sign(&long));
    assert!(
        explanation.first().is_none() && explanation.to_string().contains("not compared"),
        "{explanation}"
    );
}

#[test]
fn what_a_service_writes_is_escaped_and_cut_in_sentences() {
    let evil = "\u{1b}[2J\u{202e}\u{7}";
    let ours = "GET\n/\na=1\nhost:h\n\nhost\nUNSIGNED-PAYLOAD";
    let scope =
        |region: &str| format!("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/{region}/s3/aws4_request\nab");
    let theirs = format!("GET\n/\n%1B{evil}{0}=1\n{evil}{0}:v\n\nhost\nUNSIGNED-PAYLOAD", "n".repeat(10_000));
    let (own_scope, their_scope) = (scope("us-east-1"), scope(&format!("{evil}{}", "r".repeat(10_000))));
    let ours = SignedTexts::new().canonical_request(ours).string_to_sign(&own_scope);
    let theirs = SignedTexts::new().canonical_request(&theirs).string_to_sign(&their_scope);
    let explanation = Explanation::compare(&ours, &theirs);
    assert!(explanation.differences().len() >= 4, "{explanation:?}");
    for difference in explanation.differences() {
        for text in [difference.to_string(), difference.cause()] {
            assert!(text.len() < 1_000, "{} bytes", text.len());
            assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
        }
    }
}

#[test]
fn a_merge_reports_names_of_either_side_in_their_order() {
    let text = |query: &str| format!("GET\n/\n{query}\nhost:h\n\nhost\nUNSIGNED-PAYLOAD");
    let (ours, theirs) = (text("a=1&b=1&c=1&c=2&e=5"), text("b=2&c=2&c=1&d=4&e=5"));
    let [ours, theirs] = [&ours, &theirs].map(|text| SignedTexts::new().canonical_request(text));
    let explanation = Explanation::compare(&ours, &theirs);
    let found: Vec<_> =
        explanation.differences().iter().map(|found| (found.part.clone(), found.how)).collect();
    assert_eq!(
        found,
        [
            (parameter("a"), How::MissingThere),
            (parameter("b"), How::Value),
            (parameter("c"), How::Order),
            (parameter("d"), How::MissingHere),
        ]
    );
}
