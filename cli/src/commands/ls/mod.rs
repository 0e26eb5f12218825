mod versions;

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap_complete::ArgValueCompleter;
use sts3::{
    Client, Concurrency, ParallelPages,
    s3::{ListBuckets, ListObjects, Page, partition::MAX_WIDTH},
};

use crate::{
    color::Paint,
    common::{Common, Output, whole},
    completion,
    failure::Failure,
    listing_task::{ListingTask, warn_of_ignored_prefix},
    output::{self, Columns, ListingWriter, Target, human_size, printable},
    progress::Progress,
    s3_url::S3Url,
    session,
    signals::asked_to_stop,
    stderr::say,
    verbose,
};

/// With a limit up to here, one request after the other is as fast.
const SMALL: u64 = 5000;

/// Arguments of `sts3 ls`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to list; without it, the buckets.
    #[arg(value_name = "s3://BUCKET[/PREFIX]", add = ArgValueCompleter::new(completion::buckets))]
    url: Option<S3Url>,
    /// List all keys instead of one level.
    #[arg(short, long, conflicts_with = "delimiter", requires = "url")]
    recursive: bool,
    /// Show storage class, ETag and owner (buckets: region).
    #[arg(short, long)]
    long: bool,
    /// Show sizes as 1.2 KiB.
    #[arg(short = 'H', long)]
    human_readable: bool,
    /// Show the number of objects and their size at the end.
    #[arg(long)]
    summarize: bool,
    /// Stop after this many entries.
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0, u64::MAX), allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Ask for this many entries a request (1 to 1000).
    #[arg(long, value_name = "N", value_parser = whole::<u32>(1, 1000), allow_negative_numbers = true)]
    page_size: Option<u32>,
    /// Start behind this key, which need not exist.
    #[arg(long, value_name = "KEY", requires = "url")]
    start_after: Option<String>,
    /// Stop behind this key; keys are compared by their bytes.
    #[arg(long, value_name = "KEY", requires = "recursive", conflicts_with = "v1")]
    stop_at: Option<String>,
    /// With -r, how many requests to have under way at once: a number (1 to 256; 1 is the plain sequence) or
    /// `auto`, which is 24 if the server is not so close that it does not matter. More than 1 costs usually a
    /// tenth more requests, at worst half.
    #[arg(long, value_name = "N|auto", default_value = "auto", value_parser = read_concurrency)]
    concurrency: Concurrency,
    /// Print keys as they arrive instead of in their order.
    #[arg(long, requires = "recursive")]
    unordered: bool,
    /// Write to this file, which has its name only once it is complete; `-` is standard output. What is no
    /// regular file (a pipe, a device) is written as it is.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What separates levels.
    #[arg(long, value_name = "TEXT", default_value = "/")]
    delimiter: String,
    /// Ask for each object's owner.
    #[arg(long)]
    fetch_owner: bool,
    /// Agree to pay for the requests (requester-pays buckets).
    #[arg(long)]
    request_payer: bool,
    /// Fail unless the bucket belongs to this account.
    #[arg(long, value_name = "ACCOUNT")]
    expected_bucket_owner: Option<String>,
    /// Use the first version of the listing, for servers that know no other.
    #[arg(long, requires = "url")]
    v1: bool,
    /// List all versions of all objects, and the markers of those that were deleted.
    #[arg(long, requires = "url", conflicts_with_all = ["v1", "stop_at", "unordered", "fetch_owner"])]
    versions: bool,
}

pub(super) fn read_concurrency(text: &str) -> Result<Concurrency, String> {
    match text.parse::<usize>() {
        _ if text == "auto" => Ok(Concurrency::Auto),
        Ok(requests) if (1..=MAX_WIDTH).contains(&requests) => Ok(Concurrency::Requests(requests)),
        _ => Err(format!("it must be 1 to {MAX_WIDTH}, or auto")),
    }
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    #[cfg(feature = "parquet")]
    check_parquet(common, args)?;
    let client = session::client(common)?;
    let Some(url) = &args.url else { return buckets(&client, common, args).await };
    let mut listing = Listing::new(common, args, url)?;
    let walked = tokio::select! {
        walked = listing.walk(&client, url) => walked,
        code = asked_to_stop() => Err(Failure::Interrupted(code)),
    };
    // What was listed before an error is still printed.
    listing.finish(walked)
}

async fn buckets(client: &Client, common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let columns = Columns { long: args.long, ..Columns::default() };
    let mut writer = writer(common, args, columns).map_err(Failure::Output)?;
    let mut pages = client.pages(ListBuckets::new());
    let mut left = args.limit.unwrap_or(u64::MAX);
    while let Some(page) = pages.next().await? {
        for bucket in &page.buckets {
            if left == 0 {
                break;
            }
            writer.bucket(bucket).map_err(Failure::Output)?;
            left -= 1;
        }
    }
    complete(writer).map_err(Failure::Output)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "parquet")]
