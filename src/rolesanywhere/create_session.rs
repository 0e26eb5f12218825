use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use serde::{Deserialize, Serialize};
use sigv4::{Secret, Timestamp};
use time::OffsetDateTime;

use super::{
    Certificate, X509Identity,
    signature::{SERVICE, ToSign},
};
use crate::{
    Endpoint, Error, InvalidInput, Region,
    credentials::{
        Credentials,
        received::{self, Received},
    },
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{
        json::{self, Member, Object},
        limits, timestamp,
    },
};

const PATH: &str = "/sessions";
const CONTENT_TYPE: &str = "application/json";
const ANSWER: &str = "CreateSession's answer";

/// Credentials of a role for the holder of a certificate that a trust anchor vouches for.
///
/// ```no_run
/// # fn run(certificate: &str, key: &sts3::sigv4::Secret, endpoint: &sts3::Endpoint) -> Result<(), sts3::Error> {
/// use sts3::rolesanywhere::{CreateSession, X509Identity};
///
/// let identity = X509Identity::from_pem(certificate, key, None)?;
/// let session = CreateSession::new(
///     "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/0d7f8f0e-4c1a-4f7b-8c1c-7c7a0b0d1a2b",
///     "arn:aws:rolesanywhere:eu-west-1:123456789012:profile/5b1c9d3e-2f4a-4c8b-9e7d-6a5b4c3d2e1f",
///     "arn:aws:iam::123456789012:role/laptop",
/// );
/// let endpoint = endpoint.clone().with_region(session.region()?);
/// let operation = session.signed(&identity, &endpoint, time::OffsetDateTime::now_utc())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CreateSession {
    trust_anchor_arn: String,
    profile_arn: String,
    role_arn: String,
    duration: Option<Duration>,
    role_session_name: Option<String>,
}

/// [`CreateSession`] signed for one endpoint and time: an [`Operation`] that is sent as it is.
#[derive(Clone, Debug)]
pub struct SignedCreateSession {
    role_arn: String,
    request: UnsignedRequest,
}

/// The answer to [`CreateSession`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RolesAnywhereSession {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// `arn:aws:sts::123456789012:assumed-role/laptop/12345678`.
    pub arn: Option<String>,
    /// What stands for the certificate's subject.
    pub subject_arn: Option<String>,
    /// The source identity in effect: `CN=laptop-7`.
    pub source_identity: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    trust_anchor_arn: &'a str,
    profile_arn: &'a str,
    role_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_session_name: Option<&'a str>,
}

impl CreateSession {
    /// The trust anchor, the profile (both of the same region) and the role.
    pub fn new(
        trust_anchor_arn: impl Into<String>,
        profile_arn: impl Into<String>,
        role_arn: impl Into<String>,
    ) -> Self {
        Self {
            trust_anchor_arn: trust_anchor_arn.into(),
            profile_arn: profile_arn.into(),
            role_arn: role_arn.into(),
            duration: None,
            role_session_name: None,
        }
    }

    /// How long the session lives: 900 to 43,200 s. The profile's own duration (one hour unless set there) limits it.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The session's name, 2 to 64 characters; the certificate's serial number in hex digits unless set. The profile must
    /// accept it (`acceptRoleSessionName`).
    #[must_use]
    pub fn role_session_name(mut self, name: impl Into<String>) -> Self {
        self.role_session_name = Some(name.into());
        self
    }

    /// The region of trust anchor and profile, where the call goes.
    ///
    /// # Errors
    /// One of them is no ARN of its kind, or they are in different regions.
    pub fn region(&self) -> Result<Region, InvalidInput> {
        let anchor = region_of("TrustAnchorArn", &self.trust_anchor_arn, "trust-anchor/")?;
        let profile = region_of("ProfileArn", &self.profile_arn, "profile/")?;
        if anchor != profile {
            let problem =
                format!("is in {profile}, and the trust anchor in {anchor}: both belong to one region");
            return Err(InvalidInput::new("ProfileArn", problem));
        }
        Region::new(anchor)
    }

    pub(crate) fn role_arn(&self) -> &str {
        &self.role_arn
    }

