//! What is said of a failure, and the exit code that stands for it.

use std::{io, process::ExitCode};

use serde_json::{Value, json};
use sts3::{TransportError, TransportErrorKind, endpoint::AwsHost};

use crate::{
    color::Paint,
    failure::Failure,
    output::{Output, json_line, printable, write_explanation},
    remedies,
    stderr::say,
};

/// Exit codes; stable.
pub(crate) const OK: u8 = 0;
const REFUSED: u8 = 1;
pub(crate) const USAGE: u8 = 2;
const UNREACHABLE: u8 = 3;
const NO_CREDENTIALS: u8 = 4;
/// As shells, `env` and `nohup` have it: the command was found but cannot be run, or was not found.
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

const NOTHING_CONFIGURED: &str = "nothing is configured yet: there are no credentials (AWS_ACCESS_KEY_ID and \
     AWS_SECRET_ACCESS_KEY, or a profile in ~/.aws) and no region (--region or AWS_REGION)";
const FIRST_STEPS: &str = "`aws configure` or `aws configure sso` writes a profile; on EC2 the region is enough; without \
     an account, try `sts3 sandbox --bucket demo -- sts3 ls s3://demo`";

/// How failures are told: in the form of the results that there are not, for people or for programs.
#[derive(Clone, Copy)]
pub(crate) struct Telling {
    pub(crate) output: Output,
    pub(crate) verbose: bool,
    pub(crate) paint: Paint,
}

impl Failure {
    /// Say it on stderr and give the exit code.
    pub(crate) fn report(&self, telling: Telling) -> ExitCode {
        let (message, code) = match self {
            // Whoever reads our output has seen enough (`| head`).
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Self::Output(error) => (format!("cannot write the output: {error}"), UNREACHABLE),
            Self::Usage(message) => (message.clone(), USAGE),
            Self::NothingConfigured => (NOTHING_CONFIGURED.to_owned(), USAGE),
            Self::System(message) => (message.clone(), UNREACHABLE),
            Self::CannotRun { program, error } => {
                let is_missing = error.kind() == io::ErrorKind::NotFound;
                let code = if is_missing { NOT_FOUND } else { NOT_EXECUTABLE };
                (format!("cannot run `{program}`: {error}"), code)
            }
            #[cfg(unix)]
            Self::EndedBy(signal) => return ExitCode::from(crate::signals::end_by(*signal)),
            Self::Interrupted(code) => ("interrupted".to_owned(), *code),
            Self::Call(sts3::Error::InvalidInput(error)) => (wrong_parameter(error), USAGE),
            Self::Call(error) | Self::NoSuchBucket { error, .. } => (error.to_string(), exit_code(error)),
        };
        if matches!(telling.output, Output::Json | Output::Ndjson) {
            self.say_json(&message, code, telling.verbose);
            return ExitCode::from(code);
        }
        let paint = telling.paint;
        say(format_args!("{} {}", paint.alarm("sts3:"), printable(&message)));
        if let Some(hint) = self.hint() {
            say(format_args!("  {} {hint}", paint.advice("hint:")));
        }
        self.explain(telling.verbose);
        ExitCode::from(code)
    }

    /// One line, the last one on standard error.
    fn say_json(&self, message: &str, code: u8, verbose: bool) {
        let service = match self {
            Self::Call(error) | Self::NoSuchBucket { error, .. } => error.as_service_error(),
            _ => None,
        };
        let explained = service.filter(|error| verbose && error.is_explicable());
        let explanation = explained.and_then(sts3::ServiceError::explanation).map(|text| {
            let mut written = Vec::new();
            // A vector takes everything.
            let _ = write_explanation(&mut written, &text);
            String::from_utf8_lossy(&written).into_owned()
        });
        let members = [
            ("kind", Some(json!(self.kind()))),
            ("message", Some(json!(message))),
            ("hint", self.hint().map(Value::from)),
            ("operation", service.map(|error| json!(error.operation))),
            ("code", service.map(|error| json!(error.code))),
            ("http_status", service.map(|error| json!(error.status))),
            ("request_id", service.and_then(|error| error.request_id.as_ref()).map(|id| json!(id))),
            ("explanation", explanation.map(Value::from)),
            ("exit_code", Some(json!(code))),
        ];
        let error: serde_json::Map<_, _> =
            members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        if let Ok(line) = json_line(&json!({ "error": error })) {
            say(line);
        }
    }

