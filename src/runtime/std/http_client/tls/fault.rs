use std::io;

/// Why there is no TLS connection.
pub(crate) enum Fault {
    /// The connection broke, or took too long.
    #[cfg_attr(
        not(any(feature = "rustls-ring", feature = "native-tls")),
        allow(dead_code, reason = "without a library nothing goes on")
    )]
    Io(io::Error),
    /// The other side's certificate or protocol was not accepted, or TLS cannot be set up.
    Refused(String),
}
