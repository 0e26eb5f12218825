//! `ls --versions`: every version of every object, and what was deleted.

use std::io;

use sts3::{
    Client,
    s3::{ListObjectVersions, VersionsPage},
};

use super::{
    listing::{Last, Listing},
    requests::{page_size, shared_options},
};
use crate::{failure::Failure, s3_url::S3Url, verbose};

impl Listing<'_> {
    /// One request after the other: a listing of versions goes on behind a version, which cannot be guessed.
    pub(super) async fn walk_versions(&mut self, client: &Client, url: &S3Url) -> Result<(), Failure> {
        let mut operation = shared_options!(ListObjectVersions::new(&url.bucket), self.args, url);
        if let Some(key) = &self.args.start_after {
            operation = operation.key_marker(key);
        }
        let mut pages = client.pages(operation);
        while self.left > 0
            && let Some(page) = pages.next().await?
        {
            self.versions_page(&page).map_err(Failure::Output)?;
            self.progress.show(self.objects, verbose::requests(), 1);
        }
        self.outside_prefix = pages.outside_prefix();
        Ok(())
    }

    /// Versions and common prefixes merged in the order of their bytes; versions of one key stay as they came.
    fn versions_page(&mut self, page: &VersionsPage) -> io::Result<()> {
        let mut versions = page.versions.iter().peekable();
        let mut prefixes = page.common_prefixes.iter().peekable();
        while self.left > 0 {
            let is_prefix = match (versions.peek(), prefixes.peek()) {
                (Some(version), Some(prefix)) => prefix.as_bytes() < version.key.as_bytes(),
                (None, Some(_)) => true,
                (Some(_), None) => false,
                (None, None) => break,
            };
            if is_prefix {
                let Some(prefix) = prefixes.next() else { break };
                self.writer.prefix(prefix)?;
                self.last = Some(Last::Prefix(prefix.clone()));
                self.key_of_versions = None;
            } else {
                let Some(version) = versions.next() else { break };
                self.writer.version(version)?;
                self.objects += 1;
                self.bytes = self.bytes.saturating_add(version.size);
                // Of the key before, all versions have been printed; of this one nobody knows.
                if self.key_of_versions.as_deref() != Some(&version.key)
                    && let Some(before) = self.key_of_versions.replace(version.key.clone())
                {
                    self.last = Some(Last::Key(before));
                }
            }
            self.left -= 1;
        }
        Ok(())
    }
}
