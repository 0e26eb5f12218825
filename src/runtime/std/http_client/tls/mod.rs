//! What depends on the TLS library of this build: rustls, the system's, or none.

#[cfg(feature = "rustls-ring")]
mod by_rustls;
#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
mod by_system;
mod fault;
#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
mod missing;

#[cfg(feature = "rustls-ring")]
pub(super) use self::by_rustls::Tls;
#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
pub(super) use self::by_system::Tls;
pub(super) use self::fault::Fault;
#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
pub(super) use self::missing::Tls;

/// Whether there is one.
pub(super) const HAS_TLS: bool = cfg!(any(feature = "rustls-ring", feature = "native-tls"));
