use std::{fmt, sync::Arc};

use sigv4::Secret;

use super::{terminal::Terminal, transport::BoxFuture, workers};

/// A person who is asked by a function that blocks, on a thread of its own: with every runtime. A question whose future
/// is dropped goes on until the function returns; its answer is dropped.
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
            let answer = workers::run(move |_| ask(&question).map(Secret::from));
            answer.map_err(|error| format!("no thread could be started to ask: {error}"))?.await
        })
    }
}

impl fmt::Debug for BlockingTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingTerminal")
    }
}
