//! The setters of parameters that several operations have, with their documentation in one place.

/// Setters of an operation, by the names of their methods, inside its `impl`.
macro_rules! setters {
    ($($name:ident),+) => {
        $($crate::sts::setters::setters!(@ $name);)+
    };
    (@ policy) => {
        /// A session policy in JSON: the session may do what it could without and the policy allows as well. At most 2,048
        /// characters; AssumeRole leaves its length, packed together with tags, to the service to judge.
        #[must_use]
        pub fn policy(mut self, json: impl Into<String>) -> Self {
            self.policies.policy = Some(json.into());
            self
        }
    };
    (@ policy_arn) => {
        /// A managed policy as session policy; at most ten.
        #[must_use]
        pub fn policy_arn(mut self, arn: impl Into<String>) -> Self {
            self.policies.policy_arns.push(arn.into());
            self
        }
    };
    (@ tag) => {
        /// A session tag; at most 50.
        #[must_use]
        pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
            self.tags.push(session::Tag { key: key.into(), value: value.into() });
            self
        }
    };
    (@ mfa) => {
        /// The MFA device (serial number or ARN) and its current six digits. The code works once: such a call is not repeated
        /// by itself.
        #[must_use]
        pub fn mfa(mut self, serial_number: impl Into<String>, token_code: impl Into<String>) -> Self {
            let serial_number = Some(serial_number.into());
            let token_code = Some(sigv4::Secret::new(token_code));
            self.mfa = session::Mfa { serial_number, token_code };
            self
        }
    };
    (@ minimum_session_token_size) => {
        /// Have the token padded to at least this many bytes (0 to 4,096).
        #[must_use]
        pub fn minimum_session_token_size(mut self, bytes: u32) -> Self {
            self.minimum_session_token_size = Some(bytes);
            self
        }
    };
}
pub(super) use setters;
