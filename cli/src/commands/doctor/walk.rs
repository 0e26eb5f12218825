use sts3::{
    Client, Error, Region, Remedy,
    call::CallInfo,
    endpoint::Service,
    providers::{Environment, Profile, SharedFiles},
    s3, sts,
};

use super::steps::{CLOCK, Step};
use crate::{common::Common, failure::Failure, output::iso_seconds, remedies, session, similar_bucket};

/// What was found.
pub(super) struct Found {
    /// One for each step that was looked at; a fault is the last.
    pub(super) lines: Vec<Line>,
    pub(super) fault: Option<Fault>,
}

pub(super) struct Line {
    pub(super) step: Step,
    pub(super) state: State,
    pub(super) saw: String,
}

#[derive(Clone, Copy)]
pub(super) enum State {
    Ok,
    Fault,
    /// It could not be looked at: a later step has the reason.
    Unknown,
}

impl State {
    /// As it is shown: stable.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fault => "FAULT",
            Self::Unknown => "-",
        }
    }
}

pub(super) struct Fault {
    pub(super) step: Step,
    pub(super) repair: String,
}

/// What all steps look at.
struct Patient<'a> {
    common: &'a Common,
    environment: Environment,
    files: SharedFiles,
    profile_name: String,
}

/// What the calls have brought, as far as they came.
#[derive(Default)]
struct Answers {
    credentials: Option<String>,
    identity: Option<(sts::CallerIdentity, CallInfo)>,
    /// The client, for the bucket.
    client: Option<Client>,
    /// What they met, and where it belongs.
    fault: Option<(Step, Error)>,
}

/// Look at one thing after the other, to the first fault.
///
/// # Errors
/// The options themselves make no sense.
pub(super) async fn walk(common: &Common, bucket: Option<&str>) -> Result<Found, Failure> {
    let environment = Environment::from_process();
    let mut found = Found { lines: Vec::new(), fault: None };
    let files = match SharedFiles::load(&environment) {
        Ok(files) => files,
        Err(error) => return Ok(found.fault(Step::Profile, &error)),
    };
    let profile_name = common.profile.as_deref().or(environment.profile()).unwrap_or("default").to_owned();
    let patient = Patient { common, environment, files, profile_name };
    match patient.profile() {
        Ok(saw) => found.line(Step::Profile, State::Ok, saw),
        Err((saw, repair)) => return Ok(found.fault_of(Step::Profile, saw, repair)),
    }
    let origin = match session::origin(common) {
        Ok(origin) => origin,
        Err(Failure::Call(error)) => return Ok(found.fault(Step::Source.of(&error), &error)),
        Err(failure) => return Err(failure),
    };
    let mut answers = Box::pin(patient.ask()).await?;
    for step in Step::BEHIND_PROFILE {
        if let Err((saw, repair)) = patient.check(step, &answers) {
            return Ok(found.fault_of(step, saw, repair));
        }
        if let Some((_, error)) = answers.fault.take_if(|(of, _)| *of == step) {
            return Ok(found.fault(step, &error));
        }
        match patient.saw(step, &origin, &answers) {
            Some(saw) => found.line(step, State::Ok, saw),
            None => found.line(step, State::Unknown, "not known: nothing was answered".to_owned()),
        }
    }
    // What belongs nowhere else.
    if let Some((step, error)) = answers.fault.take() {
        return Ok(found.fault(step, &error));
    }
    let (Some(name), Some(client)) = (bucket, &answers.client) else {
        found.line(Step::Bucket, State::Unknown, "not asked: name one with --bucket".to_owned());
        return Ok(found);
    };
    match client.send_with_info(&s3::ListObjectsV2::new(name).max_keys(1)).await {
        Ok((_, info)) => {
            let place =
                info.corrected_region.map(|region| format!("; it is in {region}")).unwrap_or_default();
            found.line(Step::Bucket, State::Ok, format!("`{name}` can be listed{place}"));
        }
        Err(error) => {
            let step = Step::Bucket.of(&error);
            let similar = similar_bucket::similar(client, name, &error).await;
            let repair = similar.map_or_else(|| step.repair(&error), |name| remedies::other_bucket(&name));
            return Ok(found.fault_of(step, error.to_string(), repair));
        }
    }
    Ok(found)
}

