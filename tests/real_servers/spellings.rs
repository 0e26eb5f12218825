//! The same keys and prefixes in every spelling that a URL allows, as `fixtures/sigv4/differential.json` has them:
//! written, read and listed byte for byte as they are spelled, signed by us.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    time::SystemTime,
};

use serde_json::Value;
use sts3::sigv4::{
    Credentials, Payload, Request, Scope, Signer, Timestamp, percent_decode, percent_encode_path,
};

const BUCKET: &str = "spellings";

/// A server that takes requests as they are written, which HTTP clients do not do.
pub(crate) struct Wire {
    authority: String,
    signer: Signer<'static>,
}

impl Wire {
    pub(crate) fn new(endpoint: &str, access_key_id: &str, secret: &str) -> Self {
        let authority = endpoint.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let credentials = Credentials::new(access_key_id, secret);
        Self { authority, signer: Signer::new(credentials, Scope::new("us-east-1", "s3")) }
    }

    /// Status and body of the answer.
    fn send(&self, method: &str, path: &str, query: &str, body: &[u8]) -> (u16, String) {
        let headers = [("host", self.authority.as_str())];
        let request = Request::new(method, path).query(query).headers(&headers).payload(Payload::Bytes(body));
        let signed = self.signer.sign(&request, Timestamp::from(SystemTime::now())).unwrap();
        let separator = if query.is_empty() { "" } else { "?" };
        let mut head = format!("{method} {path}{separator}{query} HTTP/1.1\r\nhost: {}\r\n", self.authority);
        for (name, value) in signed.headers() {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

/// The fixture's requests of this kind that S3 accepts.
fn cases(kind: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sigv4/differential.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let is_wanted = |case: &Value| {
        let name = case["name"].as_str().unwrap();
        name.starts_with(&format!("s3 header: spelled {kind} ")) && case.get("expected") != Some(&Value::Null)
    };
    cases.into_iter().filter(is_wanted).collect()
}

fn decoded(text: &str) -> String {
    String::from_utf8(percent_decode(text).into_owned()).unwrap()
}

/// The keys of a page, without the other elements.
fn listed(page: &str) -> BTreeSet<String> {
    let keys = page.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap());
    let plain = |key: &str| {
        let entities = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&apos;", "'"),
            ("&#39;", "'"),
            ("&quot;", "\""),
            ("&#34;", "\""),
        ];
        entities
            .iter()
            .fold(key.to_owned(), |key, (entity, plain)| key.replace(entity, plain))
            .replace("&amp;", "&")
    };
    keys.map(plain).collect()
}

/// Write, read and list all of them. How many paths and how many queries there were, and the keys that are there now.
pub(crate) fn write_read_and_list(wire: &Wire) -> (usize, usize, BTreeSet<String>) {
    let (status, body) = wire.send("PUT", &format!("/{BUCKET}"), "", b"");
    assert_eq!(status, 200, "{body}");
    let paths = cases("path");
    let mut keys = BTreeSet::new();
    for case in &paths {
        let spelled = case["path"].as_str().unwrap();
        let key = decoded(spelled.strip_prefix('/').unwrap());
        let path = format!("/{BUCKET}{spelled}");
        let (status, body) = wire.send("PUT", &path, "", key.as_bytes());
        assert_eq!(status, 200, "PUT {path}: {body}");
        // It is the key that was meant: read back as it was spelled, and in the canonical spelling.
        for path in [path, format!("/{BUCKET}/{}", percent_encode_path(&key))] {
            let (status, body) = wire.send("GET", &path, "", b"");
            assert_eq!((status, body.as_str()), (200, key.as_str()), "GET {path}");
        }
        keys.insert(key);
    }
    let queries = cases("query");
    for case in &queries {
        let query = case["query"].as_str().unwrap();
        let (status, body) = wire.send("GET", &format!("/{BUCKET}"), query, b"");
        assert_eq!(status, 200, "GET /{BUCKET}?{query}: {body}");
        // A plus is a blank in the query of S3. One case has a name that no server knows.
        let parameters = query.split('&').map(|pair| pair.split_once('=').unwrap());
        let mut prefixes = parameters.filter(|(name, _)| decoded(name) == "prefix");
        let prefix =
            prefixes.next().map_or_else(String::new, |(_, value)| decoded(&value.replace('+', "%20")));
        let expected: BTreeSet<_> = keys.iter().filter(|key| key.starts_with(&prefix)).cloned().collect();
        assert_eq!(listed(&body), expected, "GET /{BUCKET}?{query}");
    }
    (paths.len(), queries.len(), keys)
}
