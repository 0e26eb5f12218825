//! What `--version` says: the number, and what this build has in it.

/// A part of the text, if the build has the feature.
macro_rules! part {
    ($name:ident, $feature:literal, $with:literal, $without:literal) => {
        #[cfg(feature = $feature)]
        macro_rules! $name {
            () => {
                $with
            };
        }
        #[cfg(not(feature = $feature))]
        macro_rules! $name {
            () => {
                $without
            };
        }
    };
}
part!(rustls, "rustls-ring", "rustls", "no rustls");
part!(native_tls, "native-tls", ", native-tls", "");
part!(login, "login", ", login", "");
part!(sandbox, "sandbox", ", sandbox", "");
part!(vectors, "vectors", ", vectors", "");
part!(man, "man", ", man", "");
part!(parquet, "parquet", ", parquet", "");

/// `0.1.0 (rustls, login, sandbox, vectors, man)`.
pub(crate) const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (",
    rustls!(),
    native_tls!(),
    login!(),
    sandbox!(),
    vectors!(),
    man!(),
    parquet!(),
    ")"
);
