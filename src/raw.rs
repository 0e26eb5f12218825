use std::{borrow::Cow, fmt};

use http::{Method, Response};

use crate::{
    Error, InvalidInput,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{Form, JsonVersion, Query},
};

/// Any request to any service, signed, corrected and repeated as all others are; the answer as it came.
///
/// Refusals in XML and (feature `providers`) in JSON become a [`ServiceError`](crate::ServiceError). What has no
/// success status is a refusal; what has one is handed out, whatever its body says.
///
/// ```
/// use sts3::{Operation, Raw, endpoint::Service, wire::JsonVersion};
///
/// // REST: a path and a query.
/// let acl = Raw::get(Service::S3, "/2026/data.csv").in_bucket("logs").query("acl", "");
/// // Query protocol: a form.
/// let who = Raw::post(Service::Sts, "/").form(&[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]);
/// // JSON 1.0 and 1.1: a target and a document.
/// let dynamodb = Service::new("dynamodb")?;
/// let tables = Raw::post(dynamodb, "/").json("DynamoDB_20120810.ListTables", JsonVersion::V1_0, "{}");
///
/// assert_eq!(acl.request()?.query, "acl=");
/// assert_eq!(who.name(), "GetCallerIdentity");
/// assert_eq!(tables.name(), "ListTables");
/// # Ok::<(), sts3::Error>(())
/// ```
///
/// Two rules hold until they are changed:
///
/// - A request to another service than S3 is taken to hold or to return secrets, so that it goes by https or stays on
///   this machine ([`Raw::with_secrets`]).
/// - A `POST` is sent once only, unless nothing of it left this machine or it was refused for its region or time
///   ([`Raw::repeatable`]). Other methods are idempotent (RFC 9110, 9.2.2), and are repeated by the client's policy.
#[derive(Clone)]
pub struct Raw {
    service: Service,
    name: Cow<'static, str>,
    request: UnsignedRequest,
    bucket: Option<String>,
    is_signed: bool,
    carries_secrets: bool,
    is_repeatable: bool,
    /// The first value that cannot be sent.
    fault: Option<Error>,
}

impl Raw {
    /// A request by any method. The path is percent-encoded and stands below the service's root (or the bucket's, if
    /// one is named).
    pub fn new(method: Method, service: Service, path: impl Into<String>) -> Self {
        Self {
            name: Cow::Borrowed("request"),
            bucket: None,
            is_signed: true,
            carries_secrets: service != Service::S3,
            is_repeatable: method.is_idempotent(),
            request: UnsignedRequest::new(method, path),
            fault: None,
            service,
        }
    }

    /// A `GET`.
    pub fn get(service: Service, path: impl Into<String>) -> Self {
        Self::new(Method::GET, service, path)
    }

    /// A `POST`.
    pub fn post(service: Service, path: impl Into<String>) -> Self {
        Self::new(Method::POST, service, path)
    }

    /// A `PUT`.
    pub fn put(service: Service, path: impl Into<String>) -> Self {
        Self::new(Method::PUT, service, path)
    }

    /// A `DELETE`.
    pub fn delete(service: Service, path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, service, path)
    }

    /// Add a parameter to the query; both parts are encoded here.
    #[must_use]
    pub fn query(self, name: &str, value: &str) -> Self {
        let mut query = Query::default();
        query.parameter(name, value);
        self.encoded_query(&query.into_text())
    }

    /// Add a query that is encoded already; it is sent as it stands.
    #[must_use]
    pub fn encoded_query(mut self, query: &str) -> Self {
        if !self.request.query.is_empty() && !query.is_empty() {
            self.request.query.push('&');
        }
        self.request.query.push_str(query);
        self
    }

    /// Add a header. All are signed; `Host` replaces that of the address, and `x-amz-content-sha256` the body's hash. With
    /// an `Authorization` it can be sent [`unsigned`](Self::unsigned) only.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let added = self.request.header(name, value);
        self.fault = self.fault.or(added.err());
        self
    }

    /// The body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request.body = body.into();
        self
    }

    /// The fields of a form as the body, with its `Content-Type`. `Action` names the operation in errors and logs.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let mut form = Form::default();
        for (name, value) in fields {
            form.field(name, value);
        }
        if let Some((_, action)) = fields.iter().find(|(name, _)| *name == "Action") {
            self.name = Cow::Owned((*action).to_owned());
        }
        let UnsignedRequest { headers, body, .. } = UnsignedRequest::form(form);
        self.request.headers.extend(headers);
        self.body(body)
    }

    /// A document as the body, with the headers of the AWS JSON protocol. The target (`TrentService.Encrypt` for KMS's
    /// `Encrypt`) names the operation in errors and logs.
    #[must_use]
    pub fn json(mut self, target: &str, version: JsonVersion, body: impl Into<Vec<u8>>) -> Self {
        match UnsignedRequest::json(target, version, body) {
            Ok(UnsignedRequest { headers, body, .. }) => {
                let action = target.rsplit('.').next().unwrap_or(target);
                self.name = Cow::Owned(action.to_owned());
                self.request.headers.extend(headers);
                self.request.body = body;
            }
            Err(error) => self.fault = self.fault.or(Some(error)),
        }
        self
    }

    /// The bucket that is addressed, in the host's name or in front of the path. Its region is followed and remembered.
    /// Only S3 and its kin (services whose names begin with `s3`) have buckets: others refuse to be sent with one.
    #[must_use]
    pub fn in_bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// The operation's name in errors and logs; `request` unless it is known otherwise.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Send it without a signature.
    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.is_signed = false;
        self
    }

    /// Whether the request or its answer may hold secrets: see [`Operation::carries_secrets`].
    #[must_use]
    pub fn with_secrets(mut self, carries: bool) -> Self {
        self.carries_secrets = carries;
        self
    }

    /// Whether it may be sent again when it may have been carried out: see [`Operation::is_repeatable`].
    #[must_use]
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.is_repeatable = repeatable;
        self
    }
}

/// What stands in a path or a query without encoding; a `?` or `#` would end it.
fn check_encoded(part: &'static str, text: &str, ends: &[char]) -> Result<(), InvalidInput> {
    match text.chars().find(|c| !c.is_ascii_graphic() || ends.contains(c)) {
        None => Ok(()),
        Some(found) => Err(InvalidInput::new(part, format!("contains {found:?}: percent-encode it"))),
    }
}

impl Operation for Raw {
    type Output = Response<Vec<u8>>;

    fn name(&self) -> &str {
        &self.name
    }

    fn service(&self) -> Service {
        self.service.clone()
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let UnsignedRequest { path, query, .. } = &self.request;
        if !path.is_empty() && !path.starts_with('/') {
            return Err(InvalidInput::new("path", "must start with `/`").into());
        }
        let service = self.service.signing_name();
        if self.bucket.is_some() && !service.starts_with("s3") {
            let problem = format!(
                "is a part of S3's addresses, and the request goes to `{service}`: put it into the path"
            );
            return Err(InvalidInput::new("bucket", problem).into());
        }
        check_encoded("path", path, &['?', '#'])?;
        check_encoded("query", query, &['#'])?;
        Ok(self.request.clone())
    }

    fn parse(&self, response: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        Ok(response)
    }

    fn bucket(&self) -> Option<&str> {
        self.bucket.as_deref()
    }

    fn is_signed(&self) -> bool {
        self.is_signed
    }

    fn carries_secrets(&self) -> bool {
        self.carries_secrets
    }

    fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    fn has_xml_answer(&self) -> bool {
        false
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw")
            .field("service", &self.service)
            .field("name", &self.name)
            .field("bucket", &self.bucket)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
