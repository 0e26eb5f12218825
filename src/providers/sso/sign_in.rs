//! Signing in: the two ways, from a registration to a token in its file. What opens a browser, listens, or talks to the user is
//! the caller's.

use std::{io, path::Path, time::Duration};

use sigv4::Secret;
use time::OffsetDateTime;

use super::{
    registration::Kind,
    session::{SsoSession, unusable},
};
use crate::{
    CredentialsError, Error, ServiceError,
    call::MonotonicTime,
    runtime::Caller,
    sso::{
        AccessToken, Authorization, CreateToken, DeviceAuthorization, RegisteredClient,
        StartDeviceAuthorization,
    },
    wire::{document::Document, timestamp},
};

/// However short an interval the service names: it is not asked without a pause.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// RFC 8628, 3.5: how much longer to wait after each `slow_down`.
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// A sign-in by an authorization code that has begun: the user opens the page, and the redirect brings the code.
#[derive(Debug)]
pub struct SsoCodeSignIn<'a> {
    session: &'a SsoSession,
    client: RegisteredClient,
    authorization: Authorization,
}

impl SsoSession {
    /// Begin a sign-in whose redirect comes to this port of 127.0.0.1. Listen there before, and keep listening: a browser that is
    /// signed in already comes back at once. Cancel safe: at most a registered client stays, which the next sign-in uses.
    ///
    /// # Errors
    /// The client cannot be registered, or there is no randomness.
    pub async fn begin_code_sign_in(&self, caller: &Caller, port: u16) -> Result<SsoCodeSignIn<'_>, Error> {
        let caller = caller.with_region(self.region()?);
        let client = self.registration(Kind::Code, false, &caller).await.map_err(explained)?;
        let mut random = [0; 96];
        caller.random().fill(&mut random)?;
        let scopes = self.scopes_or_default();
        let authorization = Authorization::new(caller.endpoint(), &client.client_id, &scopes, port, &random)?;
        Ok(SsoCodeSignIn { session: self, client, authorization })
    }

    /// Sign in by a code that the user confirms on any device. `show` is told page and code, unless the client has been confirmed
    /// already. Ends when the code does. Cancel safe: nothing is kept before the token.
    ///
    /// # Errors
    /// The user or the service refuses, the code ends before it is confirmed, or the token cannot be kept.
    pub async fn sign_in_by_device(
        &self,
        caller: &Caller,
        show: &(dyn Fn(&DeviceAuthorization) + Send + Sync),
    ) -> Result<OffsetDateTime, Error> {
        let caller = caller.with_region(self.region()?);
        let (client, device) = self.begin_device(&caller).await.map_err(explained)?;
        let end = caller.clock().monotonic() + device.expires_in;
        let token = device_token(&client, &device, end, show, &caller).await.map_err(explained)?;
        self.save(&client, &token, &caller).await
    }

    /// A registration that has ended early is made once more.
    async fn begin_device(&self, caller: &Caller) -> Result<(RegisteredClient, DeviceAuthorization), Error> {
        let begin = async |anew| {
            let client = self.registration(Kind::Device, anew, caller).await?;
            let secret = client.client_secret.clone();
            let operation = StartDeviceAuthorization::new(&client.client_id, secret, &self.start_url);
            caller.call(&operation, None).await.map(|device| (client, device))
        };
        match begin(false).await {
            Err(Error::Service(error))
                if matches!(error.code.as_str(), "invalid_client" | "unauthorized_client") =>
            {
                begin(true).await
            }
            result => result,
        }
    }

    /// Leave the token where all programs look for it: behind a renewal of the sign-in before it, which would write over it.
    async fn save(
        &self,
        client: &RegisteredClient,
        token: &AccessToken,
        caller: &Caller,
    ) -> Result<OffsetDateTime, Error> {
        let now = caller.clock().now();
        let expires = token.expires_in.try_into().ok().and_then(|life| now.checked_add(life)).unwrap_or(now);
        let mut document = Document::empty();
        for (name, text) in [
            ("startUrl", self.start_url.as_str()),
            ("region", &self.region),
            ("accessToken", token.access_token.expose()),
            ("expiresAt", &timestamp::whole_seconds(expires)),
            ("clientId", &client.client_id),
            ("clientSecret", client.client_secret.expose()),
            ("registrationExpiresAt", &timestamp::whole_seconds(client.expires)),
        ] {
            document.set(name, Some(text));
        }
        document.set("refreshToken", token.refresh_token.as_ref().map(Secret::expose));
        let path = self.token_file();
        let _lock = self.lock(caller).await;
        self.keep(&path, &document.to_bytes(), caller).map_err(|error| {
            unusable(&format!("the sign-in succeeded, and {} cannot be written: {error}", path.display()))
        })?;
        Ok(expires)
    }

    /// Write a file of the folder, which is made if it is missing.
    pub(super) fn keep(&self, path: &Path, content: &[u8], caller: &Caller) -> io::Result<()> {
        match caller.files().replace(path, content) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                caller.files().make_private_folder(&self.folder)?;
                caller.files().replace(path, content)
            }
            result => result,
        }
    }
}

