use std::{fmt, sync::Arc};

use http::{HeaderName, HeaderValue, Method};
#[cfg(feature = "providers")]
use sigv4::Secret;

use crate::{
    Error, InvalidInput, ServiceError,
    endpoint::Service,
    wire::{JsonVersion, form, service_error},
};

/// One API operation: how its request is built and its answer read. Both are pure.
///
/// # One of one's own
/// In the Query protocol, as STS, IAM and SNS speak it:
///
/// ```
/// use sts3::{
///     Error, Operation, ParseError, UnsignedRequest,
///     endpoint::Service,
///     wire::{Form, read_result},
/// };
///
/// struct CreateTopic(String);
///
/// impl Operation for CreateTopic {
///     type Output = String;
///
///     fn name(&self) -> &str {
///         "CreateTopic"
///     }
///
///     fn service(&self) -> Service {
///         const SNS: Service = Service::from_static("sns");
///         SNS
///     }
///
///     fn request(&self) -> Result<UnsignedRequest, Error> {
///         let mut form = Form::new(self.name(), "2010-03-31");
///         form.field("Name", &self.0);
///         Ok(UnsignedRequest::form(form))
///     }
///
///     fn parse(&self, response: http::Response<Vec<u8>>) -> Result<String, Error> {
///         let mut arn = None;
///         read_result(response.body(), "CreateTopicResponse", "CreateTopicResult", |element, xml| {
///             let is_wanted = element == "TopicArn";
///             if is_wanted {
///                 arn = Some(xml.text()?);
///             }
///             Ok(is_wanted)
///         })?;
///         Ok(arn.ok_or_else(|| ParseError::new("CreateTopicResponse", "it has no TopicArn"))?)
///     }
///
///     // Nothing in it is a key, a token or a password.
///     fn carries_secrets(&self) -> bool {
///         false
///     }
/// }
///
/// let topic = CreateTopic("alarms".into());
/// assert_eq!(topic.request()?.body, b"Action=CreateTopic&Version=2010-03-31&Name=alarms");
/// let answer = "<CreateTopicResponse><CreateTopicResult><TopicArn>arn:aws:sns:eu-west-1:123456789012:alarms\
///               </TopicArn></CreateTopicResult></CreateTopicResponse>";
/// let arn = topic.parse(http::Response::new(answer.into()))?;
/// assert_eq!(arn.trim(), "arn:aws:sns:eu-west-1:123456789012:alarms");
/// # Ok::<(), sts3::Error>(())
/// ```
///
/// In JSON, as DynamoDB, KMS and SQS speak it, with the JSON library of one's choice:
///
/// ```
/// use sts3::{Error, Operation, ParseError, UnsignedRequest, endpoint::Service, wire::JsonVersion};
///
/// struct ListTables {
///     limit: u32,
/// }
///
/// impl Operation for ListTables {
///     type Output = Vec<String>;
///
///     fn name(&self) -> &str {
///         "ListTables"
///     }
///
///     fn service(&self) -> Service {
///         const DYNAMODB: Service = Service::from_static("dynamodb");
///         DYNAMODB
///     }
///
///     fn request(&self) -> Result<UnsignedRequest, Error> {
///         let body = serde_json::json!({ "Limit": self.limit }).to_string();
///         UnsignedRequest::json("DynamoDB_20120810.ListTables", JsonVersion::V1_0, body)
///     }
///
///     fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Vec<String>, Error> {
///         #[derive(serde::Deserialize)]
///         struct Answer {
///             #[serde(rename = "TableNames")]
///             table_names: Vec<String>,
///         }
///         let answer: Answer = serde_json::from_slice(response.body())
///             .map_err(|error| ParseError::new("ListTables's answer", error.to_string()))?;
///         Ok(answer.table_names)
///     }
///
///     fn carries_secrets(&self) -> bool {
///         false
///     }
///
///     fn has_xml_answer(&self) -> bool {
///         false
///     }
/// }
///
/// let tables = ListTables { limit: 10 };
/// assert_eq!(tables.request()?.body, br#"{"Limit":10}"#);
/// let answer = br#"{"TableNames":["Music"]}"#;
/// assert_eq!(tables.parse(http::Response::new(answer.to_vec()))?, ["Music"]);
/// # Ok::<(), sts3::Error>(())
/// ```
///
/// For a single request, [`Raw`](crate::Raw) needs no type. What points to an operation (`&`, `Box`, `Arc`) is one:
/// `client.send(&boxed)` takes a `Box<dyn Operation<Output = T> + Send + Sync>`.
pub trait Operation {
    /// What a successful answer is read into.
    type Output;

    /// The operation's name in the service's API, for errors and logs.
    fn name(&self) -> &str;

    /// The service that it belongs to.
    fn service(&self) -> Service;

    /// Check all parameters and build the request, not yet addressed or signed.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: a parameter is outside its limits.
    fn request(&self) -> Result<UnsignedRequest, Error>;

    /// Check what AWS asks of the parameters and other systems of the same protocol do not (accounts of 12 digits, for
    /// example). Called before a request for a public endpoint, or for a host of AWS's, is made.
    ///
    /// # Errors
    /// [`InvalidInput`] names the parameter.
    fn check_for_aws(&self) -> Result<(), InvalidInput> {
        Ok(())
    }

    /// Read an answer that came with a success status.
    ///
    /// # Errors
    /// [`Error::Parse`]: it is not the document it should be.
    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Self::Output, Error>;

    /// Read an answer that refuses, in XML or (feature `providers`) in JSON; see [`ServiceError::new`] for others.
    fn refusal(&self, response: &http::Response<Vec<u8>>) -> ServiceError {
        service_error::service_error(self.name(), response)
    }

