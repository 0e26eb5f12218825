//! Mistakes on purpose: a wrong clock, a wrong secret, a wrong token. Each is refused, and the refusal is understood.

use std::time::Duration;

use sts3::{
    Client, Credentials, Error, Operation, Remedy,
    call::MonotonicTime,
    runtime::{BoxFuture, Clock, SystemClock},
    s3::ListObjectsV2,
    sigv4::Part,
    sts::GetCallerIdentity,
    time::OffsetDateTime,
};

use crate::{
    Live,
    report::{Outcome, Report},
};

/// More than any service tolerates.
const SKEW: i64 = 20 * 60;

/// The system's clock, set ahead.
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now() + Duration::from_secs(SKEW.unsigned_abs())
    }

    fn monotonic(&self) -> MonotonicTime {
        SystemClock.monotonic()
    }

    fn sleep_until(&self, deadline: MonotonicTime) -> BoxFuture<'_, ()> {
        Box::pin(async move { SystemClock.sleep_until(deadline).await })
    }
}

pub(crate) async fn check(live: &Live, report: &mut Report) {
    let (identity, listing) = (GetCallerIdentity::new(), ListObjectsV2::new(&live.bucket).max_keys(1));
    report.line("STS: a clock 20 minutes ahead is corrected", wrong_clock(live, &identity).await);
    report.line("S3: a clock 20 minutes ahead is corrected", wrong_clock(live, &listing).await);
    let own = &live.credentials;
    // Of the same length, in the same alphabet, and hardly right.
    let other = "wrong".repeat(8);
    let with = |secret: &str, token: Option<&str>| {
        let credentials = Credentials::new(own.access_key_id(), secret);
        token.into_iter().fold(credentials, Credentials::with_session_token)
    };
    let secret = with(&other, own.session_token().map(|token| token.expose()));
    let client = live.client.with_credentials(secret);
    report.line(
        "S3: of a wrong secret's refusal it is said that only the secret differs",
        wrong_secret(live, &client, &listing).await,
    );
    report.line(
        "STS: a wrong secret is refused as such",
        refused(&client, &identity, &["SignatureDoesNotMatch"], &[Remedy::CheckSecretKey]).await,
    );
    let client =
        live.client.with_credentials(with(own.secret_access_key().expose(), Some("bm90IGEgdG9rZW4=")));
    let remedies = [
        Remedy::CheckSessionToken,
        Remedy::RemoveSessionToken,
        Remedy::CheckAccessKey,
        Remedy::RenewCredentials,
    ];
    // AWS lists both for a token that cannot be read; which one comes is worth knowing.
    let of_s3 = ["InvalidToken", "ExpiredToken"];
    report.line("S3: the code of a wrong session token", refused(&client, &listing, &of_s3, &remedies).await);
    let of_sts = ["InvalidClientTokenId", "ExpiredToken"];
    report.line(
        "STS: the code of a wrong session token",
        refused(&client, &identity, &of_sts, &remedies).await,
    );
}

async fn wrong_clock(live: &Live, operation: &impl Operation) -> Outcome {
    let client = live.builder().and_then(|builder| builder.clock(Ahead).build());
    let sent = match client {
        Ok(client) => client.send_with_info(operation).await,
        Err(error) => return error.into(),
    };
    match sent {
        Ok((_, info)) => {
            let offset = info.clock_offset;
            // The machine's own clock may be off, too, by what services tolerate.
            let holds = (offset + SKEW).abs() < 15 * 60 && info.attempts > 1;
            Outcome::of(holds, format!("by {offset} s, in {} attempts", info.attempts))
        }
        Err(error) => Outcome::Differs(error.to_string()),
    }
}

async fn wrong_secret(live: &Live, client: &Client, operation: &impl Operation) -> Outcome {
    let error = match client.send(operation).await {
        Ok(_) => return Outcome::Differs("it was taken".into()),
        Err(error) => error,
    };
    let Some(explanation) = error.as_service_error().and_then(sts3::ServiceError::explanation) else {
        return Outcome::Differs(error.to_string());
    };
    if !explanation.is_complete() {
        let saw = format!("the answer does not say what was signed: {explanation}");
        return Outcome::on_aws(live.is_aws, false, saw);
    }
    let holds = explanation.differences().iter().all(|difference| difference.part == Part::Secret)
        && explanation.first().is_some();
    Outcome::of(holds, explanation.to_string())
}

async fn refused(
    client: &Client,
    operation: &impl Operation,
    codes: &[&str],
    remedies: &[Remedy],
) -> Outcome {
    match client.send(operation).await {
        Ok(_) => Outcome::Differs("it was taken".into()),
        Err(Error::Service(error)) => {
            let is_known = error.remedy().is_some_and(|remedy| remedies.contains(&remedy));
            let holds = codes.contains(&error.code.as_str()) && is_known;
            Outcome::of(holds, format!("{} (HTTP {}): {}", error.code, error.status, error.message))
        }
        Err(error) => error.into(),
    }
}
