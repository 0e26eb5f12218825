use std::{error::Error, fmt, sync::Arc};

/// The error behind another one. It is shared: all who wait for one outcome are told the same.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// This error. It must hold no secret, for messages print it.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// The error, of its own type for `downcast_ref`.
    pub fn get(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

/// Two causes are equal if they say the same: errors of others know no equality.
impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.to_string() == other.0.to_string()
    }
}

impl Eq for Cause {}

/// What it says; other libraries' `Debug` shows more than they would say.
impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.to_string())
    }
}
