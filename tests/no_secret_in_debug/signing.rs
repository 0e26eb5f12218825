//! Types of `sts3-sigv4` and of the sandbox's configuration.

use sigv4::{
    Credentials, EcdsaKey, Explanation, Framing, Payload, PostPolicy, Received, ReceivedBody, ReceivedForm,
    ReceivedParts, Request, Scope, Secret, SignedTexts, Signer, SigningKey, Timestamp, Verifier,
};
use sts3_sandbox::{Role, Sandbox};

use crate::{HUSH, Shown, shown};

pub(crate) fn all() -> Vec<Shown> {
    [requests(), parts(), signers(), verified(), forms(), explained(), configured()]
        .into_iter()
        .flatten()
        .collect()
}

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_795_521_600)
}

fn credentials() -> Credentials {
    Credentials::new("AKIDEXAMPLE", HUSH).with_session_token(HUSH)
}

fn requests() -> Vec<Shown> {
    let query = format!("Action=getSigninToken&Session={HUSH}");
    let headers = [("host", "example.com"), ("x-amz-security-token", HUSH), ("authorization", HUSH)];
    let payload = Payload::Bytes(HUSH.as_bytes());
    let body = ReceivedBody::Bytes(HUSH.as_bytes());
    let request = Request::new("POST", "/").query(&query).headers(&headers).payload(payload);
    let received = Received { method: "POST", path: "/", query: &query, headers: &headers, body };
    let policy = PostPolicy::new(now()).equals("x-amz-security-token", HUSH);
    vec![
        shown("sts3_sigv4/struct.Request", &[&request]),
        shown("sts3_sigv4/enum.Payload", &[&payload]),
        shown("sts3_sigv4/struct.Received", &[&received]),
        shown("sts3_sigv4/enum.ReceivedBody", &[&body]),
        shown("sts3_sigv4/struct.PostPolicy", &[&policy]),
    ]
}

fn parts() -> Vec<Shown> {
    let request = sts3::http::Request::builder().uri(format!("/?X-Amz-Security-Token={HUSH}"));
    let (parts, ()) = request.header("x-amz-security-token", HUSH).body(()).unwrap().into_parts();
    vec![shown("sts3_sigv4/struct.ReceivedParts", &[&ReceivedParts::new(&parts).unwrap()])]
}

fn forms() -> Vec<Shown> {
    let signer = Signer::new(credentials(), Scope::new("us-east-1", "s3"));
    let policy = PostPolicy::new(now()).equals("bucket", "demo").equals("key", HUSH);
    let signed = signer.sign_post_policy(&policy, now()).unwrap();
    let fields: Vec<(&str, &str)> =
        signed.fields().chain([("key", HUSH), ("bucket", "demo"), ("file", HUSH)]).collect();
    let form = ReceivedForm { bucket: "demo", fields: &fields, file_name: None, file_length: 1 };
    let verified = Verifier::new(|_: &str| Some(Secret::from(HUSH))).verify_post_form(&form, now()).unwrap();
    vec![
        shown("sts3_sigv4/struct.ReceivedForm", &[&form]),
        shown("sts3_sigv4/struct.VerifiedForm", &[&verified]),
    ]
}

