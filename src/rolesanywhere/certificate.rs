use std::fmt;

use time::OffsetDateTime;
use x509_cert::der::Decode;

use super::private_key::pem_problem;
use crate::InvalidInput;

/// A certificate of X.509: what the service is shown, and its serial number.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    serial_number: String,
    public_key: Vec<u8>,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

impl Certificate {
    /// All certificates of a text in PEM, in its order. Text between them is passed over; any other block is refused: a
    /// private key may stand in the wrong file.
    ///
    /// # Errors
    /// [`InvalidInput`]: there is none, or one cannot be read.
    pub fn from_pem(pem: &str) -> Result<Vec<Self>, InvalidInput> {
        let blocks = pem::parse_many(pem).map_err(|error| fault(pem_problem(&error)))?;
        if blocks.is_empty() {
            return Err(fault(
                "has no PEM block (`-----BEGIN CERTIFICATE-----`); of DER, `openssl x509 -inform der -in FILE` makes one",
            ));
        }
        let mut certificates = Vec::with_capacity(blocks.len());
        for block in &blocks {
            match block.tag() {
                "CERTIFICATE" | "X509 CERTIFICATE" => certificates.push(Self::from_der(block.contents())?),
                other => {
                    let shown = other.escape_debug();
                    return Err(fault(format!("has a block `{shown}`: only certificates belong there")));
                }
            }
        }
        Ok(certificates)
    }

    fn from_der(der: &[u8]) -> Result<Self, InvalidInput> {
        let read = x509_cert::Certificate::from_der(der)
            .map_err(|error| fault(format!("cannot be read as X.509: {error}")))?;
        let signed = read.tbs_certificate();
        let time = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
            OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| fault("has a time out of the calendar"))
        };
        Ok(Self {
            der: der.to_vec(),
            serial_number: decimal(signed.serial_number().as_bytes()),
            public_key: signed.subject_public_key_info().subject_public_key.raw_bytes().to_vec(),
            not_before: time(signed.validity().not_before)?,
            not_after: time(signed.validity().not_after)?,
        })
    }

    /// The certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The serial number in decimal digits.
    pub fn serial_number(&self) -> &str {
        &self.serial_number
    }

    /// When it begins to be valid.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// When it ends.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The key as the certificate holds it: RSA's in PKCS#1, a curve's as a point.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("serial_number", &self.serial_number).finish_non_exhaustive()
    }
}

fn fault(problem: impl Into<String>) -> InvalidInput {
    InvalidInput::new("certificate", problem)
}

/// A big-endian number in decimal digits. It has 160 bits at most (RFC 5280, 4.1.2.2), so that the square of its length is
/// small.
fn decimal(bytes: &[u8]) -> String {
    // The least significant digit first.
    let mut digits = vec![0_u8];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = u8::try_from(value % 10).unwrap_or_default();
            carry = value / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    // By Python: `int.from_bytes(bytes, "big")`. The first is AWS's example: 0x12345678.
    #[test]
    fn serial_numbers_are_written_in_decimal() {
        for (bytes, expected) in [
            (&[0x12, 0x34, 0x56, 0x78][..], "305419896"),
            (&[0], "0"),
            (&[], "0"),
            (&[1, 0], "256"),
            // A leading zero keeps DER's number positive, and is no digit.
            (&[0, 0xFF], "255"),
            (&[0xFF; 20], "1461501637330902918203684832716283019655932542975"),
        ] {
            assert_eq!(decimal(bytes), expected);
        }
    }
}
