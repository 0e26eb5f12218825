//! One request after the other from where the answers to many did not fit each other.

use super::sequence::Sequence;
use crate::{
    Error,
    s3::{ListObjectsV2, Page, coverage::Handed},
};

pub(super) struct Resumed {
    pub(super) sequence: Sequence<ListObjectsV2>,
    pub(super) handed: Handed<ListObjectsV2>,
    /// The last key that was handed out.
    pub(super) last: String,
    /// The last of all keys that the server has listed.
    pub(super) known: String,
}

impl Resumed {
    pub(super) async fn next(&mut self, wanted: Option<u64>) -> Result<Option<Page>, Error> {
        let page = self.sequence.next(wanted).await?;
        if let Some(page) = &page
            && let (Some(first), Some(last)) = (page.keys().next(), page.keys().next_back())
        {
            self.handed.others.add(Some(&self.last), first, last);
            last.clone_into(&mut self.last);
        }
        Ok(page)
    }
}