impl SsoCodeSignIn<'_> {
    /// The page, and what comes back.
    pub fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// Turn the code into a token, which is kept; when it ends. It may be dropped, but a code counts once: the sign-in has to begin
    /// anew then.
    ///
    /// # Errors
    /// The service refuses the code, or the token cannot be kept.
    pub async fn finish(self, code: Secret, caller: &Caller) -> Result<OffsetDateTime, Error> {
        let caller = caller.with_region(self.session.region()?);
        let Self { session, client, authorization } = self;
        let operation = CreateToken::for_code(
            &client.client_id,
            client.client_secret.clone(),
            code,
            authorization.verifier().clone(),
            authorization.redirect_uri(),
        );
        let token = caller.call(&operation, None).await;
        if let Err(Error::Service(error)) = &token
            && matches!(error.code.as_str(), "invalid_client" | "unauthorized_client")
        {
            // The next sign-in registers anew.
            let _ = session.registration(Kind::Code, true, &caller).await;
        }
        session.save(&client, &token.map_err(explained)?, &caller).await
    }
}

/// Ask until the user has confirmed: once before anything is shown, for a client may have been confirmed already.
async fn device_token(
    client: &RegisteredClient,
    device: &DeviceAuthorization,
    end: MonotonicTime,
    show: &(dyn Fn(&DeviceAuthorization) + Send + Sync),
    caller: &Caller,
) -> Result<AccessToken, Error> {
    let operation =
        CreateToken::for_device(&client.client_id, client.client_secret.clone(), device.device_code.clone());
    let mut interval = device.interval.max(SHORTEST_INTERVAL);
    let mut is_shown = false;
    loop {
        match caller.call(&operation, None).await {
            Ok(token) => return Ok(token),
            Err(Error::Service(error)) if error.code == "slow_down" => {
                interval = interval.saturating_add(SLOW_DOWN);
            }
            Err(Error::Service(error)) if error.code == "authorization_pending" || error.status >= 500 => {}
            // A network that comes and goes is no answer.
            Err(Error::Transport(_)) => {}
            Err(error) => return Err(error),
        }
        if !is_shown {
            show(device);
            is_shown = true;
        }
        if caller.clock().monotonic() + interval >= end {
            return Err(unusable("the code was not confirmed in time: start over"));
        }
        caller.clock().sleep(interval).await;
    }
}

/// A refusal of the token service with its meaning; what is a matter of time alone stays as it is.
fn explained(error: Error) -> Error {
    match error {
        Error::Service(error) => match meaning(&error) {
            Some(meaning) => CredentialsError::unusable("SSO", meaning).caused_by(*error).into(),
            None => Error::Service(error),
        },
        error => error,
    }
}

/// <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors>
fn meaning(error: &ServiceError) -> Option<&'static str> {
    Some(match error.code.as_str() {
        "invalid_request" | "access_denied" if error.message.contains("KMS_") => {
            "the organization's own key for IAM Identity Center cannot be used: tell its administrator"
        }
        "access_denied" => "the sign-in was refused in the browser, or by the organization",
        "expired_token" => "the code was not confirmed in time: start over",
        "invalid_grant" => "the code was used before or came too late: start over",
        "invalid_client" | "unauthorized_client" => {
            "the registration of this program has ended, or was made in another region: start over, and look at sso_region \
             if that does not help"
        }
        "invalid_scope" => "a scope of sso_registration_scopes is not known there",
        "invalid_redirect_uri" => "the redirect to 127.0.0.1 is not accepted: sign in by --device",
        "invalid_request" => {
            "the request was refused: look at sso_start_url and sso_region, which must be those of one portal"
        }
        _ => return None,
    })
}
