//! By rustls, with the configuration that both runtimes have.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};

use zeroize::Zeroizing;

use super::{super::wire::Bytes, fault::Fault};
use crate::{
    InvalidInput,
    runtime::{
        causes::causes,
        tls::{Trust, client_config, is_about},
    },
};

pub(crate) struct Tls {
    ca_bundle: Option<Vec<u8>>,
    client_certificate: Option<Zeroizing<Vec<u8>>>,
    /// Made when it is first used, but for what the user has given: to read the system's certificates takes longer
    /// than a whole call to a near server.
    config: OnceLock<Result<Arc<ClientConfig>, InvalidInput>>,
}

impl Tls {
    pub(crate) fn new(
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

    pub(crate) fn wrap(&self, host: &str, bytes: Box<dyn Bytes>) -> Result<Box<dyn Bytes>, Fault> {
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
