//! What a credential_process, a metadata service and a sign-in leave is read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sts3_sigv4::Secret;
use sts3::{Operation, providers::fuzzing::read_documents, signin::GetSigninToken, sso::GetRoleCredentials};

fuzz_target!(|bytes: &[u8]| {
    read_documents(bytes);
    let answer = || http::Response::new(bytes.to_vec());
    let _ = GetRoleCredentials::new("123456789012", "reader", Secret::from("token")).parse(answer());
    let credentials = sts3::Credentials::new("AKIDEXAMPLE", "secret");
    let _ = GetSigninToken::new(credentials).parse(answer());
});
