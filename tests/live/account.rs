//! STS: who calls, and sessions.

use std::time::Duration;

use sts3::{
    Client, Credentials,
    sts::{AssumeRole, GetCallerIdentity, GetSessionToken},
};

use crate::{
    Live,
    report::{Outcome, Report},
};

/// The shortest that a session may last.
const SHORTEST: Duration = Duration::from_secs(900);

pub(crate) async fn check(live: &Live, report: &mut Report) {
    let identity = match live.client.send(&GetCallerIdentity::new()).await {
        Ok(identity) => identity,
        Err(error) => return report.line("GetCallerIdentity", error.into()),
    };
    let holds = identity.account.len() == 12 && identity.arn.contains(&identity.account);
    report.line("GetCallerIdentity", Outcome::of(holds, &identity.arn));
    let operation = GetSessionToken::new().duration(SHORTEST);
    let outcome = match live.client.send(&operation).await {
        Ok(session) => session_of(&live.client, session.credentials, &identity.account, &identity.arn).await,
        Err(error) => error.into(),
    };
    report.line("GetSessionToken, and a call by its session", outcome);
    let outcome = match &live.role {
        None => Outcome::NotHere("STS3_LIVE_ROLE_ARN names no role".into()),
        Some(arn) => {
            let operation = AssumeRole::new(arn, "sts3-live").duration(SHORTEST);
            match live.client.send(&operation).await {
                Ok(role) => {
                    let account = arn.split(':').nth(4).unwrap_or_default();
                    session_of(&live.client, role.credentials, account, "/sts3-live").await
                }
                Err(error) => error.into(),
            }
        }
    };
    report.line("AssumeRole, and a call by its session", outcome);
}

/// A session lasts as long as was asked for, belongs to this account, and its ARN ends so.
async fn session_of(client: &Client, session: Credentials, account: &str, arn_end: &str) -> Outcome {
    // Seconds pass on the way, and clocks differ by a few minutes before anybody minds.
    let left = session.expiration().map(|end| (end - sts3::time::OffsetDateTime::now_utc()).whole_seconds());
    let lasts = left.is_some_and(|seconds| (600..=1_200).contains(&seconds));
    let is_session = session.access_key_id().starts_with("ASIA") && session.session_token().is_some();
    match client.with_credentials(session).send(&GetCallerIdentity::new()).await {
        Ok(identity) => {
            let holds = lasts && is_session && identity.account == account && identity.arn.ends_with(arn_end);
            Outcome::of(holds, format!("{}, for {} s", identity.arn, left.unwrap_or_default()))
        }
        Err(error) => Outcome::Differs(format!("the session is refused: {error}")),
    }
}
