use std::{fmt, sync::Arc};

use sigv4::Secret;

use crate::runtime::{terminal::Terminal, transport::BoxFuture};

/// A person who is asked by a function that blocks, on a thread of tokio's for such.
#[derive(Clone)]
pub struct BlockingTerminal(Arc<Ask>);

type Ask = dyn Fn(&str) -> Result<String, String> + Send + Sync;

impl BlockingTerminal {
    /// Ask with this function.
    pub fn new(ask: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }
}

impl Terminal for BlockingTerminal {
    fn ask<'a>(&'a self, question: &'a str) -> BoxFuture<'a, Result<Secret, String>> {
        let (ask, question) = (self.0.clone(), question.to_owned());
        Box::pin(async move {
            let answer = tokio::task::spawn_blocking(move || ask(&question).map(Secret::from));
            answer.await.unwrap_or_else(|error| Err(error.to_string()))
        })
    }
}

impl fmt::Debug for BlockingTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingTerminal")
    }
}