    /// Sign it for this endpoint, whose region is [`region`](Self::region)'s. `now` is the service's time: a signature is
    /// good for a few minutes.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a parameter is outside its limits.
    pub fn signed(
        &self,
        identity: &X509Identity,
        endpoint: &Endpoint,
        now: OffsetDateTime,
    ) -> Result<SignedCreateSession, Error> {
        self.region()?;
        let body = self.body()?;
        let target = endpoint.target(service(), None)?;
        let time =
            Timestamp::from_unix_seconds(u64::try_from(now.unix_timestamp()).unwrap_or_default()).to_string();
        let encoded = |certificate: &Certificate| STANDARD.encode(certificate.der());
        let mut headers = vec![
            ("content-type", CONTENT_TYPE.to_owned()),
            ("host", target.url.authority().to_owned()),
            ("x-amz-date", time.clone()),
            ("x-amz-x509", encoded(identity.certificate())),
        ];
        if !identity.intermediates().is_empty() {
            let chain: Vec<String> = identity.intermediates().iter().map(encoded).collect();
            headers.push(("x-amz-x509-chain", chain.join(",")));
        }
        let path = format!("{}{PATH}", target.path_prefix);
        let authorization = ToSign {
            path: &path,
            headers: &headers,
            body: &body,
            region: target.region.as_str(),
            time: &time,
        }
        .authorization(identity)?;
        let mut request = UnsignedRequest { body, ..UnsignedRequest::new(Method::POST, PATH) };
        for (name, value) in headers.iter().filter(|(name, _)| *name != "host") {
            request.header(name, value)?;
        }
        request.header("authorization", &authorization)?;
        Ok(SignedCreateSession { role_arn: self.role_arn.clone(), request })
    }

    fn body(&self) -> Result<Vec<u8>, InvalidInput> {
        limits::role_arn("RoleArn", &self.role_arn)?;
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 900..=43_200)?;
        }
        if let Some(name) = &self.role_session_name {
            limits::name("RoleSessionName", name, 2..=64)?;
        }
        Ok(json::to_bytes(&Parameters {
            trust_anchor_arn: &self.trust_anchor_arn,
            profile_arn: &self.profile_arn,
            role_arn: &self.role_arn,
            duration_seconds: self.duration.map(|duration| duration.as_secs()),
            role_session_name: self.role_session_name.as_deref(),
        }))
    }
}

fn service() -> Service {
    const ROLES_ANYWHERE: Service = Service::from_static(SERVICE);
    ROLES_ANYWHERE
}

/// `arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/ID`
fn region_of<'a>(parameter: &'static str, arn: &'a str, kind: &str) -> Result<&'a str, InvalidInput> {
    limits::arn(parameter, arn)?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts[..] {
        [_, _, SERVICE, region, _, resource] if resource.starts_with(kind) && !region.is_empty() => {
            Ok(region)
        }
        _ => {
            let example = format!("arn:aws:rolesanywhere:REGION:ACCOUNT:{kind}ID");
            let problem = format!("is `{}`, and looks like {example}", arn.escape_debug());
            Err(InvalidInput::new(parameter, problem))
        }
    }
}

impl Operation for SignedCreateSession {
    type Output = RolesAnywhereSession;

    fn name(&self) -> &str {
        "CreateSession"
    }

    fn service(&self) -> Service {
        service()
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        Ok(self.request.clone())
    }

    fn check_for_aws(&self) -> Result<(), InvalidInput> {
        limits::account_of_aws("RoleArn", &self.role_arn)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<RolesAnywhereSession, Error> {
        read(response.body()).map_err(|problem| Error::parse(ANSWER, format!("it {problem}")))
    }

    /// It is signed already, and not by credentials.
    fn is_signed(&self) -> bool {
        false
    }

    fn has_xml_answer(&self) -> bool {
        false
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answer {
    credential_set: Vec<Entry>,
    subject_arn: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    assumed_role_user: Member<Object<AssumedRoleUser>>,
    credentials: Member<Object<Keys>>,
    source_identity: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AssumedRoleUser {
    arn: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Keys {
    access_key_id: Member<Secret>,
    secret_access_key: Member<Secret>,
    session_token: Member<Secret>,
    expiration: Member<String>,
}

/// Nothing of it is quoted: it is secret.
fn read(body: &[u8]) -> Result<RolesAnywhereSession, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| {
        format!("is not the document that it should be (line {}, column {})", error.line(), error.column())
    })?;
    let entry = answer.credential_set.into_iter().next().ok_or("has no element in `credentialSet`")?;
    let keys = entry.credentials.required("credentials")?.0;
    let expiration = keys.expiration.required("expiration")?;
    let expiration =
        timestamp::iso_8601(&expiration).ok_or("has an `expiration` that is not an ISO 8601 time")?;
    let id = keys.access_key_id.required("accessKeyId")?;
    let credentials = received::credentials(Received {
        access_key_id: ("accessKeyId", id.expose().to_owned()),
        secret_access_key: ("secretAccessKey", keys.secret_access_key.required("secretAccessKey")?),
        session_token: Some(("sessionToken", keys.session_token.required("sessionToken")?)),
    })?;
    let user = entry.assumed_role_user.optional("assumedRoleUser")?;
    let arn = user.and_then(|user| user.0.arn.get().cloned());
    Ok(RolesAnywhereSession {
        credentials: credentials.with_expiration(expiration).of_arn(arn.as_deref()),
        arn,
        subject_arn: answer.subject_arn.get().cloned(),
        source_identity: entry.source_identity.get().cloned(),
    })
}
