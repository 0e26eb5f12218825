//! A family of servers that list a bucket, each in its own way, in memory. What their plain sequence gives is
//! what a listing has to give.
#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test file uses its own part")]

#[path = "odd_kinds.rs"]
mod kinds;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex},
    time::Duration,
};

use sts3::{
    TransportError, TransportErrorKind, http,
    runtime::BoxFuture,
    runtime::{Limits, Transport},
    sigv4::percent_decode,
};

pub use self::kinds::{Beyond, Kind, Order, Start, Tokens};
use crate::world::{Dice, World};

#[derive(Clone)]
pub struct Server {
    kind: Kind,
    /// In the server's order.
    keys: Arc<Vec<String>>,
    /// How they are written in a page.
    contents: Arc<Vec<String>>,
    world: World,
    state: Arc<Mutex<(u64, Dice)>>,
}

/// A listing from a place on, of keys behind a start.
#[derive(Clone, Default)]
struct Place {
    at: usize,
    behind: String,
    number: u64,
}

impl Server {
    pub fn new(kind: Kind, mut keys: Vec<String>, world: World, seed: u64) -> Self {
        keys.sort_by(|a, b| kind.compare(a, b));
        let contents = keys.iter().map(|key| {
            let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
            format!("<Contents><Key>{encoded}</Key><Size>1</Size></Contents>")
        });
        Self {
            kind,
            contents: Arc::new(contents.collect()),
            keys: Arc::new(keys),
            world,
            state: Arc::new(Mutex::new((0, Dice::new(seed)))),
        }
    }

    pub fn requests(&self) -> u64 {
        self.state.lock().unwrap().0
    }

    /// Whether a key is there throughout.
    pub fn is_steady(&self, key: &str) -> bool {
        !self.kind.changes || {
            let mut hasher = DefaultHasher::new();
            key.hash(&mut hasher);
            !hasher.finish().is_multiple_of(5)
        }
    }

    /// What a listing has to give: each of these once.
    pub fn steady_keys(&self, prefix: &str) -> impl Iterator<Item = &String> {
        self.keys.iter().filter(move |key| key.starts_with(prefix) && self.is_steady(key))
    }

    fn page(&self, query: &str, number: u64, dice: &mut Dice) -> (u16, String) {
        let parameter = |name: &str| {
            let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
            Some(String::from_utf8(percent_decode(value).into_owned()).unwrap())
        };
        let prefix = parameter("prefix").unwrap_or_default();
        let most = parameter("max-keys").map_or(1000, |keys| keys.parse().unwrap());
        let (token, start) = (parameter("continuation-token"), parameter("start-after"));
        let is_start = token.is_none() && start.is_some();
        let mut place = Place::default();
        if let Some(token) = token {
            let mut parts = token.splitn(3, '|');
            place.at = parts.next().unwrap().parse().unwrap();
            place.number = parts.next().unwrap().parse().unwrap();
            place.behind = parts.next().unwrap().to_owned();
            match self.kind.tokens {
                Tokens::NothingAndMore => return (200, self.shown(&[], Some(&place), number)),
                Tokens::SamePage => place.at = if most < self.keys.len() { most } else { 0 },
                Tokens::TwoPages => {
                    place.at = if number.is_multiple_of(2) { 0 } else { most.min(self.keys.len() / 2) }
                }
                _ => {}
            }
        } else if let Some(start) = &start {
            match self.started(start, &prefix, most) {
                Ok(found) => place = found,
                Err(answer) => return answer,
            }
        }
        if self.kind.empty_pages && place.number % 3 == 2 {
            place.number += 1;
            return (200, self.shown(&[], Some(&place), number));
        }
        let size = if self.kind.fewer_keys { 1 + dice.below(most as u64) as usize } else { most };
        let visible = |key: &&String| {
            let has_prefix = self.kind.ignores_prefix || key.starts_with(&prefix);
            let is_there = self.is_steady(key) || (number / 7 + key.len() as u64).is_multiple_of(2);
            let is_behind = place.behind.is_empty() || key.as_str() > place.behind.as_str();
            let skips = is_start && self.kind.start == Start::SkipsDigits;
            has_prefix && is_there && is_behind && !(skips && key.starts_with(|c: char| c.is_ascii_digit()))
        };
        let is_in_shard = |key: &str| {
            let shard = self.keys.get(place.at).and_then(|key| key.chars().next());
            !is_start || self.kind.start != Start::OneShard || key.chars().next() == shard
        };
        let rest = self.keys.iter().enumerate().skip(place.at);
        let rest = rest.filter(|(_, key)| visible(key) && is_in_shard(key));
        let mut page: Vec<usize> = rest.map(|(at, _)| at).take(size + 1).collect();
        let is_truncated = page.len() > size && !(is_start && self.kind.start == Start::SaysNothingFollows);
        page.truncate(size);
        place.at = page.last().map_or(place.at, |at| at + 1);
        let invented = start.filter(|start| is_start && !self.keys.contains(start));
        place.at += usize::from(self.kind.start == Start::TokenSkipsOne && invented.is_some());
        place.number += 1;
        (200, self.shown(&page, is_truncated.then_some(&place), number))
    }