fn check_parquet(common: &Common, args: &Args) -> Result<(), Failure> {
    let is_possible = args.recursive && args.url.is_some() && !args.versions && args.out.is_some();
    if common.output == Output::Parquet && !is_possible {
        let problem = "--output parquet writes the objects of a bucket into a file: it needs -r, a bucket and --out, \
                       and takes no --versions";
        return Err(Failure::Usage(problem.into()));
    }
    Ok(())
}

type Writer = Box<dyn ListingWriter<BufWriter<Target>> + Send>;

fn writer(common: &Common, args: &Args, columns: Columns) -> io::Result<Writer> {
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
fn complete(writer: Writer) -> io::Result<()> {
    writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.complete()
}

/// The page size that suits: no larger than what is wanted in all.
fn page_size(args: &Args) -> Option<u32> {
    let limit = args.limit.and_then(|limit| u32::try_from(limit.clamp(1, 1000)).ok());
    match (args.page_size, limit) {
        (Some(size), Some(limit)) => Some(size.min(limit)),
        (size, limit) => size.or(limit.filter(|limit| *limit < 1000)),
    }
}

/// Options that all listings share.
macro_rules! shared_options {
    ($operation:expr, $args:expr, $url:expr) => {{
        let mut operation = $operation.prefix(&$url.key);
        if !$args.recursive && !$args.delimiter.is_empty() {
            operation = operation.delimiter(&$args.delimiter);
        }
        if let Some(size) = page_size($args) {
            operation = operation.max_keys(size);
        }
        if let Some(owner) = &$args.expected_bucket_owner {
            operation = operation.expected_bucket_owner(owner);
        }
        operation.request_payer($args.request_payer)
    }};
}
use shared_options;

fn version_1(args: &Args, url: &S3Url) -> ListObjects {
    let operation = shared_options!(ListObjects::new(&url.bucket), args, url);
    match &args.start_after {
        Some(key) => operation.marker(key),
        None => operation,
    }
}

fn version_2(client: &Client, args: &Args, url: &S3Url) -> ParallelPages {
    let mut operation =
        shared_options!(client.list_objects_v2(&url.bucket), args, url).fetch_owner(args.fetch_owner);
    if let Some(key) = &args.start_after {
        operation = operation.start_after(key);
    }
    // A few pages are over before many requests have found out where to start.
    let is_small = args.limit.is_some_and(|limit| limit <= SMALL);
    let mut pages = operation.parallel(if is_small { Concurrency::Requests(1) } else { args.concurrency });
    if let Some(key) = &args.stop_at {
        pages = pages.stop_at(key);
    }
    if let Some(limit) = args.limit {
        pages = pages.limit(limit);
    }
    if args.unordered { pages.unordered() } else { pages }
}

/// A listing on its way to the output.
struct Listing<'a> {
    writer: Writer,
    common: &'a Common,
    args: &'a Args,
    progress: Progress,
    left: u64,
    objects: u64,
    bytes: u64,
    /// Names that the server sent although they do not have the prefix.
    outside_prefix: u64,
    /// What was printed last: a key, or a common prefix.
    last: Option<Last>,
    /// With versions: the key of which some were printed.
    key_of_versions: Option<String>,
}

enum Last {
    Key(String),
    Prefix(String),
}

impl<'a> Listing<'a> {
    fn new(common: &'a Common, args: &'a Args, url: &S3Url) -> Result<Self, Failure> {
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

    async fn walk(&mut self, client: &Client, url: &S3Url) -> Result<(), Failure> {
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

    fn finish(self, walked: Result<(), Failure>) -> Result<ExitCode, Failure> {
        self.progress.clear();
        warn_of_ignored_prefix(self.outside_prefix);
        if let Err(failure) = walked {
            let target =
                self.writer.finish().and_then(|writer| Ok(writer.into_inner()?)).map_err(Failure::Output)?;
            if let Some(partial) = target.partial(self.last.is_none()) {
                let partial = partial.display().to_string();
                say(format_args!("sts3: what was listed is in {}", printable(&partial)));
            }
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

/// As one word of a POSIX shell; what a terminal would not show as it is, is written as `$'\ooo'` knows it.
fn shell_quoted(text: &str) -> String {
    if printable(text) == text {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let escape = |byte: &u8| match byte {
        b'\\' | b'\'' => format!("\\{}", char::from(*byte)),
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    format!("$'{}'", text.as_bytes().iter().map(escape).collect::<String>())
}
