//! Rate limits. None of them locks a caller out for good.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Mutex, PoisonError};

use alongside_domain::{At, WorkerId};
use chrono::Duration;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use lru::LruCache;
use std::hash::Hash;
use tokio::sync::Semaphore;

use crate::edge::guesses::Guesses;
use crate::wire::problem::Problem;

/// Limits: requests per minute, streams at once, and how long a response may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests of one worker per minute.
    pub requests: u32,
    /// Requests of one worker in quick succession, before they are spread out evenly.
    pub burst: u32,
    /// Searches for a child by one worker per minute.
    pub searches: u32,
    /// Wrong attempts to sign in with one name per minute, before the waits between them double.
    pub sign_ins: u32,
    /// Attempts to sign in from one address per minute.
    pub sign_ins_by_address: u32,
    /// Notice streams that one worker may have open.
    pub streams: usize,
    /// Notice streams that may be open at this process.
    pub streams_in_all: usize,
    /// Messages that may wait for a slow reader of a stream, before it ends.
    pub unread: usize,
    /// Ordinary requests that are processed at a time.
    pub at_once: usize,
    /// How long a response may take, from when the request was received.
    pub deadline: std::time::Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 3_000,
            burst: 100,
            searches: 30,
            sign_ins: 5,
            sign_ins_by_address: 60,
            streams: 4,
            streams_in_all: 1_000,
            unread: 32,
            at_once: 256,
            deadline: std::time::Duration::from_secs(5),
        }
    }
}

type Counting<K> =
    RateLimiter<K, governor::state::keyed::DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// What is left of a worker's limit, for the RateLimit header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    /// The number of requests that may be sent at once.
    pub(crate) quota: u32,
    /// The seconds in which that number is available again.
    pub(crate) seconds: u128,
    pub(crate) remaining: u32,
}

pub(crate) struct RateLimits {
    requests: Counting<WorkerId>,
    searches: DefaultKeyedRateLimiter<WorkerId>,
    searches_in_a_minute: NonZeroU32,
    names: Guesses,
    homes: Mutex<LruCache<String, ()>>,
    subjects: Guesses,
    codes: DefaultKeyedRateLimiter<WorkerId>,
    addresses: DefaultKeyedRateLimiter<String>,
    urgent: DefaultKeyedRateLimiter<WorkerId>,
    urgent_from: DefaultKeyedRateLimiter<Option<IpAddr>>,
    /// Permits to look up known addresses in the database, so that a flood of guesses leaves the database to other
    /// requests.
    pub(crate) lookups: Semaphore,
}

/// Above this many keys, unused ones are dropped.
const KEYS: usize = 10_000;
/// Requests of one worker that are treated as urgent, per minute.
const URGENT_BY_WORKER: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Requests from one network address that are treated as urgent, per minute. A whole agency may share an address.
const URGENT_FROM_ADDRESS: NonZeroU32 = NonZeroU32::new(1_200).unwrap();
/// How many addresses from which a worker signed in are remembered.
const HOMES: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();
/// How many known addresses are looked up at once.
const LOOKUPS: usize = 4;
/// The longest wait after wrong passwords for one name, in minutes.
const LONGEST_WAIT_MINUTES: i64 = 15;
/// The longest wait of a subject without a linked account, in minutes. It is short because the link may be made at any
/// moment.
const LONGEST_UNLINKED_MINUTES: i64 = 1;
/// The longest name of an account, in characters.
const LONGEST_NAME: usize = 64;

/// The name of an attempt to sign in, and its network.
#[derive(Debug)]
pub(crate) struct Applicant {
    pub(crate) name: String,
    pub(crate) network: String,
}

impl Applicant {
    pub(crate) fn new(name: &str, address: Option<IpAddr>) -> Self {
        Self {
            name: name.to_lowercase().chars().take(LONGEST_NAME).collect(),
            network: address.map(network).map_or_else(String::new, |network| network.to_string()),
        }
    }

    fn home(&self) -> String {
        format!("{} {}", self.name, self.network)
    }
}

