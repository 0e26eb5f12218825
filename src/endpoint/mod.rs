//! Where a request goes and for which region it is signed: partitions, regional and global endpoints, S3
//! addressing, overrides.
//!
//! No I/O and no environment: whoever reads `AWS_ENDPOINT_URL` passes it in. Read `region` and `partition`
//! first, then `configuration` (what is chosen) and `target`, which turns it into the address of one request, with the
//! names in `public` and the exceptions in `table`; `host` goes the other way. `settings` reads an [`Endpoint`] from
//! users' own documents.

mod addressing;
mod configuration;
mod host;
mod nearest;
mod partition;
mod partitions;
mod public;
mod region;
mod service;
#[cfg(feature = "serde")]
mod settings;
mod table;
mod target;
mod url;

pub use addressing::Addressing;
pub use configuration::Endpoint;
pub use host::AwsHost;
pub(crate) use nearest::nearest;
pub use partition::Partition;
pub use region::Region;
pub use service::{Service, ServiceName};
pub use target::Target;
pub use url::BaseUrl;
#[cfg(feature = "providers")]
pub(crate) use url::is_loopback;
#[cfg(any(feature = "tokio", feature = "blocking"))]
pub(crate) use url::shown_url;
