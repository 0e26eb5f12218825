/// What does not fit, and from where to go on one page after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Doubt<N> {
    pub(crate) reason: Reason,
    /// Everything up to this key is proved and has been handed out (but for what is held back further right).
    pub(crate) behind: String,
    /// The token of the page that ends with that key, if it has one.
    pub(crate) next: Option<N>,
    /// All that is proved belongs to the plain sequence: going on is going on with that.
    pub(crate) is_plain: bool,
    /// A key behind it that the server has listed.
    pub(crate) expected: Option<String>,
    /// The last of all keys that the server has listed.
    pub(crate) known: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A start was answered with nothing, although keys follow it.
    EmptyAnswer,
    /// Two chains list different keys in the same place.
    NotJoined,
    /// An answer said that nothing follows, and something does.
    EndedEarly,
    /// An answer says that nothing follows, which needs a second request to confirm.
    UnsureEnd,
}
