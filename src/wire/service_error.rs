//! From an answer that refuses to a [`ServiceError`].
//!
//! STS and IAM wrap (`<ErrorResponse><Error>…</Error><RequestId>`), S3 and Ceph do not (`<Error>…`), moto wraps
//! twice. So the first element called `Error` is taken wherever it stands, and the request id wherever it is.

use http::HeaderMap;

use super::{signature_texts, xml::Xml};
use crate::{Error, ServiceError};

impl ServiceError {
    /// A refusal that was read by other means; the remaining fields are public. The code decides whether the call is
    /// repeated and the credentials renewed.
    ///
    /// ```
    /// use sts3::{Error, ServiceError};
    ///
    /// let mut error = ServiceError::new("ListQueues", 400, "ThrottlingException", "Rate exceeded");
    /// error.request_id = Some("c6104cbe".into());
    /// assert!(Error::from(error).is_throttle());
    /// ```
    pub fn new(
        operation: impl Into<String>,
        status: u16,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (operation, code, message) = (operation.into(), code.into(), message.into());
        Self { operation, status, code, message, ..Self::default() }
    }

    /// Read a refusal of an operation of this name, in XML or (feature `providers`) in JSON. An answer without an error document keeps its status as its code,
    /// and the first line of its body in the message.
    pub fn from_response(operation: &str, response: &http::Response<Vec<u8>>) -> Self {
        service_error(operation, response)
    }

    /// Read a refusal that was saved as text: S3's `<Error>`, the `<ErrorResponse>` of STS and others, or a
    /// message alone. What cannot be read becomes the message of an error without a code.
    pub fn from_text(text: &str) -> Self {
        from_text(text)
    }
}

/// Read a refusal. An answer without an error document (HEAD, HTML of a proxy) keeps its status as its code, and what
/// it holds instead is shown.
pub(crate) fn service_error(operation: &str, response: &http::Response<Vec<u8>>) -> ServiceError {
    let status = response.status();
    let mut error =
        ServiceError { operation: operation.to_owned(), status: status.as_u16(), ..ServiceError::default() };
    // A body that is cut or no XML still leaves the status: that is the better report.
    let is_read = read_document(trimmed(response.body()), &mut error).is_ok() && !error.code.is_empty();
    #[cfg(feature = "providers")]
    let is_read = is_read || super::json_error::read(response, &mut error);
    if !is_read {
        error.code = status.as_u16().to_string();
        let instead = what_it_holds(response);
        error.message = match status.canonical_reason() {
            Some(reason) => format!("{reason} ({instead})"),
            None => instead,
        };
    }
    take_signature_texts(&mut error);
    let headers = response.headers();
    let first = |names: &[&str]| names.iter().find_map(|name| text(headers, name));
    error.request_id = error.request_id.or_else(|| first(&["x-amz-request-id", "x-amzn-requestid"]));
    error.host_id = error.host_id.or_else(|| first(&["x-amz-id-2"]));
    error.region = first(&["x-amz-bucket-region"]).or(error.region);
    error
}

/// Characters that are shown of an answer that is no error document.
const MAX_SHOWN: usize = 200;

/// What stands where an error document should be, in words. It is outside input: one line of it, without control
/// characters.
fn what_it_holds(response: &http::Response<Vec<u8>>) -> String {
    if let Some(encoding) = encoding(response.headers()) {
        return format!("the answer {encoding}");
    }
    // The last character may be cut: it becomes a replacement character, and that is all.
    let start = response.body().get(..MAX_SHOWN * 8).unwrap_or(response.body());
    let start = String::from_utf8_lossy(start);
    match start.lines().map(str::trim).find(|line| !line.trim_matches('\0').is_empty()) {
        Some(line) => format!("the answer had no error document but begins with: {}", shown(line)),
        None => "the answer had no error document".into(),
    }
}

/// How an answer is encoded that cannot be read therefore, in words.
pub(crate) fn encoding(headers: &HeaderMap) -> Option<String> {
    let name = text(headers, "content-encoding").filter(|name| !name.eq_ignore_ascii_case("identity"))?;
    Some(format!("is encoded as {}, which was not asked for", shown(&name)))
}

