//! The account that everything in a sandbox belongs to: its names, keys and ids.

use sha2::{Digest, Sha256};

/// The account that everything belongs to.
pub const ACCOUNT: &str = "123456789012";
/// The user whose long-lived keys the sandbox hands out, and the keys. They open nothing but a sandbox.
pub const USER: &str = "sandbox";
/// See [`USER`].
pub const ACCESS_KEY_ID: &str = "AKIASTS3SANDBOX00001";
/// See [`USER`].
pub const SECRET_ACCESS_KEY: &str = "sts3/sandbox+only/NotASecretAnywhereElse0001";
/// The MFA device of the user. It accepts any six digits once, except `000000`.
pub const MFA_SERIAL: &str = "arn:aws:iam::123456789012:mfa/sandbox";
/// The external ID that the role `partner` asks for.
pub const EXTERNAL_ID: &str = "sandbox-partner";

/// The canonical user id of the account.
pub(crate) const OWNER_ID: &str = "5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c5a17db0c";

pub(crate) fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

pub(crate) fn user_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

pub(crate) fn user_id(name: &str) -> String {
    stable_id("AIDA", name)
}

/// An id like IAM's, the same for the same name.
pub(crate) fn stable_id(prefix: &str, name: &str) -> String {
    let digest = hex::encode_upper(Sha256::digest(name));
    format!("{prefix}{}", digest.get(..17).unwrap_or_default())
}