    /// The bucket that is addressed, for S3.
    fn bucket(&self) -> Option<&str> {
        None
    }

    /// Whether requests are signed. Those that carry another proof of identity are not.
    fn is_signed(&self) -> bool {
        true
    }

    /// Whether the request or its answer holds a secret: a key, a token, a password, a one-time code, an
    /// assertion. Such a call goes by https or stays on this machine, signed or not, unless plain HTTP is
    /// allowed ([`Endpoint::with_plain_http`](crate::Endpoint::with_plain_http)).
    ///
    /// An operation is taken to hold one until it says otherwise. (A signature by long-lived keys needs such a
    /// channel as well, whatever this says.)
    fn carries_secrets(&self) -> bool {
        true
    }

    /// Whether the request may be sent again when it may have been carried out: after an answer that failed, and
    /// after none. A one-time MFA code may not, nor what creates something. (What never left this machine is sent
    /// again in any case, and so is what was refused for its region or its time.)
    fn is_repeatable(&self) -> bool {
        true
    }

    /// Whether a successful answer is XML of the service. Then one with the root `<Error>` is a refusal: S3 may fail
    /// after it has sent `200 OK`. An operation whose answer is data of somebody else (an object) says `false`.
    fn has_xml_answer(&self) -> bool {
        true
    }
}

/// What points to an operation is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<O: Operation + ?Sized> Operation for $pointer {
            type Output = O::Output;

            fn name(&self) -> &str {
                (**self).name()
            }

            fn service(&self) -> Service {
                (**self).service()
            }

            fn request(&self) -> Result<UnsignedRequest, Error> {
                (**self).request()
            }

            fn check_for_aws(&self) -> Result<(), InvalidInput> {
                (**self).check_for_aws()
            }

            fn parse(&self, response: http::Response<Vec<u8>>) -> Result<O::Output, Error> {
                (**self).parse(response)
            }

            fn refusal(&self, response: &http::Response<Vec<u8>>) -> ServiceError {
                (**self).refusal(response)
            }

            fn bucket(&self) -> Option<&str> {
                (**self).bucket()
            }

            fn is_signed(&self) -> bool {
                (**self).is_signed()
            }

            fn carries_secrets(&self) -> bool {
                (**self).carries_secrets()
            }

            fn is_repeatable(&self) -> bool {
                (**self).is_repeatable()
            }

            fn has_xml_answer(&self) -> bool {
                (**self).has_xml_answer()
            }
        }
    )*};
}

through!(&O, Box<O>, Arc<O>);

/// A request before it has an address and a signature.
///
/// `Debug` shows the names of parameters and headers without their values, which may be tokens.
#[derive(Clone)]
pub struct UnsignedRequest {
    /// The method.
    pub method: Method,
    /// The path below the service's (or bucket's) root, percent-encoded; empty or starting with `/`.
    pub path: String,
    /// The query without `?`, percent-encoded and sorted.
    pub query: String,
    /// Headers beside those of the signature.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Vec<u8>,
}

impl UnsignedRequest {
    /// A `GET` or `HEAD` without body.
    pub(crate) fn reading(method: Method, query: String) -> Self {
        Self { method, path: String::new(), query, headers: Vec::new(), body: Vec::new() }
    }

    /// A request without body: a method, and a percent-encoded path, empty or starting with `/`.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::reading(method, String::new()) }
    }

    /// A `POST` of a JSON document in the AWS JSON protocol. The target names the operation with its API:
    /// `DynamoDB_20120810.ListTables`. <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: no header can hold that target.
    pub fn json(target: &str, version: JsonVersion, body: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let mut request = Self { body: body.into(), ..Self::new(Method::POST, "") };
        request.header("content-type", version.content_type())?;
        request.header("x-amz-target", target)?;
        Ok(request)
    }

    /// A `POST` of a form, as the services of the Query protocol take it (STS, IAM, SNS, CloudFormation, …).
    pub fn form(form: form::Form) -> Self {
        let content_type = HeaderValue::from_static(form::CONTENT_TYPE);
        Self {
            method: Method::POST,
            path: String::new(),
            query: String::new(),
            headers: vec![(http::header::CONTENT_TYPE, content_type)],
            body: form.into_body(),
        }
    }

    /// Add a header. All headers are signed.
    ///
    /// # Errors
    /// [`Error::InvalidInput`]: HTTP has no such name, or cannot carry the value.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let fault = |part: &str, problem: &str| {
            let problem = format!("`{}` {problem}", part.escape_debug());
            Error::from(InvalidInput::new("header", problem))
        };
        let key =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| fault(name, "is not a header's name"))?;
        // The value may be a secret.
        let value = HeaderValue::from_str(value)
            .map_err(|_| fault(name, "has a line break or control character in its value"))?;
        self.headers.push((key, value));
        Ok(())
    }

    /// Add a header whose value is secret: it is marked as sensitive.
    #[cfg(feature = "providers")]
    pub(crate) fn secret_header(&mut self, name: &'static str, value: &Secret) -> Result<(), Error> {
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| InvalidInput::new(name, "has characters that no header can hold"))?;
        value.set_sensitive(true);
        self.headers.push((HeaderName::from_static(name), value));
        Ok(())
    }
}

impl fmt::Debug for UnsignedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.query.split('&').filter_map(|parameter| parameter.split('=').next());
        let headers = self.headers.iter().map(|(name, _)| name.as_str());
        f.debug_struct("UnsignedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &parameters.collect::<Vec<_>>())
            .field("headers", &headers.collect::<Vec<_>>())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
