//! From the common options to a client: settings, base credentials, GetSessionToken, roles.

use std::sync::{Arc, Once};

use sts3::{
    Client, ClientBuilder, Credentials, Operation,
    providers::{ChainProvider, Environment, FileCache, Mfa, MfaCode, Provider, SharedFiles},
    runtime::BlockingTerminal,
    sts,
};

#[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
use crate::input;
use crate::{
    cache,
    common::Common,
    failure::Failure,
    output::printable,
    prompt,
    stderr::say,
    steps::{Steps, default_session_name, roles},
    verbose,
    web_identity::WebIdentity,
};

/// A client as the common options want it, with the credentials that its requests need.
pub(crate) fn client(common: &Common) -> Result<Client, Failure> {
    client_with(common, |role| role)
}

/// The same, with more parameters on the last role's AssumeRole.
pub(crate) fn client_with(
    common: &Common,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Result<Client, Failure> {
    let environment = Environment::from_process();
    let builder = builder(common, &environment)?;
    if !builder.has_region() && !builder.has_endpoint_url() && !is_configured(common, &environment)? {
        return Err(Failure::NothingConfigured);
    }
    finish(with_default_region(builder, common), common, environment, last_role)
}

/// Whether anybody has told anything of credentials.
fn is_configured(common: &Common, environment: &Environment) -> Result<bool, Failure> {
    let is_named = common.web_identity.is_some()
        || common.profile.is_some()
        || environment.profile().is_some()
        || common.no_sign_request;
    let variables = [
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ];
    let is_in_files = SharedFiles::load(environment)?.profile_names().next().is_some();
    Ok(is_named || is_in_files || variables.iter().any(|name| environment.get(name).is_some()))
}

fn finish(
    builder: ClientBuilder,
    common: &Common,
    environment: Environment,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Result<Client, Failure> {
    if common.no_sign_request {
        return Ok(builder.anonymous().build()?);
    }
    Ok(builder.credentials(provider(common, environment, last_role)?).build()?)
}

/// A client for requests whose address is given: it only resolves credentials, and any region will do.
pub(crate) fn signing_client(common: &Common) -> Result<Client, Failure> {
    client_of(common, |builder| builder)
}

/// The same with more settings.
pub(crate) fn client_of(
    common: &Common,
    set: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, Failure> {
    let environment = Environment::from_process();
    let builder = with_default_region(builder(common, &environment)?, common);
    finish(set(builder), common, environment, |role| role)
}

/// A client for calls that prove themselves by other means than a signature: no credentials are looked for.
pub(crate) fn unsigned_client(common: &Common) -> Result<Client, Failure> {
    let builder = builder(common, &Environment::from_process())?.or_global_region();
    Ok(builder.anonymous().build()?)
}

/// The credentials to sign with, or to hand on: their expiration is by this machine's clock, as other programs expect.
pub(crate) async fn required_credentials(client: &Client) -> Result<Credentials, Failure> {
    let credentials = client.credentials_in_local_time().await?;
    credentials.ok_or_else(needs_credentials)
}

/// The refusal to sign without credentials.
pub(crate) fn needs_credentials() -> Failure {
    Failure::Usage("a signature needs credentials: leave out --no-sign-request".into())
}

/// Settings only, no credentials.
fn builder(common: &Common, environment: &Environment) -> Result<ClientBuilder, Failure> {
    let files = SharedFiles::load(environment)?;
    warn(&files);
    let profile = files.used_profile(common.profile.as_deref(), environment)?;
    let mut builder = Client::builder().settings(environment, profile)?;
    builder = connection(builder, common)?.observer(verbose::observer(common.verbose));
    if let Some(url) = &common.endpoint_url {
        builder = builder.only_endpoint_url(url);
    }
    if let Some(region) = &common.region {
        builder = builder.region(region);
    }
    if common.allow_http {
        builder = builder.allow_http(true);
    }
    if let Some(attempts) = common.max_attempts {
        builder = builder.max_attempts(attempts);
    }
    if let Some(limit) = common.attempt_timeout {
        builder = builder.attempt_timeout(limit);
    }
    if let Some(limit) = common.total_timeout {
        builder = builder.total_timeout(limit);
    }
    Ok(builder)
}

/// What could not be read of the shared files, once: it may be what somebody means to use.
fn warn(files: &SharedFiles) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        for warning in files.warnings() {
            say(format_args!("sts3: warning: {}", printable(warning)));
        }
    });
}

