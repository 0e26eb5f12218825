use alloc::{format, string::String, vec::Vec};

/// The larger of the limits that a request's head has to keep to on its way to a service: what S3 (8 KB) and
/// application load balancers (64 KB) take at most.
pub(super) const MAX_TEXT: usize = 64 * 1024;
pub(super) const MAX_ENTRIES: usize = 1_000;

/// A parameter or header: its name and value as they are written.
pub(super) type Pair<'a> = (&'a str, &'a str);

/// A canonical request, taken apart.
pub(super) struct CanonicalParts<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Vec<Pair<'a>>,
    pub(super) headers: Vec<Pair<'a>>,
    pub(super) signed_headers: &'a str,
    pub(super) payload_hash: &'a str,
}

impl<'a> CanonicalParts<'a> {
    /// Read the six parts; `None` if the text has not got them. Line breaks may have been turned into CRLF.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(['\n', '\r', ' ', '\'']);
        let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
        let (method, path, query) = (lines.next()?, lines.next()?, lines.next()?);
        let rest: Vec<&str> = lines.collect();
        let (payload_hash, rest) = rest.split_last()?;
        let (signed_headers, rest) = rest.split_last()?;
        // Between the headers and their names stands an empty line.
        let (empty, headers) = rest.split_last()?;
        if !empty.is_empty() || method.is_empty() || !path.starts_with('/') {
            return None;
        }
        let headers = headers.iter().map(|line| line.split_once(':')).collect::<Option<Vec<_>>>()?;
        let pair = |piece: &'a str| piece.split_once('=').unwrap_or((piece, ""));
        let query = query.split('&').filter(|piece| !piece.is_empty()).map(pair).collect();
        Some(Self { method, path, query, headers, signed_headers, payload_hash })
    }

    /// How many parameters and headers it has.
    pub(super) fn entries(&self) -> usize {
        self.query.len() + self.headers.len()
    }
}

/// A string to sign, taken apart.
pub(super) struct SignParts<'a> {
    pub(super) algorithm: &'a str,
    pub(super) time: &'a str,
    pub(super) scope: &'a str,
    pub(super) canonical_sha256: &'a str,
}

impl<'a> SignParts<'a> {
    /// Read the four lines.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut lines =
            text.trim_matches(['\n', '\r', ' ', '\'']).lines().map(|line| line.trim_end_matches('\r'));
        let parts = Self {
            algorithm: lines.next()?,
            time: lines.next()?,
            scope: lines.next()?,
            canonical_sha256: lines.next()?,
        };
        lines.next().is_none().then_some(parts)
    }

    /// Date, region and service, where the scope has its usual four parts.
    pub(super) fn scope_parts(&self) -> Option<[&'a str; 3]> {
        let mut parts = self.scope.splitn(5, '/');
        let first = [parts.next()?, parts.next()?, parts.next()?];
        (parts.next().is_some() && parts.next().is_none()).then_some(first)
    }
}

/// What may be shown of a value: a session token is named by its length only.
pub(super) fn shown(name: &str, value: &str) -> String {
    let is_token =
        ["x-amz-security-token", "x-amz-s3session-token"].iter().any(|own| own.eq_ignore_ascii_case(name));
    if is_token { format!("*** ({} bytes)", value.len()) } else { value.into() }
}