/// A text from outside in one line, without control characters, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
    // Quotes are harmless, and JSON is full of them.
    shown = shown.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().nth(MAX_SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Without what some servers leave behind the document: the end of their own strings.
fn trimmed(body: &[u8]) -> &[u8] {
    let end =
        body.iter().rposition(|byte| !byte.is_ascii_whitespace() && *byte != 0).map_or(0, |last| last + 1);
    body.get(..end).unwrap_or_default()
}

/// S3 has elements for what it signed; the other services say it in the message.
fn take_signature_texts(error: &mut ServiceError) {
    let message = signature_texts::split(&error.message);
    if let Some((request, server)) = signature_texts::times(&message.words) {
        error.request_time = error.request_time.or(Some(request));
        error.server_time = error.server_time.or(Some(server));
    }
    error.message = message.words;
    let bounded = |text: &mut Option<String>| text.take().map(signature_texts::bounded);
    error.canonical_request = bounded(&mut error.canonical_request).or(message.canonical_request);
    error.string_to_sign = bounded(&mut error.string_to_sign).or(message.string_to_sign);
    error.signature_provided = bounded(&mut error.signature_provided);
}

/// Read a refusal from a text that a user saved: an error document, or the message alone.
pub(crate) fn from_text(text: &str) -> ServiceError {
    let mut error = ServiceError { operation: "request".to_owned(), ..ServiceError::default() };
    // Of a file that starts with HTTP headers, the document is what follows them.
    let document =
        text.find("<?xml").or_else(|| text.find("<Error")).and_then(|at| text.get(at..)).unwrap_or(text);
    if read_document(document.trim().as_bytes(), &mut error).is_err() && error.code.is_empty() {
        error.message = text.to_owned();
    }
    take_signature_texts(&mut error);
    error
}

/// `20150830T123600Z` or `2015-08-30T12:36:00Z`.
fn timestamp(text: &str) -> Option<sigv4::Timestamp> {
    let basic: String = text.trim().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    sigv4::Timestamp::parse(&basic)
}

/// The root of an answer starts within so many bytes.
const ROOT_WITHIN: usize = 1024;

/// Whether a body that came with a success status is an error document: S3 may fail after it has sent `200 OK`.
pub(crate) fn is_error_document(body: &[u8]) -> bool {
    // Nothing but a declaration stands before it; a page of keys is not looked through.
    let start = body.get(..body.len().min(ROOT_WITHIN)).unwrap_or_default();
    if memchr::memmem::find(start, b"Error").is_none() {
        return false;
    }
    let Ok(mut xml) = Xml::new(body, "an error") else { return false };
    xml.root().is_ok_and(|root| matches!(root.name(), "Error" | "ErrorResponse"))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn read_document(body: &[u8], error: &mut ServiceError) -> Result<(), Error> {
    let mut xml = Xml::new(body, "an error document")?;
    match xml.root()?.name() {
        "Error" => read_error(&mut xml, error)?,
        _ => read_wrapper(&mut xml, error)?,
    }
    xml.finish()
}

fn read_wrapper(xml: &mut Xml<'_>, error: &mut ServiceError) -> Result<(), Error> {
    while let Some(element) = xml.child()? {
        match element.name() {
            "Error" => read_error(xml, error)?,
            "Errors" | "ResponseMetadata" => read_wrapper(xml, error)?,
            "RequestId" | "RequestID" => error.request_id = Some(xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(())
}

fn read_error(xml: &mut Xml<'_>, error: &mut ServiceError) -> Result<(), Error> {
    while let Some(element) = xml.child()? {
        match element.name() {
            "Code" => error.code = xml.text()?,
            "Message" => error.message = xml.text()?,
            "RequestId" => error.request_id = Some(xml.text()?),
            "HostId" => error.host_id = Some(xml.text()?),
            "Region" => error.region = Some(xml.text()?),
            "CanonicalRequest" => error.canonical_request = Some(xml.text()?),
            "StringToSign" => error.string_to_sign = Some(xml.text()?),
            "SignatureProvided" => error.signature_provided = Some(xml.text()?),
            "RequestTime" => error.request_time = timestamp(&xml.text()?),
            "ServerTime" => error.server_time = timestamp(&xml.text()?),
            _ => xml.skip()?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> ServiceError {
        let response = http::Response::builder()
            .status(status)
            .header("x-amz-request-id", "from-header")
            .body(body.as_bytes().to_vec())
            .unwrap();
        service_error("AssumeRole", &response)
    }

    #[test]
    fn wrapped_bare_and_doubly_wrapped_errors_are_read() {
        // Shapes recorded from AWS's documentation, Ceph RGW 16 and moto 5.2 (fixtures/xml).
        let wrapped = answer(
            403,
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>AccessDenied</Code><Message>no</Message></Error><RequestId>r1</RequestId></ErrorResponse>",
        );
        assert_eq!((wrapped.code.as_str(), wrapped.request_id.as_deref()), ("AccessDenied", Some("r1")));
        let bare = answer(
            404,
            "<Error><Code>NoSuchEntity</Code><Message></Message><RequestId>r2</RequestId></Error>",
        );
        assert_eq!((bare.code.as_str(), bare.request_id.as_deref()), ("NoSuchEntity", Some("r2")));
        let doubly =
            answer(403, "<ErrorResponse><Errors><Error><Code>X</Code></Error></Errors></ErrorResponse>");
        assert_eq!((doubly.code.as_str(), doubly.request_id.as_deref()), ("X", Some("from-header")));
    }

    #[test]
    fn an_answer_without_an_error_document_keeps_its_status() {
        for body in ["", "<html><body>Bad gateway</body></html>", "<Error><Code>Cut", "\u{0}"] {
            let error = answer(502, body);
            assert_eq!(error.code, "502", "{body}");
            assert!(error.message.contains("Bad Gateway"), "{}", error.message);
        }
    }

    #[test]
    fn what_stands_in_place_of_an_error_document_is_shown_in_one_line() {
        let message = |body: &[u8], encoding: Option<&str>| {
            let mut response = http::Response::builder().status(403);
            if let Some(encoding) = encoding {
                response = response.header("content-encoding", encoding);
            }
            service_error("X", &response.body(body.to_vec()).unwrap()).message
        };
        for (body, expected) in [
            (
                &br#"{"message":"Missing Authentication Token"}"#[..],
                r#"{"message":"Missing Authentication Token"}"#,
            ),
            (b"\r\n  upstream connect error \r\nreset", "upstream connect error"),
            (b"a\x1b[2Jb\x07", "a\\u{1b}[2Jb\\u{7}"),
            ("\u{202e}txt".as_bytes(), "\\u{202e}txt"),
        ] {
            assert_eq!(
                message(body, None),
                format!("Forbidden (the answer had no error document but begins with: {expected})")
            );
        }
        let long = message(&[b'x'; 100_000], None);
        assert!(long.contains(&format!("{}…", "x".repeat(MAX_SHOWN))) && long.len() < 400, "{long}");
        let gzip = message(b"\x1f\x8b\x08", Some("gzip"));
        assert_eq!(gzip, "Forbidden (the answer is encoded as gzip, which was not asked for)");
        assert!(message(b"no", Some("identity")).ends_with("begins with: no)"));
        assert_eq!(message(b"\0\0\n", None), "Forbidden (the answer had no error document)");
    }

    #[test]
    fn an_error_document_ends_where_its_root_does_whatever_padding_follows() {
        for padding in ["\0", "\0\0\0", "\r\n\0", "\n \n"] {
            let error = answer(403, &format!("<Error><Code>AccessDenied</Code></Error>{padding}"));
            assert_eq!(error.code, "AccessDenied", "{padding:?}");
        }
    }

    #[test]
    fn control_characters_of_a_message_do_not_reach_a_terminal() {
        let error = answer(400, "<Error><Code>X</Code><Message>a&#27;[2Jb\r\nc</Message></Error>");
        let shown = crate::Error::from(error).to_string();
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}