/// An attempt to sign in that is being compared.
#[derive(Debug)]
pub(crate) struct Attempt {
    key: String,
    home: String,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        let per_minute = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        let burst = NonZeroU32::new(limits.burst.min(limits.requests)).unwrap_or(NonZeroU32::MIN);
        Self {
            requests: RateLimiter::keyed(per_minute(limits.requests).allow_burst(burst)).with_middleware(),
            searches: RateLimiter::keyed(per_minute(limits.searches)),
            searches_in_a_minute: NonZeroU32::new(limits.searches).unwrap_or(NonZeroU32::MIN),
            names: Guesses::new(limits.sign_ins, Duration::minutes(LONGEST_WAIT_MINUTES)),
            homes: Mutex::new(LruCache::new(HOMES)),
            subjects: Guesses::new(limits.sign_ins, Duration::minutes(LONGEST_UNLINKED_MINUTES)),
            codes: RateLimiter::keyed(per_minute(limits.sign_ins)),
            addresses: RateLimiter::keyed(per_minute(limits.sign_ins_by_address)),
            urgent: RateLimiter::keyed(Quota::per_minute(URGENT_BY_WORKER)),
            urgent_from: RateLimiter::keyed(Quota::per_minute(URGENT_FROM_ADDRESS)),
            lookups: Semaphore::new(LOOKUPS),
        }
    }

    pub(crate) fn request_by(&self, worker: WorkerId) -> Result<Allowance, Problem> {
        match self.requests.check_key(&worker) {
            Ok(state) => Ok(Allowance {
                quota: state.quota().burst_size().get(),
                seconds: state.quota().burst_size_replenished_in().as_millis().div_ceil(1_000),
                remaining: state.remaining_burst_capacity(),
            }),
            Err(wait) => Err(too_many(wait.wait_time_from(self.requests.clock().now()))),
        }
    }

    /// Takes this many searches at once: a change compares each number that is new. If there are more than the limit of
    /// a minute, they take all of it, so that a low limit does not prevent a change for ever.
    pub(crate) fn searches_by(&self, worker: WorkerId, count: u32) -> Result<(), alongside_storage::Error> {
        let Some(count) = NonZeroU32::new(count.min(self.searches_in_a_minute.get())) else { return Ok(()) };
        forget_idle(&self.searches);
        match self.searches.check_key_n(&worker, count) {
            Ok(Err(wait)) => Err(alongside_storage::Error::TooManySearches {
                wait: wait.wait_time_from(self.searches.clock().now()).as_secs() + 1,
            }),
            _ => Ok(()),
        }
    }

    /// Whether one more request of this worker is treated as urgent.
    pub(crate) fn urgent_by(&self, worker: WorkerId) -> bool {
        spend(&self.urgent, &worker).is_ok()
    }

    /// Whether one more request from this address is treated as urgent.
    pub(crate) fn urgent_from(&self, address: Option<IpAddr>) -> bool {
        spend(&self.urgent_from, &address.map(network)).is_ok()
    }

    /// Codes of one worker have the same limit as passwords.
    pub(crate) fn code_of(&self, worker: WorkerId) -> Result<(), Problem> {
        spend(&self.codes, &worker)
    }

    /// Whether this process remembers that the applicant signed in from there.
    pub(crate) fn is_home(&self, applicant: &Applicant) -> bool {
        self.homes.lock().unwrap_or_else(PoisonError::into_inner).get(&applicant.home()).is_some()
    }

    /// The limit is the same for names that exist and names that do not. A network from which the name signed in before
    /// has its own waits. Guesses at this name from elsewhere, or at other names from this network, do not lengthen
    /// them. So guesses do not lock a worker out.
    pub(crate) fn sign_in(&self, applicant: &Applicant, is_known: bool, now: At) -> Result<Attempt, Problem> {
        if !is_known {
            spend(&self.addresses, &applicant.network)?;
        }
        let home = applicant.home();
        let attempt = Attempt { key: if is_known { home.clone() } else { applicant.name.clone() }, home };
        self.names.admit(&attempt.key, now)?;
        Ok(attempt)
    }

    /// The name and the password were right.
    pub(crate) fn signed_in(&self, attempt: Attempt, now: At) {
        self.names.take_back(&attempt.key, now);
        self.homes.lock().unwrap_or_else(PoisonError::into_inner).put(attempt.home, ());
    }

    /// Nothing was compared, because the service could not.
    pub(crate) fn not_compared(&self, attempt: &Attempt, now: At) {
        self.names.take_back(&attempt.key, now);
    }

    /// Whether a token of this subject is checked now.
    pub(crate) fn subject(&self, issuer: &str, subject: &str, now: At) -> Result<(), Problem> {
        self.subjects.check(&subject_key(issuer, subject), now)
    }

    /// No account is linked with the subject.
    pub(crate) fn unlinked(&self, issuer: &str, subject: &str, now: At) {
        let _ = self.subjects.admit(&subject_key(issuer, subject), now);
    }
}

fn subject_key(issuer: &str, subject: &str) -> String {
    format!("{issuer} {subject}")
}

/// A client with one IPv6 address usually has 2^64 of them, so the network counts.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn spend<K: Clone + Eq + Hash>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Problem> {
    forget_idle(limiter);
    // The limiter's own clock: a new one asks the processor for its type, which takes tens of microseconds in a virtual
    // machine.
    limiter.check_key(key).map_err(|wait| too_many(wait.wait_time_from(limiter.clock().now())))
}

fn forget_idle<K: Clone + Eq + Hash>(limiter: &DefaultKeyedRateLimiter<K>) {
    if limiter.len() > KEYS {
        limiter.retain_recent();
    }
}

fn too_many(wait: std::time::Duration) -> Problem {
    Problem::TooMany { wait: wait.as_secs() + 1 }
}
