use std::str::FromStr;

use crate::{InvalidInput, Origin};

/// A value that is checked when the client is built, and the name of its setting for that.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) setting: &'static str,
    pub(super) value: String,
    /// Where it stands; `None` for what a setter was given.
    pub(super) origin: Option<Origin>,
}

impl Named {
    /// What a setter was given.
    pub(super) fn given(setting: &'static str, value: impl Into<String>) -> Self {
        Self { setting, value: value.into(), origin: None }
    }

    pub(super) fn read<T: FromStr<Err = InvalidInput>>(&self) -> Result<T, InvalidInput> {
        self.value.parse().map_err(|error: InvalidInput| self.fault(error.problem))
    }

    /// The name of a variable is its place.
    pub(super) fn fault(&self, problem: String) -> InvalidInput {
        let fault = InvalidInput::new(self.setting, problem);
        match &self.origin {
            Some(origin @ Origin::Line { .. }) => fault.with_origin(origin.clone()),
            _ => fault,
        }
    }
}
