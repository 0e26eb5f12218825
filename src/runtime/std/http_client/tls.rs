//! What depends on the TLS library of this build: rustls, the system's, or none.

use std::io;

use zeroize::Zeroizing;

use super::wire::Bytes;
use crate::InvalidInput;

#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
pub(super) use by_system::Tls;
#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
pub(super) use missing::Tls;
#[cfg(feature = "rustls-ring")]
pub(super) use own::Tls;

/// Why there is no TLS connection.
pub(super) enum Fault {
    /// The connection broke, or took too long.
    #[cfg_attr(
        not(any(feature = "rustls-ring", feature = "native-tls")),
        allow(dead_code, reason = "without a library nothing goes on")
    )]
    Io(io::Error),
    /// The other side's certificate or protocol was not accepted, or TLS cannot be set up.
    Refused(String),
}

/// By rustls, with the configuration that both runtimes have.
#[cfg(feature = "rustls-ring")]
mod own {
    use std::{
        fmt,
        sync::{Arc, OnceLock},
    };

    use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

    use super::{Bytes, Fault, InvalidInput, Zeroizing};
    use crate::runtime::{
        causes::causes,
        tls::{Trust, client_config, is_about},
    };

    pub(in super::super) struct Tls {
        ca_bundle: Option<Vec<u8>>,
        client_certificate: Option<Zeroizing<Vec<u8>>>,
        /// Made when it is first used, but for what the user has given: to read the system's certificates takes longer
        /// than a whole call to a near server.
        config: OnceLock<Result<Arc<ClientConfig>, InvalidInput>>,
    }

    impl Tls {
        pub(in super::super) fn new(
            ca_bundle: Option<Vec<u8>>,
            client_certificate: Option<Zeroizing<Vec<u8>>>,
        ) -> Result<Self, InvalidInput> {
            let is_given = ca_bundle.is_some() || client_certificate.is_some();
            let tls = Self { ca_bundle, client_certificate, config: OnceLock::new() };
            if is_given {
                tls.config()?;
            }
            Ok(tls)
        }

        fn config(&self) -> Result<Arc<ClientConfig>, InvalidInput> {
            let config = self.config.get_or_init(|| {
                let trust = self.ca_bundle.as_deref().map_or(Trust::System, Trust::Bundle);
                client_config(trust, self.client_certificate.as_ref().map(|pem| pem.as_slice())).map(Arc::new)
            });
            config.clone()
        }

        pub(in super::super) fn wrap(
            &self,
            host: &str,
            bytes: Box<dyn Bytes>,
        ) -> Result<Box<dyn Bytes>, Fault> {
            let refused = |error: &dyn std::error::Error| Fault::Refused(causes(error));
            let config = self.config().map_err(|error| Fault::Refused(error.to_string()))?;
            let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(&error))?;
            let connection = ClientConnection::new(config, name).map_err(|error| refused(&error))?;
            let mut stream = StreamOwned::new(connection, bytes);
            while stream.conn.is_handshaking() {
                if let Err(error) = stream.conn.complete_io(&mut stream.sock) {
                    return Err(if is_about(&error) { refused(&error) } else { Fault::Io(error) });
                }
            }
            Ok(Box::new(stream))
        }
    }

    impl fmt::Debug for Tls {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Tls")
        }
    }
}

/// By the system's library.
#[cfg(all(feature = "native-tls", not(feature = "rustls-ring")))]
mod by_system {
    use std::{fmt, sync::OnceLock};

    use native_tls::{Certificate, HandshakeError, Identity, Protocol, TlsConnector};

    use super::{Bytes, Fault, InvalidInput, Zeroizing};
    use crate::runtime::{causes::causes, std::http_client::wire::Reached};

    pub(in super::super) struct Tls {
        ca_bundle: Option<Vec<u8>>,
        client_certificate: Option<Zeroizing<Vec<u8>>>,
        connector: OnceLock<Result<TlsConnector, InvalidInput>>,
    }

