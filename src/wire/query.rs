use std::fmt;

use sigv4::percent_encode;

/// The query of a REST request: encoded by SigV4's rule and sorted, so that what is signed is byte for byte what is
/// sent.
///
/// ```
/// use sts3::wire::Query;
///
/// let mut query = Query::default();
/// query.parameter("prefix", "2026/a b");
/// query.parameter("list-type", "2");
/// query.optional("delimiter", None::<&str>);
/// assert_eq!(query.into_text(), "list-type=2&prefix=2026%2Fa%20b");
/// ```
#[derive(Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Add a parameter; one that has no value (`?acl`) has an empty one.
    pub fn parameter(&mut self, name: &str, value: &str) {
        self.0.push((percent_encode(name).into_owned(), percent_encode(value).into_owned()));
    }

    /// Add a parameter if it has a value.
    pub fn optional(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.parameter(name, value.as_ref());
        }
    }

    /// The query, without `?`.
    pub fn into_text(mut self) -> String {
        self.0.sort_unstable();
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("&")
    }
}

impl fmt::Debug for Query {
    /// The names of parameters; values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|(name, _)| name).collect();
        f.debug_tuple("Query").field(&names).finish()
    }
}