fn signers() -> Vec<Shown> {
    let signer = Signer::new(credentials(), Scope::new("us-east-1", "s3"));
    let headers = [("host", "example.com")];
    let request = Request::new("PUT", "/key").headers(&headers).payload(Payload::Chunked(Framing::Signed));
    // A signer keeps the key that it derives.
    let (signed, steps) = signer.sign_in_steps(&request, now()).unwrap();
    let mut encoder = signer.chunk_encoder(&signed, Framing::Signed).unwrap();
    encoder.chunk(HUSH.as_bytes(), &mut Vec::new());
    let get = Request::new("GET", "/key").headers(&headers);
    let presigned = signer.presign(&get, std::time::Duration::from_secs(60), now()).unwrap();
    let form = signer.sign_post_policy(&PostPolicy::new(now()), now()).unwrap();
    let key = SigningKey::derive(&Secret::from(HUSH), "20261124", "us-east-1", "s3");
    vec![
        shown("sts3_sigv4/struct.Secret", &[&Secret::from(HUSH)]),
        shown("sts3_sigv4/struct.Credentials", &[&credentials()]),
        shown("sts3_sigv4/struct.Signer", &[&signer]),
        shown("sts3_sigv4/struct.Signed", &[&signed]),
        shown("sts3_sigv4/struct.SigningSteps", &[&steps]),
        shown("sts3_sigv4/struct.ChunkEncoder", &[&encoder]),
        shown("sts3_sigv4/struct.Presigned", &[&presigned]),
        shown("sts3_sigv4/struct.PostForm", &[&form]),
        shown("sts3_sigv4/struct.SigningKey", &[&key]),
        shown("sts3_sigv4/struct.EcdsaKey", &[&EcdsaKey::derive(&credentials()).unwrap()]),
    ]
}

fn verified() -> Vec<Shown> {
    #[derive(Debug)]
    struct Lookup(Secret);
    impl sigv4::Lookup for Lookup {
        fn secret(&self, _: &str) -> Option<Secret> {
            Some(self.0.clone())
        }
    }
    let signer = Signer::new(credentials(), Scope::new("us-east-1", "s3"));
    let host = [("host", "example.com"), ("x-amz-decoded-content-length", "21")];
    let request = Request::new("PUT", "/key").headers(&host).payload(Payload::Chunked(Framing::Signed));
    let signed = signer.sign(&request, now()).unwrap();
    let headers: Vec<(&str, &str)> = host.into_iter().chain(signed.headers()).collect();
    let received =
        Received { method: "PUT", path: "/key", query: "", headers: &headers, body: ReceivedBody::Unread };
    let verifier = Verifier::new(Lookup(HUSH.into()));
    let verified = verifier.verify(&received, now()).unwrap();
    let mut decoder = verified.chunk_decoder().unwrap();
    // The decoder keeps what has arrived of a chunk.
    decoder
        .decode(format!("15;chunk-signature={}\r\n{HUSH}", "0".repeat(64)).as_bytes(), &mut Vec::new())
        .unwrap();
    let mismatch = Verifier::new(Lookup("other".into())).verify(&received, now()).unwrap_err();
    vec![
        shown("sts3_sigv4/struct.Verifier", &[&verifier]),
        shown("sts3_sigv4/struct.Verified", &[&verified]),
        shown("sts3_sigv4/struct.ChunkDecoder", &[&decoder]),
        shown("sts3_sigv4/enum.Mismatch", &[&mismatch]),
    ]
}

fn explained() -> Vec<Shown> {
    let request = |token: &str| {
        format!(
            "GET\n/\n\nhost:h\nx-amz-security-token:{token}\n\nhost;x-amz-security-token\nUNSIGNED-PAYLOAD"
        )
    };
    let (ours, theirs) = (request(HUSH), request(&format!("{HUSH}x")));
    let (ours, theirs) =
        (SignedTexts::new().canonical_request(&ours), SignedTexts::new().canonical_request(&theirs));
    let explanation = Explanation::compare(&ours, &theirs);
    let difference = explanation.first().unwrap();
    vec![
        shown("sts3_sigv4/struct.SignedTexts", &[&ours]),
        shown("sts3_sigv4/struct.Explanation", &[&explanation]),
        shown("sts3_sigv4/struct.Difference", &[&difference]),
    ]
}

fn configured() -> Vec<Shown> {
    let trust = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole",
            "Condition":{{"StringEquals":{{"sts:ExternalId":"{HUSH}"}}}}}}]}}"#
    );
    let role = || Role::new("partner", r#"{"Statement":[]}"#).trust(trust.as_str());
    vec![
        shown("sts3_sandbox/struct.Role", &[&role()]),
        shown("sts3_sandbox/struct.SandboxBuilder", &[&Sandbox::builder().role(role())]),
    ]
}
