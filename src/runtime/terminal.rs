use std::sync::Arc;

use sigv4::Secret;

use super::transport::BoxFuture;

/// Asks a person: for the digits of an MFA device.
///
/// One of your own, which a window answers:
///
/// ```
/// use sts3::{providers::MfaCode, runtime::{BoxFuture, Terminal}, sigv4::Secret};
/// # struct Window;
/// # impl Window {
/// #     async fn input(&self, _question: &str) -> Option<String> { None }
/// # }
///
/// struct Dialog(Window);
///
/// impl Terminal for Dialog {
///     fn ask<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret, String>> {
///         Box::pin(async move {
///             let digits = self.0.input(question).await;
///             digits.map(Secret::from).ok_or_else(|| "the window was closed".to_owned())
///         })
///     }
/// }
///
/// let code = MfaCode::ask(Dialog(Window));
/// ```
pub trait Terminal: Send + Sync {
    /// Ask one question, and wait for the answer; what is wrong, in words, if there is none. The question is
    /// dropped when its future is.
    fn ask<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret, String>>;
}

/// What points to a terminal is one.
macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: Terminal + ?Sized> Terminal for $pointer {
            fn ask<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret, String>> {
                (**self).ask(question)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>);
