use std::fmt;

use super::{
    plain::{MAX_REPORT, plain},
    remedy::Remedy,
};

/// A server lists in a way that leaves no complete listing: it says what the server does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListingError {
    /// What kind of fault it is.
    pub fault: ListingFault,
    /// The server's address, as far as it is known.
    pub server: String,
    /// What the server did.
    pub problem: String,
}

/// What a server does wrong when it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListingFault {
    /// A page lists what an earlier page has listed already.
    Repeats,
    /// It says again and again that there are more, and lists none.
    EmptyPages,
    /// Names do not come in the order of their bytes, and what was handed out stands in the way of going on.
    Unsorted,
    /// A start that was asked for is not honoured, and what follows it cannot be found otherwise.
    StartIgnored,
    /// Names come without the prefix that was asked for.
    PrefixIgnored,
    /// Two answers do not fit each other.
    Contradiction,
}

impl ListingError {
    #[cfg(feature = "client")]
    pub(crate) fn new(fault: ListingFault, problem: impl Into<String>) -> Self {
        Self { fault, server: String::new(), problem: problem.into() }
    }
}

impl ListingError {
    /// How to list such a server all the same.
    pub(super) fn remedy(&self) -> Remedy {
        match self.fault {
            ListingFault::Unsorted | ListingFault::StartIgnored => Remedy::ListSequentially,
            ListingFault::Contradiction => Remedy::ListFolders,
            ListingFault::Repeats | ListingFault::EmptyPages => Remedy::ListByOtherVersion,
            ListingFault::PrefixIgnored => Remedy::OmitPrefix,
        }
    }
}

impl fmt::Display for ListingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the listing is not complete: the server")?;
        if !self.server.is_empty() {
            write!(f, " at {}", self.server)?;
        }
        write!(f, " {}", plain(&self.problem, MAX_REPORT))
    }
}

impl std::error::Error for ListingError {}