impl Found {
    fn line(&mut self, step: Step, state: State, saw: String) {
        self.lines.push(Line { step, state, saw });
    }

    fn fault(self, step: Step, error: &Error) -> Self {
        self.fault_of(step, error.to_string(), step.repair(error))
    }

    fn fault_of(mut self, step: Step, saw: String, repair: String) -> Self {
        self.line(step, State::Fault, saw);
        self.fault = Some(Fault { step, repair });
        self
    }
}

impl Patient<'_> {
    fn settings(&self) -> Option<&Profile> {
        self.files.profile(&self.profile_name)
    }

    /// Which profile it is and who names it; or the fault and its repair.
    fn profile(&self) -> Result<String, (String, String)> {
        let by = match (&self.common.profile, self.environment.get("AWS_PROFILE"), self.environment.profile())
        {
            (Some(_), _, _) => Some("--profile"),
            (None, Some(_), _) => Some("AWS_PROFILE"),
            (None, None, Some(_)) => Some("AWS_DEFAULT_PROFILE"),
            (None, None, None) => None,
        };
        let shown = format!("`{}`", self.profile_name.escape_debug());
        let paths = [self.environment.config_file(), self.environment.credentials_file()];
        let paths: Vec<String> = paths.into_iter().flatten().map(|path| path.display().to_string()).collect();
        let paths = paths.join(" and ");
        match (self.files.used_profile(self.common.profile.as_deref(), &self.environment), by) {
            (Ok(Some(_)), Some(by)) => Ok(format!("{shown}, named by {by}, in {paths}")),
            (Ok(Some(_)), None) => Ok(format!("{shown}, as none is named, in {paths}")),
            (Ok(None), _) => Ok(format!("none is named, and {paths} have no default profile")),
            (Err(_), Some(by)) if self.settings().is_none() => {
                Err((format!("{shown}, named by {by}, is not in {paths}"), self.other_names()))
            }
            (Err(error), _) => Err((error.to_string(), Step::Profile.repair(&error))),
        }
    }

    /// What the name of a profile may be corrected to.
    fn other_names(&self) -> String {
        const SHOWN: usize = 20;
        let names: Vec<String> =
            self.files.profile_names().map(|name| name.escape_debug().to_string()).collect();
        match names.len() {
            0 => "the files have no profiles: `aws configure` or `aws configure sso` writes one".to_owned(),
            1..=SHOWN => format!("correct the name; there are: {}", names.join(", ")),
            more => format!("correct the name; `sts3 profiles` shows the {more} that there are"),
        }
    }

    /// The calls for credentials and for the identity, as far as they get.
    async fn ask(&self) -> Result<Answers, Failure> {
        let mut answers = Answers::default();
        // Whoever looks for a fault does not wait for it three times.
        let attempts = self.common.max_attempts.unwrap_or(1);
        let client = match session::client_of(self.common, |builder| builder.max_attempts(attempts)) {
            Ok(client) => client,
            Err(Failure::Call(error)) => {
                answers.fault = Some((Step::Network.of(&error), error));
                return Ok(answers);
            }
            Err(failure) => return Err(failure),
        };
        match client.credentials_in_local_time().await {
            Ok(keys) => {
                answers.credentials = Some(keys.map_or_else(
                    || "requests are sent unsigned".to_owned(),
                    |keys| {
                        let end = keys.expiration().map(|end| format!(" until {}", iso_seconds(end)));
                        format!("key {}{}", keys.access_key_id(), end.unwrap_or_default())
                    },
                ));
            }
            Err(error) => {
                answers.fault = Some((Step::Source.of(&error), error));
                return Ok(answers);
            }
        }
        if !self.common.no_sign_request {
            match client.send_with_info(&sts::GetCallerIdentity::new()).await {
                Ok(identity) => answers.identity = Some(identity),
                // A server for S3 alone: the bucket's answer tells.
                Err(error) if error.remedy() == Some(Remedy::UseOtherOperation) => {}
                Err(error) => answers.fault = Some((Step::Identity.of(&error), error)),
            }
        }
        answers.client = Some(client);
        Ok(answers)
    }

    /// A host that is not found, of a region that AWS does not have: the fault and its repair.
    fn misspelt_region(&self, error: &Error) -> Option<(String, String)> {
        let (region, by) = self.region().filter(|_| !self.has_own_endpoint())?;
        let similar = Region::new(&region).ok()?.similar()?;
        let saw = format!("{region} ({by}) is not known, and {error}");
        matches!(error, Error::Transport(_))
            .then(|| (saw, format!("did you mean {similar}? Correct it there")))
    }

    /// The region, and who names it.
    fn region(&self) -> Option<(String, String)> {
        if let Some(region) = &self.common.region {
            return Some((region.clone(), "--region".to_owned()));
        }
        for variable in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            if let Some(region) = self.environment.get(variable) {
                return Some((region.to_owned(), variable.to_owned()));
            }
        }
        let region = self.settings()?.region()?.to_owned();
        Some((region, format!("profile `{}`", self.profile_name.escape_debug())))
    }

    fn has_own_endpoint(&self) -> bool {
        let is_url = |name: &str| name.starts_with("AWS_ENDPOINT_URL");
        let in_profile =
            |profile: &Profile| profile.get("endpoint_url").or(profile.get("services")).is_some();
        self.common.endpoint_url.is_some()
            || self.environment.names().any(is_url)
            || self.settings().is_some_and(in_profile)
    }

    /// Faults that no call meets here, and other programs do.
    fn check(&self, step: Step, answers: &Answers) -> Result<(), (String, String)> {
        match step {
            Step::Region => {
                let fault = answers.fault.as_ref().and_then(|(_, error)| self.misspelt_region(error));
                fault.map_or(Ok(()), Err)
            }
            Step::Clock => match answers.identity.as_ref().map_or(0, |(_, info)| info.clock_offset) {
                0 => Ok(()),
                seconds => {
                    let direction = if seconds > 0 { "slow" } else { "fast" };
                    let saw = format!(
                        "this machine's clock is {} s {direction}; sts3 corrects that for itself, other programs do not",
                        seconds.unsigned_abs()
                    );
                    Err((saw, CLOCK.to_owned()))
                }
            },
            _ => Ok(()),
        }
    }

    /// What was seen at a step that has no fault; `None` if nothing was.
    fn saw(&self, step: Step, origin: &str, answers: &Answers) -> Option<String> {
        match step {
            Step::Source => {
                let keys = answers.credentials.as_ref().map(|keys| format!(" ({keys})")).unwrap_or_default();
                Some(format!("{origin}{keys}"))
            }
            Step::Identity => answers.identity.as_ref().map(|(identity, _)| identity.arn.clone()),
            Step::Region => Some(match self.region() {
                Some((region, by)) => format!("{region} ({by})"),
                None => "none is set: us-east-1 serves for STS and S3, other services need one".to_owned(),
            }),
            Step::Clock => {
                answers.identity.as_ref().map(|_| "right: the service accepts its times".to_owned())
            }
            Step::Network => answers.client.as_ref().and_then(|client| self.route(client)),
            Step::Profile | Step::Bucket => None,
        }
    }

    /// Which host was asked, and by which way.
    fn route(&self, client: &Client) -> Option<String> {
        let url = client.caller().endpoint().target(Service::Sts, None).ok()?.url.to_string();
        let is_tls = url.starts_with("https:");
        let proxies = if is_tls { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
        let names = proxies.into_iter().chain(["ALL_PROXY", "all_proxy"]);
        // Its URL may hold a password.
        let proxy = names.into_iter().find(|name| self.environment.get(name).is_some());
        let way = proxy.map_or_else(|| "directly".to_owned(), |name| format!("with {name} set"));
        let bundle = self.common.ca_bundle.is_some()
            || self.environment.get("AWS_CA_BUNDLE").is_some()
            || self.settings().is_some_and(|profile| profile.get("ca_bundle").is_some());
        let trust = match (is_tls, bundle) {
            (false, _) => "without TLS",
            (true, true) => "TLS by the certificates of a CA bundle of your own",
            (true, false) => "TLS by the system's certificates",
        };
        Some(format!("{url} answers, {way}, {trust}"))
    }
}
