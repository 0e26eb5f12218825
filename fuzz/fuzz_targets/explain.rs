//! Any refusal, held against any signed texts, is explained in one line or said to be inexplicable.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use sts3_sigv4::{Secret, SignedTexts};
use sts3::ServiceError;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    refusal: &'a str,
    canonical_request: &'a str,
    string_to_sign: &'a str,
    signature: &'a str,
}

fuzz_target!(|input: Input<'_>| {
    let error = ServiceError::from_text(input.refusal);
    let _ = (error.to_string(), error.hint());
    let ours = SignedTexts::new()
        .canonical_request(input.canonical_request)
        .string_to_sign(input.string_to_sign)
        .signature(input.signature);
    let explanation = error.explain(&ours).with_secret(&Secret::new("secret"), &error.signed_texts());
    for difference in explanation.differences() {
        assert!(!difference.cause().is_empty());
        let _ = difference.to_string();
    }
    // The same texts on both sides leave only the secret (or the clock) to differ.
    let same = sts3_sigv4::Explanation::compare(&ours, &ours);
    assert!(same.differences().len() <= 1, "{same:?}");
});
