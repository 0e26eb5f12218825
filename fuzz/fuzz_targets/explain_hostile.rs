//! Both sides of an explanation are hostile: well-formed canonical requests and strings to sign with any names and values in
//! any order, small or beyond the limits. Nothing panics, what is found is bounded, and what is printed is one line of text.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{Explanation, Secret, SignedTexts};

#[derive(Arbitrary, Debug)]
struct Side {
    method: String,
    path: String,
    parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// How often the lists are repeated, with a number behind each name.
    repeat: u8,
    signed_headers: String,
    payload_hash: String,
    scope: [String; 4],
    time: String,
    hash: String,
    signature: String,
    /// Lines end as Windows ends them.
    crlf: bool,
}

impl Side {
    fn canonical_request(&self) -> String {
        let repeat = usize::from(self.repeat).pow(2) / 16 + 1;
        let numbered = |pairs: &[(String, String)], separator: &str, end: &str| -> String {
            let all = (0..repeat).flat_map(|at| pairs.iter().map(move |pair| (at, pair)));
            all.map(|(at, (name, value))| format!("{name}{at}{separator}{value}{end}")).collect()
        };
        let query = numbered(&self.parameters, "=", "&");
        let headers = numbered(&self.headers, ":", "\n");
        let Self { method, path, signed_headers, payload_hash, .. } = self;
        self.lines(format!("{method}\n/{path}\n{query}\n{headers}\n{signed_headers}\n{payload_hash}"))
    }

    fn string_to_sign(&self) -> String {
        let scope = self.scope.join("/");
        self.lines(format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", self.time, self.hash))
    }

    fn lines(&self, text: String) -> String {
        if self.crlf { text.replace('\n', "\r\n") } else { text }
    }
}

fuzz_target!(|sides: (Side, Side, bool)| {
    let (ours, theirs, with_secret) = sides;
    let (own_request, own_string) = (ours.canonical_request(), ours.string_to_sign());
    let (their_request, their_string) = (theirs.canonical_request(), theirs.string_to_sign());
    let texts = |request, string, signature| {
        SignedTexts::new().canonical_request(request).string_to_sign(string).signature(signature)
    };
    let own = texts(&own_request, &own_string, &ours.signature);
    let their = texts(&their_request, &their_string, &theirs.signature);
    let mut explanation = Explanation::compare(&own, &their);
    if with_secret {
        explanation = explanation.with_secret(&Secret::new("secret"), &their);
    }
    let size = own_request.len() + own_string.len() + their_request.len() + their_string.len();
    let too_large = [&own_request, &own_string, &their_request, &their_string]
        .iter()
        .any(|text| text.len() > Explanation::MAX_TEXT);
    assert!(!too_large || explanation.first().is_none());
    // Each part of either side is in one difference at most; masks and separators add a little to each.
    let found = explanation.differences();
    let shown: usize = found.iter().map(|found| found.ours.len() + found.theirs.len()).sum();
    assert!(found.len() <= 2 * Explanation::MAX_ENTRIES + 12 && shown <= 4 * size + 64 * found.len());
    for text in found.iter().flat_map(|found| [found.to_string(), found.cause()]).chain([explanation.to_string()]) {
        assert!(!text.contains(char::is_control) && text.len() < 4_096, "{text:?}");
    }
    // The other way round, as much is found.
    assert_eq!(Explanation::compare(&their, &own).first().is_none(), Explanation::compare(&own, &their).first().is_none());
});