    /// Where a start leads.
    fn started(&self, start: &str, prefix: &str, most: usize) -> Result<Place, (u16, String)> {
        let refusal =
            |status| (status, "<Error><Code>NoStarts</Code><Message>no</Message></Error>".to_owned());
        let nothing = || (200, self.shown(&[], None, 0));
        if self.kind.below_prefix_is_nothing && start < prefix {
            return Err(nothing());
        }
        let in_bucket = |key: &&String| key.starts_with(prefix);
        let is_beyond = !self.keys.iter().filter(in_bucket).any(|key| self.kind.compare(key, start).is_gt());
        if is_beyond && self.kind.start == Start::Honoured {
            match self.kind.beyond {
                Beyond::Nothing => {}
                Beyond::LastPage => {
                    return Ok(Place { at: self.keys.len().saturating_sub(most), ..Place::default() });
                }
                Beyond::All => return Ok(Place::default()),
                Beyond::NotFound => return Err(refusal(404)),
                Beyond::NothingAndMore => {
                    let place = Place { at: self.keys.len(), ..Place::default() };
                    return Err((200, self.shown(&[], Some(&place), 0)));
                }
            }
        }
        let place = |is_inclusive: bool| {
            if self.kind.starts_by_bytes {
                return Place { behind: start.to_owned(), ..Place::default() };
            }
            let at = self.keys.partition_point(|key| {
                let order = self.kind.compare(key, start);
                order.is_lt() || (order.is_eq() && !is_inclusive)
            });
            Place { at, ..Place::default() }
        };
        let exists = self.keys.iter().any(|key| key == start);
        match self.kind.start {
            Start::Ignored => Ok(Place::default()),
            Start::Inclusive => Ok(place(true)),
            Start::ExistingOrNothing if !exists => Err(nothing()),
            Start::ExistingOrAll if !exists => Ok(Place::default()),
            Start::Refused(status) => Err(refusal(status)),
            Start::SkipsOne => Ok(Place { at: place(false).at + 1, ..Place::default() }),
            _ => Ok(place(false)),
        }
    }

    fn shown(&self, keys: &[usize], next: Option<&Place>, number: u64) -> String {
        let contents: String = keys.iter().map(|at| self.contents[*at].as_str()).collect();
        let token = match (next, self.kind.tokens) {
            (None, _) | (_, Tokens::None) => String::new(),
            (Some(_), Tokens::SameToken) => "<NextContinuationToken>1|0|</NextContinuationToken>".to_owned(),
            (Some(place), _) => {
                // Fresh each time, where tokens lie.
                let fresh = if self.kind.tokens == Tokens::Honest { place.number } else { number };
                let behind = place.behind.replace('&', "&amp;").replace('<', "&lt;");
                format!("<NextContinuationToken>{}|{fresh}|{behind}</NextContinuationToken>", place.at)
            }
        };
        format!(
            "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{}</IsTruncated>{contents}{token}</ListBucketResult>",
            next.is_some()
        )
    }
}

impl Transport for Server {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        _limits: Limits,
    ) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let (number, mut dice) = {
            let mut state = self.state.lock().unwrap();
            state.0 += 1;
            let seed = state.1.next();
            (state.0, Dice::new(seed))
        };
        let mut happens = |once_in: u64| once_in > 0 && dice.once_in(once_in);
        let (is_lost, panics, hangs) =
            (happens(self.kind.lost), happens(self.kind.panics), happens(self.kind.hangs));
        let is_throttled = happens(self.kind.throttles);
        Box::pin(async move {
            self.world.wait(Duration::from_millis(20 + dice.below(60))).await;
            assert!(!panics, "a planned panic");
            if hangs {
                std::future::pending::<()>().await;
            }
            if is_lost {
                return Err(TransportError::new(TransportErrorKind::Interrupted, "odd.test", "lost"));
            }
            let throttled = || (503, "<Error><Code>SlowDown</Code></Error>".to_owned());
            let (status, body) =
                if is_throttled { throttled() } else { self.page(&query, number, &mut dice) };
            Ok(http::Response::builder().status(status).body(body.into_bytes()).unwrap())
        })
    }
}
