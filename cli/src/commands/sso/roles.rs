use std::process::ExitCode;

use serde_json::{Value, json};
use sts3::{
    Client, Error,
    runtime::Caller,
    sigv4::Secret,
    sso::{Account, ListAccountRoles, ListAccounts},
};

use super::which::Which;
use crate::{common::Common, failure::Failure, output::write_records, session};

const NAMES: [&str; 4] = ["account_id", "account_name", "email", "role_name"];

/// One after the other: with many at once the portal answers 429.
pub(super) async fn run(common: &Common, which: &Which) -> Result<ExitCode, Failure> {
    let sign_in = which.session(common)?;
    let client: Client = session::unsigned_client(common)?;
    let caller = client.caller().with_region(sign_in.region()?);
    let token = sign_in.access_token(&caller).await?;
    let mut accounts = accounts(&caller, &token).await?;
    accounts.sort_by(|one, other| one.id.cmp(&other.id));
    let mut rows: Vec<Vec<(&'static str, Value)>> = Vec::new();
    for account in accounts {
        for role in roles(&caller, &token, &account.id).await? {
            let values = [json!(account.id), json!(account.name), json!(account.email), json!(role)];
            rows.push(NAMES.into_iter().zip(values).collect());
        }
    }
    write_records(common.output, &NAMES, rows.into_iter()).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

async fn accounts(caller: &Caller, token: &Secret) -> Result<Vec<Account>, Error> {
    let (mut all, mut operation) = (Vec::new(), ListAccounts::new(token.clone()));
    loop {
        let page = caller.call(&operation, None).await?;
        all.extend(page.items);
        let Some(next) = page.next_token else { return Ok(all) };
        operation = operation.next_token(next);
    }
}

async fn roles(caller: &Caller, token: &Secret, account: &str) -> Result<Vec<String>, Error> {
    let (mut all, mut operation) = (Vec::new(), ListAccountRoles::new(account, token.clone()));
    loop {
        let page = caller.call(&operation, None).await?;
        all.extend(page.items);
        let Some(next) = page.next_token else { break };
        operation = operation.next_token(next);
    }
    all.sort();
    Ok(all)
}
