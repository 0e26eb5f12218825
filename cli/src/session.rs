//! From the common options to a client: settings, base credentials, GetSessionToken, roles.

use std::sync::Arc;

use sts3::{
    Client, ClientBuilder, Credentials,
    credentials::{AssumeRole, Chain, Environment, Provider, Refreshing, SessionToken, SharedFiles},
    sts,
    transport::HttpClient,
};

use crate::{common::Common, failure::Failure};

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
    finish(builder(common, &environment)?, common, environment, last_role)
}

fn finish(
    builder: ClientBuilder,
    common: &Common,
    environment: Environment,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Result<Client, Failure> {
    if common.no_sign_request {
        return Ok(builder.build()?);
    }
    Ok(builder.credentials(provider(common, environment, last_role)?).build()?)
}

/// A client for requests whose address is given: it only resolves credentials, and any region will do.
pub(crate) fn signing_client(common: &Common) -> Result<Client, Failure> {
    let environment = Environment::from_process();
    let builder = with_default_region(builder(common, &environment)?);
    finish(builder, common, environment, |role| role)
}

/// The credentials to sign with.
pub(crate) async fn required_credentials(client: &Client) -> Result<Credentials, Failure> {
    let credentials = client.credentials().await?;
    credentials
        .ok_or_else(|| Failure::Usage("a signature needs credentials: leave out --no-sign-request".into()))
}

/// Settings only, no credentials.
fn builder(common: &Common, environment: &Environment) -> Result<ClientBuilder, Failure> {
    let files = SharedFiles::load(environment)?;
    let name = common.profile.as_deref().or(environment.profile()).unwrap_or("default");
    let mut builder =
        Client::builder().settings(environment, files.profile(name))?.transport(transport(common)?);
    if let Some(url) = &common.endpoint_url {
        builder = builder.only_endpoint_url(url);
    }
    if let Some(region) = &common.region {
        builder = builder.region(region);
    } else if builder.has_endpoint_url() {
        // S3-compatible servers call their only region so.
        builder = with_default_region(builder);
    }
    if let Some(attempts) = common.max_attempts {
        builder = builder.max_attempts(attempts);
    }
    Ok(builder)
}

fn with_default_region(builder: ClientBuilder) -> ClientBuilder {
    if builder.has_region() { builder } else { builder.region("us-east-1") }
}

/// An HTTP client with the time limits and certificates that were asked for.
pub(crate) fn transport(common: &Common) -> Result<HttpClient, Failure> {
    let environment = Environment::from_process();
    let mut http = HttpClient::builder();
    if let Some(limit) = common.connect_timeout {
        http = http.connect_timeout(limit);
    }
    if let Some(limit) = common.read_timeout {
        http = http.read_timeout(limit);
    }
    let bundle = common.ca_bundle.clone().or_else(|| environment.get("AWS_CA_BUNDLE").map(Into::into));
    if let Some(path) = bundle {
        let pem = std::fs::read(&path).map_err(|error| {
            Failure::Usage(format!("cannot read the CA bundle {}: {error}", path.display()))
        })?;
        http = http.ca_bundle(pem);
    }
    Ok(http.build()?)
}

/// The base identity, then GetSessionToken if asked for, then each role.
fn provider(
    common: &Common,
    environment: Environment,
    last_role: impl FnOnce(sts::AssumeRole) -> sts::AssumeRole,
) -> Result<Arc<dyn Provider>, Failure> {
    let mut chain = Chain::new(environment);
    if let Some(name) = &common.profile {
        chain = chain.profile(name);
    }
    if let (None, Some(code)) = (&common.mfa_serial, &common.mfa_code) {
        chain = chain.mfa_code(code);
    }
    let mut provider: Arc<dyn Provider> = Arc::new(chain);
    // The MFA code is good for one call: the first one that is made.
    let mut mfa = common.mfa_serial.clone().zip(common.mfa_code.clone());
    if common.session_token {
        let mut operation = sts::GetSessionToken::new();
        if let Some((serial, code)) = mfa.take() {
            operation = operation.mfa(serial, code);
        }
        if let Some(duration) = common.duration.filter(|_| common.role_arn.is_empty()) {
            operation = operation.duration(duration);
        }
        let session = SessionToken::from_operation(operation).source(provider);
        provider = Arc::new(Refreshing::new(session));
    }
    let Some((last, before)) = common.role_arn.split_last() else {
        if mfa.is_some() {
            return Err(Failure::Usage(
                "--mfa-serial needs --role-arn or --session-token, the call to use it for".into(),
            ));
        }
        return Ok(provider);
    };
    let name = common.role_session_name.clone().unwrap_or_else(default_session_name);
    for arn in before {
        let role = with_mfa(sts::AssumeRole::new(arn, &name), mfa.take());
        provider = Arc::new(AssumeRole::from_operation(role).source(provider));
    }
    let mut role = with_mfa(sts::AssumeRole::new(last, &name), mfa);
    if let Some(duration) = common.duration {
        role = role.duration(duration);
    }
    if let Some(id) = &common.external_id {
        role = role.external_id(id);
    }
    Ok(Arc::new(AssumeRole::from_operation(last_role(role)).source(provider)))
}

fn with_mfa(role: sts::AssumeRole, mfa: Option<(String, String)>) -> sts::AssumeRole {
    match mfa {
        Some((serial, code)) => role.mfa(serial, code),
        None => role,
    }
}

/// A name that tells sessions of different runs apart.
fn default_session_name() -> String {
    let seconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("sts3-{seconds}-{}", std::process::id())
}
