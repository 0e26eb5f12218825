//! `--web-identity`: where an identity token comes from.

use std::path::PathBuf;

use sts3::{
    Error,
    providers::{Environment, GitHubToken, TokenFile, TokenVariable, WebIdentityProvider},
    sts,
};

/// The source of an identity token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WebIdentity {
    GitHub,
    Variable(String),
    File(PathBuf),
}

/// `github`, `env:NAME`, `file:PATH`, for clap.
pub(crate) fn read_web_identity(text: &str) -> Result<WebIdentity, String> {
    match text.split_once(':') {
        None if text == "github" => Ok(WebIdentity::GitHub),
        Some(("env", name)) if !name.is_empty() => Ok(WebIdentity::Variable(name.to_owned())),
        Some(("file", path)) if !path.is_empty() => Ok(WebIdentity::File(path.into())),
        // It may be a token that somebody gave in place of its source.
        _ => Err("it must be github, env:NAME or file:PATH (not the token itself)".into()),
    }
}

impl WebIdentity {
    /// The role with this token. `audience` is GitHub's alone.
    pub(crate) fn role(
        &self,
        role: &sts::AssumeRole,
        environment: &Environment,
        audience: Option<&str>,
    ) -> Result<WebIdentityProvider, Error> {
        // The source gives the token when it is needed.
        let operation = role.with_web_identity("")?;
        Ok(match self {
            Self::GitHub => {
                let token = GitHubToken::from_environment(environment)?;
                let token = audience.into_iter().fold(token, GitHubToken::audience);
                WebIdentityProvider::from_operation(operation, token)
            }
            Self::Variable(name) => {
                WebIdentityProvider::from_operation(operation, TokenVariable::new(environment, name))
            }
            Self::File(path) => WebIdentityProvider::from_operation(operation, TokenFile::new(path)),
        })
    }

    /// In words.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::GitHub => "identity token of GitHub Actions".to_owned(),
            Self::Variable(name) => format!("identity token of the variable {}", name.escape_debug()),
            Self::File(path) => format!("identity token of the file {}", path.display()),
        }
    }
}
