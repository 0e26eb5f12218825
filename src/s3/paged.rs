use crate::{Error, operation::Operation};

/// An operation whose answer comes in pages.
///
/// [`next`](Self::next) is all that a walk needs; the other methods let it check the answers: that every page
/// goes forward, that names have the prefix, that a start was honoured. An operation that leaves them as they
/// are is walked unchecked.
pub trait Paged: Operation<Output: Send + 'static> + Clone + Send + Sync + 'static {
    /// The request for the page after `page`; `None` after the last one.
    ///
    /// # Errors
    /// [`Error::Parse`]: the page says that there are more, but not how to ask for them.
    fn next(&self, page: &Self::Output) -> Result<Option<Self>, Error>;

    /// What is asked for.
    fn extent(&self) -> Extent<'_> {
        Extent::default()
    }

    /// The same listing from its beginning (`None`) or from behind a name; nothing if it cannot start there.
    fn starting_after(&self, _name: Option<&str>) -> Option<Self> {
        None
    }

    /// What a page lists, in its order; common prefixes follow the keys.
    fn entries(_page: &Self::Output) -> Vec<Entry<'_>> {
        Vec::new()
    }

    /// Leave out what is not to be kept.
    fn retain(_page: &mut Self::Output, _keep: &mut dyn FnMut(&Entry<'_>) -> bool) {}
}

/// What a listing asks for, as far as its pages can be checked against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extent<'a> {
    /// All names start with it.
    pub prefix: &'a str,
    /// All names lie behind this one, which the caller chose: it need not exist.
    pub start_after: Option<&'a str>,
    /// The token or marker that the request goes on with.
    pub position: Option<&'a str>,
    /// The most entries of a page that were asked for.
    pub page_size: Option<u32>,
    /// A delimiter groups keys under common prefixes.
    pub is_grouped: bool,
}

/// One line of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Entry<'a> {
    /// The key, bucket or common prefix.
    pub name: &'a str,
    /// The version, where there are several of a name.
    pub version: Option<&'a str>,
    /// It stands for all keys that start with it.
    pub is_prefix: bool,
}

impl<'a> Entry<'a> {
    /// A key or another name.
    pub fn new(name: &'a str) -> Self {
        Self { name, version: None, is_prefix: false }
    }

    /// One version of a key.
    pub fn version(name: &'a str, version: &'a str) -> Self {
        Self { name, version: Some(version), is_prefix: false }
    }

    /// A common prefix.
    pub fn prefix(name: &'a str) -> Self {
        Self { name, version: None, is_prefix: true }
    }
}
