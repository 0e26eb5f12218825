//! What a received request claims: who signed, when, for which scope and over which headers; and reading it from its header.

use alloc::{borrow::Cow, format, string::String, vec::Vec};
use core::time::Duration;

use super::{
    Mismatch, Received,
    grammar::{self, malformed},
};
use crate::{Algorithm, CredentialScope, Timestamp, text::Shown};

/// As messages name it.
const HEADER: &str = "Authorization header";

/// The claims of a signed request, each in its form; nothing in it is verified yet.
pub(super) struct Authorization<'a> {
    pub(super) algorithm: Algorithm,
    /// For which regions SigV4a signed.
    pub(super) region_set: Option<Cow<'a, str>>,
    pub(super) credential: Cow<'a, str>,
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: Cow<'a, str>,
    pub(super) time: Timestamp,
    /// The query is signed, not the headers.
    pub(super) is_presigned: bool,
    /// How long a signed query lives; where it does not say so, it lives as long as a signed header.
    pub(super) expires: Option<Duration>,
    pub(super) session_token: Option<Cow<'a, str>>,
}

impl<'a> Authorization<'a> {
    pub(super) fn from_header(received: &Received<'a>, header: &'a str) -> Result<Self, Mismatch> {
        // What has no blank may be another service's secret as a whole: it is not shown.
        let (name, fields) = header.split_once(' ').unwrap_or((header, ""));
        let shown = if name == header { "" } else { name };
        let unsupported = || Mismatch::UnsupportedAlgorithm { algorithm: shown.into() };
        let algorithm = Algorithm::from_name(name).ok_or_else(unsupported)?;
        let [credential, signed_headers, signature] = fields_of(fields)?;
        Ok(Self {
            algorithm,
            region_set: received.single("x-amz-region-set")?.map(Cow::Borrowed),
            credential: Cow::Borrowed(credential),
            signed_headers: Cow::Borrowed(signed_headers),
            signature: Cow::Borrowed(signature),
            time: time(received)?,
            is_presigned: false,
            expires: None,
            session_token: received.single("x-amz-security-token")?.map(Cow::Borrowed),
        })
    }

    /// `AKIA…/20130524/us-east-1/s3/aws4_request` in its parts.
    pub(super) fn access_key_and_scope(&self) -> Result<(&str, CredentialScope<'_>), Mismatch> {
        grammar::credential(&self.credential, self.algorithm)
    }

    /// The region or region set that the signature is for.
    pub(super) fn regions<'b>(&'b self, scope: &CredentialScope<'b>) -> Result<&'b str, Mismatch> {
        match (&self.region_set, self.algorithm.has_region_set()) {
            (Some(set), true) => Ok(set),
            (None, true) => Err(malformed("X-Amz-Region-Set", "it is missing".into())),
            (_, false) => Ok(scope.region),
        }
    }

    pub(super) fn is_presigned(&self) -> bool {
        self.is_presigned
    }

    /// The names of the headers that the signature covers. They ascend: [`grammar::check_signed_headers`].
    pub(super) fn signed_names(&self) -> Vec<&str> {
        self.signed_headers.split(';').collect()
    }
}

/// `Credential=…, SignedHeaders=…, Signature=…`: "There is no comma between the algorithm and Credential, but the other
/// elements must be separated by commas"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html>). The pages' examples
/// have blanks behind the commas or none; every page, botocore and awscrt have this order.
fn fields_of(text: &str) -> Result<[&str; 3], Mismatch> {
    const NAMES: [&str; 3] = ["Credential", "SignedHeaders", "Signature"];
    let mut values = [""; 3];
    let mut fields = text.split(',').enumerate().map(|(index, field)| match index {
        0 => field,
        _ => field.trim_start_matches(' '),
    });
    for (index, (name, slot)) in NAMES.iter().zip(&mut values).enumerate() {
        let field = fields.next().unwrap_or_default();
        let (given, value) = field.split_once('=').unwrap_or((field, ""));
        if NAMES.iter().take(index).any(|earlier| *earlier == given) {
            return Err(Mismatch::Repeated { part: format!("`{given}=` in the {HEADER}") });
        }
        if given != *name || value.is_empty() {
            let problem =
                format!("`{name}=` is missing: it must hold `Credential=`, `SignedHeaders=`, `Signature=`");
            return Err(malformed(HEADER, problem));
        }
        *slot = value;
    }
    match fields.next() {
        None => Ok(values),
        Some(field) if NAMES.iter().any(|name| field.split('=').next() == Some(name)) => {
            let name = field.split('=').next().unwrap_or_default();
            Err(Mismatch::Repeated { part: format!("`{name}=` in the {HEADER}") })
        }
        Some(field) => {
            Err(malformed(HEADER, format!("`{}` follows the signature, where it has to end", Shown(field))))
        }
    }
}

/// "The request date can be specified by using either the HTTP Date or the x-amz-date header. If both headers are
/// present, x-amz-date takes precedence"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-auth-using-authorization-header.html>). "If you are
/// using the Date header for signing, then it must be in the ISO 8601 basic YYYYMMDD'T'HHMMSS'Z' format. If Date is
/// specified but is not in ISO 8601 basic format, then you must also include the x-amz-date header"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/developerguide/RESTCommonRequestHeaders.html>); the other services' page says
/// the same (<https://docs.aws.amazon.com/STS/latest/APIReference/CommonParameters.html>). botocore turns a `Date` that its
/// caller sets into RFC 1123's form and leaves `X-Amz-Date` out, which AWS refuses (<https://github.com/ceph/s3-tests/issues/346>).
fn time(received: &Received<'_>) -> Result<Timestamp, Mismatch> {
    if let Some(date) = received.single("x-amz-date")? {
        return grammar::timestamp(date, "X-Amz-Date header");
    }
    let Some(date) = received.single("date")? else {
        return Err(malformed(
            "X-Amz-Date header",
            String::from("it is missing, and there is no Date header"),
        ));
    };
    Timestamp::parse(date).ok_or_else(|| {
        let problem = format!(
            "`{}` is not YYYYMMDDTHHMMSSZ, which it has to be where X-Amz-Date is missing",
            Shown(date)
        );
        malformed("Date header", problem)
    })
}
