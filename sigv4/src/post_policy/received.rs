//! A POST form as it arrived, and what of it a valid signature and a policy that holds prove.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, btree_map::Entry},
    string::String,
    vec::Vec,
};
use core::{fmt, time::Duration};

use super::{
    conditions::{self, invalid},
    document::Document,
};
use crate::{
    Algorithm, CredentialScope, Lookup, Mismatch, Rules, Scope, Secret, Timestamp, Verifier, base64,
    key::Key,
    verify::{
        grammar::{self, malformed},
        limits::{MAX_FORM, at_most},
    },
};

/// "In Signature Version 4, the signing key is valid for up to seven days. Therefore, the signatures are also valid for up
/// to seven days"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/bucket-policy-s3-sigv4-conditions.html>).
const SIGNATURE_LIFE: Duration = crate::MAX_EXPIRES;

/// A browser's form (`multipart/form-data`) as it arrived at S3's POST.
#[derive(Clone, Copy)]
pub struct ReceivedForm<'a> {
    /// The bucket that the request's host or path names.
    pub bucket: &'a str,
    /// Names and values of the form's fields in the order of arrival, as they were sent: variables are expanded here.
    /// They end with the part named `file`; what stands behind it, S3 ignores, and so does this.
    pub fields: &'a [(&'a str, &'a str)],
    /// The file's name, if its part has one: what `${filename}` stands for.
    pub file_name: Option<&'a str>,
    /// The file's bytes, without the form around it.
    pub file_length: u64,
}

impl fmt::Debug for ReceivedForm<'_> {
    /// Without the values of fields: one of them is the session token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.fields.iter().map(|(name, _)| *name).collect();
        f.debug_struct("ReceivedForm")
            .field("bucket", &self.bucket)
            .field("fields", &names)
            .field("file_length", &self.file_length)
            .finish_non_exhaustive()
    }
}

/// What a form proves whose policy is signed, has not expired, and holds for the form.
///
/// # What is left to the caller
/// - That the session token belongs to the key and has not expired, and that the key may write there.
/// - To act on [`field`](Self::field) only: these are the fields that the policy allows, with variables expanded.
/// - To store no more than [`ReceivedForm::file_length`] bytes, and to check `content-md5` and `x-amz-checksum-…` if the
///   form has such a field.
/// - Forms that are sent twice: a form can be used until its policy expires.
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifiedForm {
    /// Whose key signed.
    pub access_key_id: String,
    /// The session token that came along.
    pub session_token: Option<Secret>,
    /// For which region and service.
    pub scope: Scope,
    /// When it was signed.
    pub time: Timestamp,
    /// When the policy expires.
    pub expiration: Timestamp,
    /// By which algorithm.
    pub algorithm: Algorithm,
    fields: BTreeMap<String, String>,
}

impl VerifiedForm {
    /// A field's value (`key`, `acl`, …). Its name may be in either case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// All fields by their names in lower case; several `x-amz-meta-…` of one name are joined by commas.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for VerifiedForm {
    /// Without the fields: one of them is the session token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedForm")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("time", &self.time)
            .field("expiration", &self.expiration)
            .finish_non_exhaustive()
    }
}

