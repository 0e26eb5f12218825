//! What a sign-in gives: accounts, and the roles in each. Both lists come in pages.

use http::Method;
use serde::{Deserialize, de::DeserializeOwned};
use sigv4::Secret;

use super::broken;
use crate::{
    Error,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{
        json::{self, Member, Objects},
        limits,
        query::Query,
    },
};

/// Items of a page at most.
const MAX_RESULT: &str = "100";

/// The accounts that are assigned to whoever signed in.
/// <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_ListAccounts.html>
#[derive(Clone, Debug)]
pub struct ListAccounts {
    access_token: Secret,
    next_token: Option<String>,
}

/// The roles that are assigned in one account.
/// <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_ListAccountRoles.html>
#[derive(Clone, Debug)]
pub struct ListAccountRoles {
    access_token: Secret,
    account_id: String,
    next_token: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SsoPage<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What asks for the next one, if there is one.
    pub next_token: Option<String>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Its twelve digits.
    pub id: String,
    /// Its name in the organization, if the service says it.
    pub name: Option<String>,
    /// The address of its root user, if the service says it.
    pub email: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AccountsAnswer {
    account_list: Member<Objects<AccountAnswer>>,
    next_token: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AccountAnswer {
    account_id: Member<String>,
    account_name: Member<String>,
    email_address: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RolesAnswer {
    role_list: Member<Objects<RoleAnswer>>,
    next_token: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RoleAnswer {
    role_name: Member<String>,
}

impl ListAccounts {
    /// By the token of a sign-in.
    pub fn new(access_token: impl Into<Secret>) -> Self {
        Self { access_token: access_token.into(), next_token: None }
    }

    /// The page that a page before has named.
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }
}

impl ListAccountRoles {
    /// In the account with these twelve digits, by the token of a sign-in.
    pub fn new(account_id: impl Into<String>, access_token: impl Into<Secret>) -> Self {
        Self { access_token: access_token.into(), account_id: account_id.into(), next_token: None }
    }

    /// The page that a page before has named.
    #[must_use]
    pub fn next_token(mut self, token: impl Into<String>) -> Self {
        self.next_token = Some(token.into());
        self
    }
}

impl Operation for ListAccounts {
    type Output = SsoPage<Account>;

    fn name(&self) -> &str {
        "ListAccounts"
    }

    fn service(&self) -> Service {
        Service::Sso
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        page_request("/assignment/accounts", Query::default(), self.next_token.as_deref(), &self.access_token)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Self::Output, Error> {
        let read = |answer: AccountsAnswer| {
            let accounts = answer.account_list.required("accountList")?.0.into_iter();
            let accounts = accounts.map(|account| {
                Ok(Account {
                    id: account.account_id.required("accountId")?,
                    name: account.account_name.optional("accountName")?,
                    email: account.email_address.optional("emailAddress")?,
                })
            });
            Ok((accounts.collect::<Result<_, String>>()?, answer.next_token))
        };
        page("ListAccounts' answer", response.body(), read)
    }

    fn is_signed(&self) -> bool {
        false
    }
}

impl Operation for ListAccountRoles {
    type Output = SsoPage<String>;

    fn name(&self) -> &str {
        "ListAccountRoles"
    }

    fn service(&self) -> Service {
        Service::Sso
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::length("account_id", &self.account_id, 12..=12)?;
        limits::characters("account_id", &self.account_id, "digits", |c| c.is_ascii_digit())?;
        let mut query = Query::default();
        query.parameter("account_id", &self.account_id);
        page_request("/assignment/roles", query, self.next_token.as_deref(), &self.access_token)
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<Self::Output, Error> {
        let read = |answer: RolesAnswer| {
            let roles = answer.role_list.required("roleList")?.0.into_iter();
            let roles = roles.map(|role| role.role_name.required("roleName"));
            Ok((roles.collect::<Result<_, String>>()?, answer.next_token))
        };
        page("ListAccountRoles' answer", response.body(), read)
    }

    fn is_signed(&self) -> bool {
        false
    }
}

fn page_request(
    path: &str,
    mut query: Query,
    next_token: Option<&str>,
    access_token: &Secret,
) -> Result<UnsignedRequest, Error> {
    query.parameter("max_result", MAX_RESULT);
    query.optional("next_token", next_token);
    let mut request = UnsignedRequest::reading(Method::GET, query.into_text());
    request.path = path.into();
    request.secret_header("x-amz-sso_bearer_token", access_token)?;
    Ok(request)
}

fn page<A: DeserializeOwned, T>(
    answer: &'static str,
    body: &[u8],
    read: impl FnOnce(A) -> Result<(Vec<T>, Member<String>), String>,
) -> Result<SsoPage<T>, Error> {
    let page = json::parse(body).and_then(read).and_then(|(items, next)| {
        // The last page has `null`, or none, or an empty one.
        let next_token = next.optional("nextToken")?.filter(|token| !token.is_empty());
        Ok(SsoPage { items, next_token })
    });
    page.map_err(broken(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Parameters by botocore 1.44's model of `sso`.
    #[test]
    fn pages_are_asked_for_by_the_names_of_the_model() {
        let accounts = ListAccounts::new("hush").next_token("a+/=").request().unwrap();
        assert_eq!(accounts.path, "/assignment/accounts");
        assert_eq!(accounts.query, "max_result=100&next_token=a%2B%2F%3D");
        let roles = ListAccountRoles::new("111122223333", "hush").request().unwrap();
        assert_eq!(roles.query, "account_id=111122223333&max_result=100");
        assert!(ListAccountRoles::new("1111-2222-3333", "hush").request().is_err());
    }

    #[test]
    fn pages_are_read_and_the_last_one_names_no_other() {
        let answer =
            br#"{"accountList":[{"accountId":"012345678901","accountName":"Log","emailAddress":"a@b"},
            {"accountId":"111122223333"}],"nextToken":"n"}"#;
        let page = ListAccounts::new("t").parse(http::Response::new(answer.to_vec())).unwrap();
        assert_eq!((page.items[0].id.as_str(), page.items[0].name.as_deref()), ("012345678901", Some("Log")));
        assert_eq!((page.items[1].name.as_deref(), page.next_token.as_deref()), (None, Some("n")));
        for next in ["", r#","nextToken":null"#, r#","nextToken":"""#] {
            let answer = format!(r#"{{"roleList":[{{"roleName":"ReadOnly","accountId":"1"}}]{next}}}"#);
            let operation = ListAccountRoles::new("111122223333", "t");
            let page = operation.parse(http::Response::new(answer.into_bytes())).unwrap();
            assert_eq!((page.items, page.next_token), (vec!["ReadOnly".to_owned()], None));
        }
    }

    #[test]
    fn a_list_that_cannot_be_read_is_an_error_and_no_shorter_list() {
        for (answer, expected) in [
            ("{}", "no `accountList`"),
            (r#"{"accountList":{}}"#, "not a list of objects"),
            (r#"{"accountList":[1]}"#, "not a list of objects"),
            (r#"{"accountList":[{"accountName":"x"}]}"#, "no `accountId`"),
            (r#"{"accountList":[],"nextToken":1}"#, "`nextToken`"),
        ] {
            let problem =
                ListAccounts::new("t").parse(http::Response::new(answer.into())).unwrap_err().to_string();
            assert!(problem.contains(expected), "{answer}: {problem}");
        }
    }
}
