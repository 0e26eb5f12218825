use std::fmt;

/// The enum, its list and its words in one place, so that none is forgotten.
macro_rules! remedies {
    ($($(#[$doc:meta])+ $name:ident: $words:literal,)+) => {
        /// What to do about an error: one variant for each thing that helps.
        ///
        /// `Display` speaks to programmers. Programs with words of their own for people match the variant; new ones may
        /// come, for which `Display` is there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Remedy {
            $($(#[$doc])+ $name,)+
        }

        impl Remedy {
            /// All that there are, for whoever keeps a table of words.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)+
                }
            }
        }
    };
}

remedies! {
    /// Get new credentials: these have ended.
    RenewCredentials: "the session has ended: get new credentials; a provider in `Refreshing` renews them",
    /// Name a source of credentials.
    ProvideCredentials: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or give the client a provider",
    /// Look at which key is sent where: this service does not know it.
    CheckAccessKey: "the key is unknown here: wrong partition or endpoint, a deactivated key, or a temporary key (ASIA…) \
        without its session token",
    /// Look at the session token.
    CheckSessionToken: "the session token is altered, cut or from the global STS endpoint: use the regional endpoint and look \
        for line breaks or quotes in the token",
    /// Remove the session token: the key needs none.
    RemoveSessionToken: "the key (AKIA…) is a user's own and needs no session token: the one beside it is left over from another \
        key; remove it",
    /// Add the session's token to its key.
    AddSessionToken: "the key (ASIA…) is a session's, and its session token is missing: take all three values from one place",
    /// Remove the blank around a key, secret or token.
    RemoveBlank: "the key's id, secret or token begins or ends with a blank: remove it where the value is set",
    /// Look at the secret key, the clock, and what lies between.
    CheckSecretKey: "wrong secret (look for a trailing space or line break), a wrong clock, or a proxy that changes requests",
    /// Set this machine's clock.
    CheckClock: "this machine's clock is wrong: set it",
    /// Wait for the next MFA code.
    UseNextMfaCode: "the MFA code is wrong, late or used already (each works once): wait for the next one, and check the \
        device's serial number and clock",
    /// Let the role trust the caller.
    AllowAssumeRole: "the role's trust policy must name the caller (see `GetCallerIdentity`); an external ID or MFA code may \
        be missing, and the account's root user can never assume roles",
    /// Ask with a user's long-lived key.
    UseLongLivedKey: "it needs an IAM user's long-lived keys: credentials that are temporary already are refused, as are wrong \
        or reused MFA codes",
    /// Ask with a role's credentials.
    UseRoleCredentials: "the console opens with a role's credentials (or GetFederationToken's), not with those of \
        GetSessionToken; a session duration is refused for a role that another role has assumed",
    /// Allow `s3:ListBucket`.
    AllowListBucket: "listing needs s3:ListBucket on the bucket's ARN (not on its objects /*); a session policy, an s3:prefix \
        condition or another owner of the bucket may forbid it",
    /// Allow `s3:ListAllMyBuckets`.
    AllowListAllMyBuckets: "it needs s3:ListAllMyBuckets on *",
    /// Give the identity the permission.
    AllowAction: "the identity (see `GetCallerIdentity`) has no permission for this action",
    /// Activate the region or STS in it.
    ActivateRegion: "STS or the region is not active for the account: activate it, or use another region's endpoint",
    /// Shorten session policies and tags.
    ShortenPolicy: "session policies and tags together exceed the packed limit: shorten them or use managed policy ARNs",
    /// Correct the session policy.
    CorrectPolicy: "the session policy is not a valid IAM policy in JSON",
    /// Ask for a shorter session.
    ShortenSession: "the duration may exceed the role's maximum, or one hour when the caller's credentials are a role's own",
    /// Correct a parameter.
    CorrectParameter: "a parameter is outside the service's limits",
    /// Look at the bucket's name.
    CheckBucketName: "no such bucket: check its name; `ListBuckets` lists those of the account",
    /// Name the bucket's region.
    NameRegion: "the bucket is in another region: give the client that one",
    /// Sign for the region that the endpoint serves.
    CorrectRegion: "the request is signed for a region that this endpoint does not serve: give the client the endpoint's region",
    /// Use an endpoint of the bucket's region.
    UseOtherEndpoint: "the bucket belongs to a region that this endpoint cannot serve",
    /// Give the URL that the address points to.
    CorrectEndpoint: "the address only points elsewhere, and signed requests do not follow: check the endpoint URL (http for \
        https?), and sign in to the network if it asks for that",
    /// Send fewer requests.
    SendFewerRequests: "the service asks for fewer requests: wait, or lower the concurrency",
    /// Ask the owner of the account or bucket.
    AskAccountOwner: "the account or bucket is closed or not signed up: its owner must resolve this with AWS",
    /// Correct the identity provider's claims or the role's trust.
    CorrectIdentityProvider: "the identity token was refused: the role's trust policy must name the identity provider, and its \
        conditions the token's audience and subject; check the role's ARN, too",
    /// Get a new token from the identity provider.
    RenewIdentityToken: "the identity token is malformed, has expired, or its issuer or audience is unknown to the account: IAM \
        needs an identity provider with this issuer and audience",
    /// Lead from the certificate to the trust anchor.
    CheckTrustAnchor: "no path leads from the certificate to the trust anchor: name the anchor of its authority, and send the \
        intermediate certificates",
    /// Look at the certificate's key, and at the clock.
    CheckCertificateKey: "the signature is not the one of the certificate's key, or too old: check that key and certificate belong \
        together, this machine's clock, and proxies that change requests",
    /// Change how the profile maps the certificate's attributes.
    MapCertificateAttributes: "attributes of the certificate cannot become session tags: change the profile's attribute mapping, \
        and allow sts:TagSession in the role's trust policy",
    /// Let the profile accept session names.
    AcceptSessionName: "the profile must accept session names (acceptRoleSessionName), or leave the name out",
    /// Look at profile, trust anchor and role.
    AllowRolesAnywhere: "the role must be in the profile and trust rolesanywhere.amazonaws.com (sts:AssumeRole, sts:TagSession, \
        sts:SetSourceIdentity); profile and trust anchor must be enabled",
    /// Try again when the identity provider answers.
    AwaitIdentityProvider: "STS could not reach the identity provider: try again",
    /// Look for what changes headers or URLs on the way.
    CheckSignatureParts: "a part of the signature is missing or malformed: look for a proxy that changes headers or URLs",
    /// Sign the request.
    SignRequest: "the request arrived unsigned: give the client credentials, or look for a proxy that drops headers",
    /// Try again.
    TryAgain: "the service failed this time: try again",
    /// Look at the name: nothing has it.
    CheckName: "it does not exist in this account",
    /// Choose another name: something has this one.
    ChooseOtherName: "it exists already",
    /// Raise the account's quota.
    RaiseQuota: "a quota of the account is used up (this is not throttling)",
    /// Use another operation or server.
    UseOtherOperation: "this server does not know the operation",
    /// Look at the endpoint URL, DNS and the network.
    CheckConnection: "check the endpoint URL, the region's name, DNS and proxy settings",
    /// Trust the server's authority, or name the right host.
    TrustCertificate: "check the host name; give the transport a private CA's certificate; a bare container needs the package \
        ca-certificates",
    /// Correct the setting of the proxy.
    CorrectProxy: "set the variable to the URL of an HTTP proxy, or name the host in NO_PROXY",
    /// Allow more time, or try again.
    AllowMoreTime: "the service or a proxy did not answer: try again, or allow more time",
    /// Try again: the connection broke.
    ReconnectLater: "the connection broke in mid-answer: try again",
    /// Look at the endpoint URL: something else answers there.
    CheckEndpoint: "something else than an AWS service answers there: check the endpoint URL and its port",
    /// Name the endpoint by plain HTTP.
    WriteHttp: "what answers there speaks no TLS: write http:// in the endpoint URL, or check its port",
    /// Look at the endpoint URL and at proxies in between.
    CheckIntermediaries: "the answer did not come from the service whole: check the endpoint URL and proxies in between",
    /// List one page after the other.
    ListSequentially: "list one page after the other: `pages` in place of `parallel`",
    /// List in parts.
    ListFolders: "its answers contradict each other, so no list of the whole is sure: list its folders one by one, and \
        tell whoever runs it",
    /// List by the other version of the API.
    ListByOtherVersion: "the other version of the listing may do: `ListObjects` for `ListObjectsV2`, or the reverse",
    /// List without a prefix.
    OmitPrefix: "leave the prefix out",
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's users have no command line.
    #[test]
    fn the_words_name_no_option_and_no_command_of_the_program() {
        for remedy in Remedy::ALL {
            let words = remedy.to_string();
            assert!(!words.contains("--") && !words.contains("sts3"), "{remedy:?}: {words}");
            assert!(
                !words.ends_with('.') && !words.contains('\n') && !words.contains("  "),
                "{remedy:?}: {words}"
            );
        }
    }
}