impl<L: Lookup> Verifier<L> {
    /// Check a form that was sent to S3's POST: sizes, signature, expiration, each condition of the policy, and that each
    /// field of the form is covered by one ("extra input fields").
    /// <https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-UsingHTTPPOST.html>
    ///
    /// ```
    /// use sts3_sigv4::{Credentials, PostPolicy, ReceivedForm, Scope, Secret, Signer, Timestamp, Verifier};
    ///
    /// let now = Timestamp::from_unix_seconds(1_440_938_160);
    /// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    /// let signer = Signer::new(&credentials, Scope::new("us-east-1", "s3"));
    /// let policy = PostPolicy::new(Timestamp::from_unix_seconds(1_440_941_760))
    ///     .equals("bucket", "uploads")
    ///     .starts_with("key", "user/alice/")
    ///     .content_length(0, 1024);
    /// let signed = signer.sign_post_policy(&policy, now)?;
    ///
    /// let mut fields = vec![("key", "user/alice/${filename}")];
    /// fields.extend(signed.fields());
    /// fields.push(("file", ""));
    /// let form = ReceivedForm { bucket: "uploads", fields: &fields, file_name: Some("a.txt"), file_length: 1000 };
    /// let verifier = Verifier::new(|_: &str| Some(Secret::from("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")));
    /// let verified = verifier.verify_post_form(&form, now).unwrap();
    /// assert_eq!(verified.field("key"), Some("user/alice/a.txt"));
    ///
    /// let larger = ReceivedForm { file_length: 1025, ..form };
    /// let refused = verifier.verify_post_form(&larger, now).unwrap_err();
    /// assert_eq!(refused.to_string(), "the file has 1025 bytes, and the policy allows 0 to 1024");
    /// # Ok::<(), sts3_sigv4::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first [`Mismatch`] found.
    pub fn verify_post_form(
        &self,
        form: &ReceivedForm<'_>,
        now: Timestamp,
    ) -> Result<VerifiedForm, Mismatch> {
        let mut fields = fields_of(form)?;
        let claims = Claims::read(&fields)?;
        self.check_scope(claims.algorithm, claims.regions, &claims.scope, claims.time)?;
        check_service(claims.scope.service)?;
        let secret = self.secret(claims.access_key_id)?;
        claims.check_signature(&secret)?;
        self.check_lifetime(claims.time, SIGNATURE_LIFE, now)?;
        let Document { expiration, conditions } = decode(claims.policy)?;
        if now > expiration {
            return Err(Mismatch::Expired { at: expiration, now });
        }
        conditions::check(&conditions, &fields, form.file_length)?;
        let Claims { algorithm, access_key_id, scope, regions, time, .. } = claims;
        let (access_key_id, scope) = (access_key_id.to_owned(), Scope::new(regions, scope.service));
        let session_token = fields.remove("x-amz-security-token").map(Secret::from);
        fields.retain(|name, _| !name.starts_with("x-ignore-"));
        Ok(VerifiedForm { access_key_id, session_token, scope, time, expiration, algorithm, fields })
    }
}

/// What a form claims of its signature, each in its form.
struct Claims<'a> {
    algorithm: Algorithm,
    access_key_id: &'a str,
    scope: CredentialScope<'a>,
    regions: &'a str,
    time: Timestamp,
    /// As it arrived, in base64.
    policy: &'a str,
    signature: &'a str,
}

impl<'a> Claims<'a> {
    /// "Requests without a security policy are considered anonymous"; all others need each of these fields, and a key
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTForms.html>).
    fn read(fields: &'a BTreeMap<String, String>) -> Result<Self, Mismatch> {
        let signing = ["policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"];
        if !signing.iter().any(|name| fields.contains_key(*name)) {
            return Err(Mismatch::NotSigned);
        }
        let field = |name: &'static str| {
            let found = fields.get(name).filter(|value| !value.is_empty());
            found.map(String::as_str).ok_or_else(|| malformed(name, "it is missing".into()))
        };
        let algorithm = grammar::algorithm(field("x-amz-algorithm")?)?;
        let (access_key_id, scope) = grammar::credential(field("x-amz-credential")?, algorithm)?;
        let regions = if algorithm.has_region_set() { field("x-amz-region-set")? } else { scope.region };
        let time = grammar::timestamp(field("x-amz-date")?, "x-amz-date")?;
        let (policy, signature) = (field("policy")?, field("x-amz-signature")?);
        grammar::check_signature(signature, algorithm)?;
        field("key")?;
        Ok(Self { algorithm, access_key_id, scope, regions, time, policy, signature })
    }

    /// "For signature calculation this policy is the string you sign": as it arrived, before it is decoded.
    fn check_signature(&self, secret: &Secret) -> Result<(), Mismatch> {
        let key = Key::derive(self.algorithm, self.access_key_id, secret, &self.scope);
        if key.is_some_and(|key| key.verifies(self.policy, self.signature)) {
            return Ok(());
        }
        let (string_to_sign, provided) = (self.policy.to_owned(), self.signature.to_owned());
        Err(Mismatch::Signature { canonical_request: String::new(), string_to_sign, provided })
    }
}