/// Where nobody has named a region: the global endpoints.
fn with_default_region(builder: ClientBuilder, common: &Common) -> ClientBuilder {
    if common.verbose > 0 && !builder.has_region() && !builder.has_endpoint_url() {
        say("sts3: no region is set: us-east-1, and the global endpoints of STS and S3");
    }
    builder.or_global_region()
}

/// The time limits and certificates that were asked for.
fn connection(mut builder: ClientBuilder, common: &Common) -> Result<ClientBuilder, Failure> {
    if let Some(limit) = common.connect_timeout {
        builder = builder.connect_timeout(limit);
    }
    if let Some(limit) = common.read_timeout {
        builder = builder.read_timeout(limit);
    }
    #[cfg(any(feature = "rustls-ring", feature = "native-tls"))]
    if let Some(path) = &common.ca_bundle {
        builder = builder.ca_bundle(input::read("the CA bundle", path, input::MAX_CA_BUNDLE)?);
    }
    #[cfg(not(any(feature = "rustls-ring", feature = "native-tls")))]
    if common.ca_bundle.is_some() {
        return Err(Failure::Usage("--ca-bundle is for TLS, which this build has not".into()));
    }
    Ok(builder)
}

/// The base identity, then GetSessionToken if asked for, then each role; kept on disk for the next run.
fn provider(
    common: &Common,
    environment: Environment,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Result<Arc<dyn Provider>, Failure> {
    if let Some(identity) = &common.web_identity {
        return with_web_identity(identity, common, &environment, last_role);
    }
    if common.web_identity_audience.is_some() {
        return Err(Failure::Usage("--web-identity-audience is for --web-identity github".into()));
    }
    let cache = cache::open(common, &environment).map(|cache| cache.labelled(label(common)));
    let chain = chain(common, environment, cache.as_ref());
    if common.role_arn.is_empty() {
        check_role_options(common, &chain)?;
    }
    if common.role_arn.is_empty() && !common.session_token {
        if common.mfa_serial.is_some() {
            let problem = "--mfa-serial needs --role-arn or --session-token, the call to use it for";
            return Err(Failure::Usage(problem.into()));
        }
        return Ok(Arc::new(chain));
    }
    let steps = Steps {
        mfa: common.mfa_serial.as_ref().map(|serial| Mfa::new(serial, mfa_code(common))),
        session: common.session_token.then(|| session(common)),
        roles: roles(common, last_role),
        has_name: common.role_session_name.is_some(),
        cache: cache.clone(),
    };
    Ok(match cache {
        Some(cache) if chain.is_worth_keeping()? => {
            let parameters = steps.parameters(common.mfa_serial.as_deref())?;
            Arc::new(cache.keep_session(parameters, chain, move |base| steps.over(base)))
        }
        _ => steps.over(Arc::new(chain)),
    })
}

/// Without a role of the options, what is said of one is for that of the profile or the environment: there has to be one.
fn check_role_options(common: &Common, chain: &ChainProvider) -> Result<(), Failure> {
    let given = [
        ("--role-session-name", common.role_session_name.is_some()),
        ("--external-id", common.external_id.is_some()),
        ("--duration", common.duration.is_some() && !common.session_token),
    ];
    let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
    // What is out of its limits is the option's fault, not the profile's: any role shows it.
    let any_role =
        Common { role_arn: vec!["arn:aws:iam::123456789012:role/any".to_owned()], ..common.clone() };
    roles(&any_role, |role| role).iter().try_for_each(|role| role.request().map(drop))?;
    if !chain.assumes_role()? {
        return Err(Failure::Usage(format!(
            "{option} is for a role's session, and the credentials are no role's ({}): name one with --role-arn, or a profile \
             that has one",
            chain_origin(common)?
        )));
    }
    Ok(())
}

/// What is made with the options, for people who look into the cache.
fn label(common: &Common) -> String {
    let session = common.session_token.then(|| "GetSessionToken".to_owned());
    session.into_iter().chain(common.role_arn.iter().cloned()).collect::<Vec<_>>().join(" → ")
}

/// Where temporary credentials are kept between runs.
#[cfg(feature = "x509")]
pub(crate) fn cache(common: &Common) -> Option<FileCache> {
    cache::open(common, &Environment::from_process()).map(|cache| cache.labelled(label(common)))
}

/// A client with credentials of this base identity, or of the roles that are assumed with it. It calls this region unless
/// another is set.
#[cfg(feature = "x509")]
pub(crate) fn client_over(
    common: &Common,
    base: impl Provider + 'static,
    region: &str,
) -> Result<Client, Failure> {
    let builder = builder(common, &Environment::from_process())?;
    let builder = if builder.has_region() { builder } else { builder.region(region) };
    let steps = Steps::of_roles(roles(common, |role| role), common);
    Ok(builder.credentials(steps.over(Arc::new(base))).build()?)
}

/// The first role by an identity token, the others with its credentials. None is kept on disk: the token says whose they
/// are, and a job's machine changes hands.
fn with_web_identity(
    identity: &WebIdentity,
    common: &Common,
    environment: &Environment,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Result<Arc<dyn Provider>, Failure> {
    let audience = common.web_identity_audience.as_deref();
    if audience.is_some() && *identity != WebIdentity::GitHub {
        let problem =
            "--web-identity-audience is for --web-identity github: other tokens have theirs already";
        return Err(Failure::Usage(problem.into()));
    }
    let mut roles = roles(common, last_role).into_iter();
    let Some(first) = roles.next() else {
        let problem = "--web-identity needs --role-arn, the role that trusts the identity token's issuer";
        return Err(Failure::Usage(problem.into()));
    };
    let has_name = common.role_session_name.is_some();
    let first = if has_name { first } else { first.role_session_name(default_session_name()) };
    let steps = Steps::of_roles(roles.collect(), common);
    Ok(steps.over(Arc::new(identity.role(&first, environment, audience)?)))
}

fn session(common: &Common) -> sts::GetSessionToken {
    let operation = sts::GetSessionToken::new();
    match common.duration.filter(|_| common.role_arn.is_empty()) {
        Some(duration) => operation.duration(duration),
        None => operation,
    }
}

/// Where the credentials come from, in words.
pub(crate) fn origin(common: &Common) -> Result<String, Failure> {
    if let Some(identity) = &common.web_identity {
        let roles = common.role_arn.iter();
        return Ok(roles.fold(identity.origin(), |source, arn| format!("role {arn}, assumed with {source}")));
    }
    let base = chain_origin(common)?;
    let base = if common.session_token { format!("session of {base}") } else { base };
    Ok(common.role_arn.iter().fold(base, |source, arn| format!("role {arn}, assumed with {source}")))
}

/// The same of the base identity, before the options' roles and sessions.
fn chain_origin(common: &Common) -> Result<String, Failure> {
    let plain = Common { role_session_name: None, external_id: None, duration: None, ..common.clone() };
    Ok(chain(&plain, Environment::from_process(), None).origin()?)
}

/// The base identity.
fn chain(common: &Common, environment: Environment, cache: Option<&FileCache>) -> ChainProvider {
    let mut chain = ChainProvider::new(environment);
    if let Some(name) = &common.profile {
        chain = chain.profile(name);
    }
    if common.mfa_serial.is_none() {
        chain = chain.mfa_code(mfa_code(common));
    }
    if common.role_arn.is_empty() {
        if let Some(name) = &common.role_session_name {
            chain = chain.role_session_name(name);
        }
        if let Some(id) = &common.external_id {
            chain = chain.external_id(id);
        }
        // A session of the long-lived keys has a duration of its own.
        if let Some(duration) = common.duration.filter(|_| !common.session_token) {
            chain = chain.duration(duration);
        }
    }
    cache.cloned().into_iter().fold(chain, ChainProvider::cache)
}

/// The digits that were given, or else a question on the terminal.
fn mfa_code(common: &Common) -> MfaCode {
    match &common.mfa_code {
        Some(code) => MfaCode::given(code),
        None => MfaCode::ask(BlockingTerminal::new(prompt::mfa_code)),
    }
}
