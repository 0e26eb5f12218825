//! Which step an error belongs to, and how it is repaired. One call meets faults of many kinds: a request for the caller's
//! identity fails by a proxy, a clock or a key, and each is told where it belongs.

use sts3::{CredentialsError, Error, InvalidInput, Remedy};

use crate::remedies;

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Profile,
    Source,
    Identity,
    Region,
    Clock,
    Network,
    Bucket,
}

impl Step {
    /// Those behind the profile.
    pub(super) const BEHIND_PROFILE: [Self; 5] =
        [Self::Source, Self::Identity, Self::Region, Self::Clock, Self::Network];

    /// As it is shown: stable.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Source => "source",
            Self::Identity => "identity",
            Self::Region => "region",
            Self::Clock => "clock",
            Self::Network => "proxy/TLS",
            Self::Bucket => "bucket",
        }
    }

    /// Where an error belongs that was met at this step.
    pub(super) fn of(self, error: &Error) -> Self {
        match error {
            Error::Transport(_) | Error::Parse(_) => Self::Network,
            Error::Credentials(CredentialsError::Unusable { provider: "shared files", .. }) => Self::Profile,
            // Of a bucket's own request the rest is known to be right.
            _ if self == Self::Bucket => self,
            Error::Credentials(_) => Self::Source,
            Error::InvalidInput(fault) => self.of_input(fault),
            _ => self.of_refusal(error.remedy()),
        }
    }

    fn of_input(self, fault: &InvalidInput) -> Self {
        let name = fault.parameter.to_ascii_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if names(&["endpoint", "url", "ca_bundle", "ca bundle", "proxy", "dualstack", "fips"]) {
            Self::Network
        } else if names(&["region"]) {
            Self::Region
        } else {
            self
        }
    }

    fn of_refusal(self, remedy: Option<Remedy>) -> Self {
        match remedy {
            Some(Remedy::CheckClock) => Self::Clock,
            Some(Remedy::NameRegion | Remedy::CorrectRegion | Remedy::ActivateRegion) => Self::Region,
            Some(Remedy::CorrectEndpoint | Remedy::UseOtherEndpoint) => Self::Network,
            Some(
                Remedy::RenewCredentials
                | Remedy::CheckAccessKey
                | Remedy::CheckSessionToken
                | Remedy::CheckSecretKey
                | Remedy::CheckSignatureParts
                | Remedy::SignRequest,
            ) => Self::Identity,
            Some(Remedy::AllowAction | Remedy::AskAccountOwner) => self,
            // STS refuses no question for the identity for another reason: something else answers there.
            _ if self == Self::Identity => Self::Network,
            _ => self,
        }
    }

    /// What to do about an error of this step.
    pub(super) fn repair(self, error: &Error) -> String {
        let general = match self {
            Self::Profile => {
                "correct the line that is named; `sts3 profiles` shows what the files say, `aws configure` writes them"
            }
            Self::Source => {
                "do what the line says; if it speaks of a profile's settings, correct them in ~/.aws/config (`sts3 profiles` shows \
                 what each of them means)"
            }
            Self::Identity => "get a new access key, or ask whoever gave you this one",
            Self::Region => {
                "give a region that AWS has (eu-west-1) with --region, AWS_REGION or the profile's `region`"
            }
            Self::Clock => CLOCK,
            Self::Network => "correct AWS_ENDPOINT_URL, AWS_CA_BUNDLE or the proxy that the line names",
            Self::Bucket => "check the bucket's name and who may list it",
        };
        // A misspelt region has no host: the network is as it should be.
        match error.remedy() {
            Some(remedy) if self != Self::Region || remedy == Remedy::CorrectRegion => {
                remedies::words(remedy)
            }
            _ => general.to_owned(),
        }
    }
}

pub(super) const CLOCK: &str =
    "set this machine's clock, and let it be set by the network (timedatectl set-ntp true)";
