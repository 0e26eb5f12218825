use std::time::Duration;

use super::{VERSION, session};
use crate::{
    Error, InvalidInput,
    credentials::Credentials,
    endpoint::Service,
    operation::{Operation, UnsignedRequest},
    wire::{form::Form, limits, result},
};

/// What the policies of [`AssumeRoot`] start with.
const TASK_POLICIES: &str = "arn:aws:iam::aws:policy/root-task/";
/// The only tasks that root sessions are for.
const TASKS: [&str; 5] = [
    "IAMAuditRootUserCredentials",
    "IAMCreateRootUserPassword",
    "IAMDeleteRootUserCredentials",
    "S3UnlockBucketPolicy",
    "SQSUnlockQueuePolicy",
];

/// A short root session on a member account, for one privileged task.
///
/// Signed by the management account or a delegated administrator. It does not exist on the global endpoint.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html>
///
/// ```
/// use sts3::{Operation, sts::AssumeRoot};
///
/// let operation = AssumeRoot::new("123456789012", "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials");
/// assert!(operation.request().is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct AssumeRoot {
    target_principal: String,
    task: String,
    duration: Option<Duration>,
}

/// The answer to [`AssumeRoot`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RootSession {
    /// The session's keys, token and expiration.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub credentials: Credentials,
    /// The source identity in effect.
    pub source_identity: Option<String>,
}

impl AssumeRoot {
    /// The member account (its id, or its root's ARN) and the task: `S3UnlockBucketPolicy`,
    /// `SQSUnlockQueuePolicy`, `IAMAuditRootUserCredentials`, `IAMCreateRootUserPassword` or
    /// `IAMDeleteRootUserCredentials`.
    pub fn new(target_principal: impl Into<String>, task: impl Into<String>) -> Self {
        Self { target_principal: target_principal.into(), task: task.into(), duration: None }
    }

    /// How long the session lives: up to 900 s, which is the default.
    #[must_use]
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }
}

impl Operation for AssumeRoot {
    type Output = RootSession;

    fn name(&self) -> &str {
        "AssumeRoot"
    }

    fn service(&self) -> Service {
        Service::Sts
    }

    fn request(&self) -> Result<UnsignedRequest, Error> {
        limits::length("TargetPrincipal", &self.target_principal, 12..=2048)?;
        let task = self.task.strip_prefix(TASK_POLICIES).unwrap_or(&self.task);
        if !TASKS.contains(&task) {
            let problem = format!("`{}` is no root task: {} are", task.escape_debug(), TASKS.join(", "));
            return Err(InvalidInput::new("TaskPolicyArn", problem).into());
        }
        if let Some(duration) = self.duration {
            limits::seconds("DurationSeconds", duration, 0..=900)?;
        }
        let mut form = Form::new(self.name(), VERSION);
        form.field("TargetPrincipal", &self.target_principal);
        form.field("TaskPolicyArn.arn", &format!("{TASK_POLICIES}{task}"));
        session::write_duration(&mut form, self.duration);
        Ok(UnsignedRequest::form(form))
    }

    fn parse(&self, response: http::Response<Vec<u8>>) -> Result<RootSession, Error> {
        const DOCUMENT: &str = "AssumeRootResponse";
        let mut issued = session::Issued::default();
        result::read_secret(response, DOCUMENT, "AssumeRootResult", |name, xml| issued.read(name, xml))?;
        Ok(RootSession {
            credentials: issued.take_credentials(DOCUMENT)?,
            source_identity: issued.source_identity,
        })
    }
}