    impl Tls {
        pub(in super::super) fn new(
            ca_bundle: Option<Vec<u8>>,
            client_certificate: Option<Zeroizing<Vec<u8>>>,
        ) -> Result<Self, InvalidInput> {
            let is_given = ca_bundle.is_some() || client_certificate.is_some();
            let tls = Self { ca_bundle, client_certificate, connector: OnceLock::new() };
            if is_given {
                tls.connector()?;
            }
            Ok(tls)
        }

        fn connector(&self) -> Result<TlsConnector, InvalidInput> {
            self.connector.get_or_init(|| self.build()).clone()
        }

        fn build(&self) -> Result<TlsConnector, InvalidInput> {
            let mut builder = TlsConnector::builder();
            builder.min_protocol_version(Some(Protocol::Tlsv12));
            if let Some(pem) = &self.ca_bundle {
                builder.disable_built_in_roots(true);
                let fault = |problem: String| InvalidInput::new("CA bundle", problem);
                let blocks = blocks(pem, "CERTIFICATE");
                if blocks.is_empty() {
                    return Err(fault("holds no certificate in PEM".into()));
                }
                for block in blocks {
                    let certificate = Certificate::from_pem(block.as_bytes())
                        .map_err(|error| fault(format!("is not PEM: {}", causes(&error))))?;
                    builder.add_root_certificate(certificate);
                }
            }
            if let Some(pem) = &self.client_certificate {
                let (chain, key) =
                    (blocks(pem, "CERTIFICATE").join("\n"), blocks(pem, "PRIVATE KEY").join("\n"));
                let identity = Identity::from_pkcs8(chain.as_bytes(), key.as_bytes()).map_err(|error| {
                    InvalidInput::new("client certificate", format!("cannot be used: {}", causes(&error)))
                })?;
                builder.identity(identity);
            }
            builder
                .build()
                .map_err(|error| InvalidInput::new("TLS", format!("cannot be set up: {}", causes(&error))))
        }

        pub(in super::super) fn wrap(
            &self,
            host: &str,
            bytes: Box<dyn Bytes>,
        ) -> Result<Box<dyn Bytes>, Fault> {
            let connector = self.connector().map_err(|error| Fault::Refused(error.to_string()))?;
            // Its streams want bytes that can be shown.
            match connector.connect(host, Shown(bytes)) {
                Ok(stream) => Ok(Box::new(stream)),
                Err(HandshakeError::Failure(error)) => Err(match Reached::told_by(&error) {
                    Some(reached) => Fault::Io(reached.error()),
                    None => Fault::Refused(causes(&error)),
                }),
                Err(HandshakeError::WouldBlock(_)) => Err(Fault::Io(Reached::End.error())),
            }
        }
    }

    /// The blocks of one kind in a text of PEM: the library takes one at a time.
    fn blocks(pem: &[u8], kind: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(pem);
        let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
        let rests = text.split(&begin).skip(1).filter_map(|rest| rest.split_once(&end));
        rests.map(|(inside, _)| format!("{begin}{inside}{end}\n")).collect()
    }

    struct Shown(Box<dyn Bytes>);

    impl fmt::Debug for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }
    }

    impl std::io::Read for Shown {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl std::io::Write for Shown {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.0.flush()
        }
    }

    impl fmt::Debug for Tls {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Tls")
        }
    }
}

#[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
mod missing {
    use super::{Bytes, Fault, InvalidInput, Zeroizing};

    #[derive(Debug)]
    pub(in super::super) struct Tls;

    impl Tls {
        pub(in super::super) fn new(
            _: Option<Vec<u8>>,
            _: Option<Zeroizing<Vec<u8>>>,
        ) -> Result<Self, InvalidInput> {
            Ok(Self)
        }

        pub(in super::super) fn wrap(
            &self,
            _host: &str,
            _bytes: Box<dyn Bytes>,
        ) -> Result<Box<dyn Bytes>, Fault> {
            let problem = "this build speaks plain HTTP only (it has neither rustls-ring nor native-tls)";
            Err(Fault::Refused(problem.into()))
        }
    }
}