    /// What failed, in one word: stable.
    fn kind(&self) -> &'static str {
        match self {
            Self::Call(error) | Self::NoSuchBucket { error, .. } => match error {
                sts3::Error::Service(_) => "service",
                sts3::Error::Transport(_) => "network",
                sts3::Error::Credentials(_) => "credentials",
                sts3::Error::InvalidInput(_) => "usage",
                // An answer that cannot be read, or that contradicts another one.
                _ => "answer",
            },
            Self::Usage(_) | Self::NothingConfigured => "usage",
            Self::Output(_) => "output",
            Self::Interrupted(_) => "interrupted",
            _ => "system",
        }
    }

    /// What to do next.
    fn hint(&self) -> Option<String> {
        match self {
            Self::Call(sts3::Error::Transport(error)) if misspelt_region(error).is_some() => {
                misspelt_region(error)
            }
            Self::Call(error) => error.remedy().map(remedies::words),
            Self::NoSuchBucket { similar, .. } => Some(remedies::other_bucket(similar)),
            Self::NothingConfigured => Some(FIRST_STEPS.to_owned()),
            _ => None,
        }
    }

    /// A refused signature: what differs, or how to learn it.
    fn explain(&self, verbose: bool) {
        let Self::Call(error) = self else { return };
        let Some(error) = error.as_service_error().filter(|error| error.is_explicable()) else { return };
        if !verbose {
            say("  -v shows which part differs; `sts3 explain` does so for answers of other clients");
        } else if let Some(explanation) = error.explanation() {
            // Standard error is for whoever watches: if it is gone, nobody does.
            let _ = write_explanation(io::stderr().lock(), &explanation);
        }
    }
}

/// Names of AWS's hosts are not found where the region in them is misspelt.
fn misspelt_region(error: &TransportError) -> Option<String> {
    let host = error.host.split_once(':').map_or(error.host.as_str(), |(host, _)| host);
    let region = AwsHost::parse(host).filter(|_| error.kind == TransportErrorKind::Connect)?.region;
    Some(format!("the region {region} is not known: did you mean {}?", region.similar()?))
}

/// A parameter by the name that the service knows, and by the option that sets it, unless a variable or a file has.
fn wrong_parameter(error: &sts3::InvalidInput) -> String {
    if error.origin.is_some() {
        return error.to_string();
    }
    let option = match error.parameter {
        "RoleArn" => "--role-arn",
        "RoleSessionName" => "--role-session-name",
        "ExternalId" => "--external-id",
        "DurationSeconds" => "--duration",
        "SerialNumber" => "--mfa-serial",
        "TokenCode" => "--mfa-code",
        "Policy" => "--policy",
        "PolicyArns" => "--policy-arn",
        "Tags" | "Tags.Key" | "Tags.Value" => "--tag",
        "TransitiveTagKeys" => "--transitive-tag-key",
        "SourceIdentity" => "--source-identity",
        "TrustAnchorArn" => "--trust-anchor-arn",
        "ProfileArn" => "--profile-arn",
        "region" => "--region",
        "endpoint URL" => "--endpoint-url",
        "expected bucket owner" => "--expected-bucket-owner",
        _ => return error.to_string(),
    };
    format!("{option}: {error}")
}

fn exit_code(error: &sts3::Error) -> u8 {
    match error {
        error if error.is_expired_credentials() => NO_CREDENTIALS,
        sts3::Error::Service(_) => REFUSED,
        sts3::Error::InvalidInput(_) => USAGE,
        sts3::Error::Credentials(_) => NO_CREDENTIALS,
        _ => UNREACHABLE,
    }
}
