//! A listing on its way to the output, and what is said when it ends early.

use std::{
    io::{self, BufWriter, Write},
    process::ExitCode,
};

use sts3::{Client, s3::Page};

use super::{
    args::Args,
    requests::{version_1, version_2},
};
use crate::{
    color::Paint,
    common::{Common, Output},
    failure::Failure,
    listing_task::{ListingTask, warn_of_ignored_prefix},
    output::{self, Columns, ListingWriter, Target, human_size, printable, shell_quoted},
    progress::Progress,
    s3_url::S3Url,
    stderr::{is_said, say},
    verbose,
};

/// Writes into the target that the options name.
type Writer = Box<dyn ListingWriter<BufWriter<Target>> + Send>;

pub(super) fn writer(common: &Common, args: &Args, columns: Columns) -> io::Result<Writer> {
    let target = Target::new(args.out.as_deref())?;
    let is_terminal = target.is_terminal();
    #[cfg(feature = "parquet")]
    if is_terminal && common.output == Output::Parquet {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "Parquet is no text: it is not for a terminal",
        ));
    }
    let columns = Columns { is_terminal, paint: Paint::new(common.color, is_terminal), ..columns };
    output::listing_writer(BufWriter::with_capacity(256 * 1024, target), common.output, columns)
}

/// All has been written.
pub(super) fn complete(writer: Writer) -> io::Result<()> {
    writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.complete()
}

/// A listing on its way to the output.
pub(super) struct Listing<'a> {
    pub(super) writer: Writer,
    common: &'a Common,
    pub(super) args: &'a Args,
    pub(super) progress: Progress,
    pub(super) left: u64,
    pub(super) objects: u64,
    pub(super) bytes: u64,
    /// Names that the server sent although they do not have the prefix.
    pub(super) outside_prefix: u64,
    /// What was printed last: a key, or a common prefix.
    pub(super) last: Option<Last>,
    /// With versions: the key of which some were printed.
    pub(super) key_of_versions: Option<String>,
}

/// What was printed last.
pub(super) enum Last {
    Key(String),
    Prefix(String),
}

impl<'a> Listing<'a> {
    pub(super) fn new(common: &'a Common, args: &'a Args, url: &S3Url) -> Result<Self, Failure> {
        // In one level, names are shown as in a directory: without the part that all share.
        let directory = if args.recursive {
            0
        } else {
            url.key.rfind(&args.delimiter).map_or(0, |at| at + args.delimiter.len())
        };
        let hidden_prefix = url.key.get(..directory).unwrap_or_default().to_owned();
        let columns = Columns {
            long: args.long,
            human: args.human_readable,
            versions: args.versions,
            hidden_prefix,
            ..Columns::default()
        };
        Ok(Self {
            writer: writer(common, args, columns).map_err(Failure::Output)?,
            common,
            args,
            progress: Progress::new(common),
            left: args.limit.unwrap_or(u64::MAX),
            objects: 0,
            bytes: 0,
            outside_prefix: 0,
            last: None,
            key_of_versions: None,
        })
    }

    pub(super) async fn walk(&mut self, client: &Client, url: &S3Url) -> Result<(), Failure> {
        if self.args.versions {
            return self.walk_versions(client, url).await;
        }
        if self.args.v1 {
            let mut pages = client.pages(version_1(self.args, url));
            while self.left > 0
                && let Some(page) = pages.next().await?
            {
                self.page(&page).map_err(Failure::Output)?;
            }
            self.outside_prefix = pages.outside_prefix();
            return Ok(());
        }
        let mut pages = ListingTask::start(version_2(client, self.args, url), self.args.limit);
        while let Some(page) = pages.next().await? {
            self.page(&page).map_err(Failure::Output)?;
            self.progress.show(self.objects, pages.state.requests, pages.state.ranges);
        }
        self.outside_prefix = pages.state.outside_prefix;
        Ok(())
    }

    /// Objects and common prefixes of a page are two lists: print them merged in the order of their bytes.
    fn page(&mut self, page: &Page) -> io::Result<()> {
        let mut prefixes = page.common_prefixes().peekable();
        let (mut last_key, mut last_prefix) = (None, None);
        for object in page.objects() {
            while self.left > 0
                && let Some(prefix) = prefixes.next_if(|prefix| *prefix < object.key)
            {
                self.prefix(prefix)?;
                last_prefix = Some(prefix);
            }
            if self.left == 0 {
                break;
            }
            self.writer.object(&object)?;
            last_key = Some(object.key);
            self.objects += 1;
            self.bytes = self.bytes.saturating_add(object.size);
            self.left -= 1;
        }
        while self.left > 0
            && let Some(prefix) = prefixes.next()
        {
            self.prefix(prefix)?;
            last_prefix = Some(prefix);
        }
        match (last_key, last_prefix) {
            (None, None) => {}
            (Some(key), prefix) if Some(key) > prefix => self.last = Some(Last::Key(key.to_owned())),
            (_, prefix) => self.last = prefix.map(|prefix| Last::Prefix(prefix.to_owned())),
        }
        Ok(())
    }

    fn prefix(&mut self, prefix: &str) -> io::Result<()> {
        self.left -= 1;
        self.writer.prefix(prefix)
    }

    pub(super) fn finish(self, walked: Result<(), Failure>) -> Result<ExitCode, Failure> {
        self.progress.clear();
        warn_of_ignored_prefix(self.outside_prefix);
        if let Err(failure) = walked {
            let target =
                self.writer.abandon().and_then(|writer| Ok(writer.into_inner()?)).map_err(Failure::Output)?;
            target.keep_partial(|partial| {
                let partial = partial.display().to_string();
                // Whoever is gone (the terminal was closed) looks for no file.
                self.last.is_some()
                    && is_said(format_args!("sts3: what was listed is in {}", printable(&partial)))
            });
            // Where the server does not list in order, what follows a key is not the rest.
            if !matches!(failure, Failure::Output(_) | Failure::Call(sts3::Error::Listing(_))) {
                say_how_to_continue(self.objects, self.last.as_ref().filter(|_| !self.args.unordered));
            }
            return Err(failure);
        }
        complete(self.writer).map_err(Failure::Output)?;
        if self.common.verbose > 0 {
            say(format_args!("sts3: {} objects, {} requests", self.objects, verbose::requests()));
        }
        if self.args.summarize {
            let size = if self.args.human_readable { human_size(self.bytes) } else { self.bytes.to_string() };
            let summary = format!("\nTotal Objects: {}\n   Total Size: {size}", self.objects);
            // Beside data for programs, the summary is for whoever watches.
            match self.common.output {
                Output::Text => writeln!(io::stdout(), "{summary}").map_err(Failure::Output)?,
                _ => say(summary.trim_start()),
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A listing that was cut short can go on where it was.
fn say_how_to_continue(objects: u64, last: Option<&Last>) {
    let after = match last {
        None => return,
        Some(Last::Key(key)) => key.clone(),
        // Behind everything that has the prefix.
        Some(Last::Prefix(prefix)) => format!("{prefix}{}", char::MAX),
    };
    let rest = shell_quoted(&after);
    say(format_args!("sts3: {objects} objects were listed; the rest with --start-after {rest}"));
}
