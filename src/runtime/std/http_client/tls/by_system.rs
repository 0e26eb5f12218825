//! By the system's library.

use std::{fmt, sync::OnceLock};

use native_tls::{Certificate, HandshakeError, Identity, Protocol, TlsConnector};

use zeroize::Zeroizing;

use super::{
    super::wire::{Bytes, Reached},
    fault::Fault,
};
use crate::{InvalidInput, runtime::causes::causes};

pub(crate) struct Tls {
    ca_bundle: Option<Vec<u8>>,
    client_certificate: Option<Zeroizing<Vec<u8>>>,
    connector: OnceLock<Result<TlsConnector, InvalidInput>>,
}

impl Tls {
    pub(crate) fn new(
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
            let (chain, key) = (blocks(pem, "CERTIFICATE").join("\n"), blocks(pem, "PRIVATE KEY").join("\n"));
            let identity = Identity::from_pkcs8(chain.as_bytes(), key.as_bytes()).map_err(|error| {
                InvalidInput::new("client certificate", format!("cannot be used: {}", causes(&error)))
            })?;
            builder.identity(identity);
        }
        builder
            .build()
            .map_err(|error| InvalidInput::new("TLS", format!("cannot be set up: {}", causes(&error))))
    }

    pub(crate) fn wrap(&self, host: &str, bytes: Box<dyn Bytes>) -> Result<Box<dyn Bytes>, Fault> {
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
