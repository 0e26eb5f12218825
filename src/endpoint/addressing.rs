/// How a bucket becomes part of a URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Addressing {
    /// Virtual-hosted on AWS; path style for names that cannot be part of a host name under TLS, and at
    /// endpoints given by URL.
    #[default]
    Auto,
    /// `https://host/bucket`.
    Path,
    /// `https://bucket.host`.
    Virtual,
}