/// "For Amazon S3, the aws-service string is s3"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-authentication-HTTPPOST.html>), and its kin; no other
/// service has such forms.
fn check_service(service: &str) -> Result<(), Mismatch> {
    if Rules::for_service(service).chunked_payload {
        return Ok(());
    }
    Err(Mismatch::ScopeService { expected: "s3".to_owned(), received: service.to_owned() })
}

/// "a UTF-8 and base64-encoded document".
fn decode(policy: &str) -> Result<Document, Mismatch> {
    match base64::decode(policy).map(String::from_utf8) {
        Some(Ok(text)) => Document::read(&text),
        Some(Err(_)) => invalid("it is not UTF-8".into()),
        None => invalid("it is not base64".into()),
    }
}

/// The fields that count, by their names in lower case, with variables expanded, and with the bucket.
fn fields_of(form: &ReceivedForm<'_>) -> Result<BTreeMap<String, String>, Mismatch> {
    let size = |(name, value): &(&str, &str)| name.len().saturating_add(value.len());
    // "Any fields below it are ignored"
    // (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/HTTPPOSTForms.html>), and its value is the file.
    let before_file = || form.fields.iter().take_while(|(name, _)| !name.eq_ignore_ascii_case("file"));
    at_most("the form without its file", before_file().map(size).fold(0, usize::saturating_add), MAX_FORM)?;
    if form.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("file")).count() > 1 {
        // "You cannot upload more than one file at a time."
        return Err(Mismatch::Repeated { part: "file".into() });
    }
    let mut fields = BTreeMap::new();
    let mut size = 0;
    for (name, value) in before_file() {
        let value = expanded(value, form.file_name, MAX_FORM - size)?;
        size += value.len();
        let name = name.to_ascii_lowercase();
        match fields.entry(name) {
            Entry::Vacant(free) => {
                free.insert(value);
            }
            // "If you have multiple fields with the same name, the values must be separated by commas. For example, if you
            // have two fields named "x-amz-meta-tag" and the first one has a value of "Ninja" and second has a value of
            // "Stallman", you would set the policy document to Ninja,Stallman" (HTTPPOSTForms). Of any other field only
            // one value can count.
            Entry::Occupied(mut taken) if taken.key().starts_with("x-amz-meta-") => {
                taken.get_mut().push(',');
                taken.get_mut().push_str(&value);
            }
            Entry::Occupied(taken) => return Err(Mismatch::Repeated { part: taken.key().clone() }),
        }
    }
    // A form may name the bucket as well (AWS's SDK for JavaScript does); it must be the one that is written to.
    match fields.insert("bucket".into(), form.bucket.to_owned()) {
        Some(named) if named != form.bucket => {
            Err(malformed("bucket", "it is not the one that is addressed".into()))
        }
        _ => Ok(fields),
    }
}

/// "The variable ${filename} is automatically replaced with the name of the file provided by the user and is recognized
/// by all form fields. If the browser or client provides a full or partial path to the file, only the text following the
/// last slash (/) or backslash (\) is used […]. If no file or file name is provided, the variable is replaced with an empty
/// string", and "All variables within the form are expanded prior to validating the POST policy"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTForms.html>).
fn expanded(value: &str, file_name: Option<&str>, room: usize) -> Result<String, Mismatch> {
    let name = file_name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let mut text = String::new();
    for (index, part) in value.split("${filename}").enumerate() {
        for piece in [if index > 0 { name } else { "" }, part] {
            at_most("the form with its variables expanded", text.len() + piece.len(), room)?;
            text.push_str(piece);
        }
    }
    Ok(text)
}
