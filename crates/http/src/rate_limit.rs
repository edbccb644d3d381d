//! How often somebody may ask. Never locks anybody out for good.

use std::num::NonZeroU32;

use alongside_domain::WorkerId;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;

use crate::problem::Problem;

/// How often, in requests a minute, and how many streams at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests of one worker.
    pub requests: u32,
    /// Searches for a child by one worker.
    pub searches: u32,
    /// Attempts to sign in with one name.
    pub sign_ins: u32,
    /// Attempts to sign in from one address.
    pub sign_ins_by_address: u32,
    /// Streams of notices that one worker has open.
    pub streams: usize,
    /// Streams of notices that are open at this process.
    pub streams_in_all: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 3_000, searches: 30, sign_ins: 5, sign_ins_by_address: 60, streams: 4, streams_in_all: 1_000 }
    }
}

type Counting<K> =
    RateLimiter<K, governor::state::keyed::DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// What is left of a worker's allowance, for the RateLimit header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) quota: u32,
    pub(crate) remaining: u32,
}

pub(crate) struct RateLimits {
    requests: Counting<WorkerId>,
    searches: DefaultKeyedRateLimiter<WorkerId>,
    names: DefaultKeyedRateLimiter<String>,
    codes: DefaultKeyedRateLimiter<WorkerId>,
    addresses: DefaultKeyedRateLimiter<String>,
}

/// Above this many keys the ones at rest are forgotten.
const KEYS: usize = 10_000;

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        let per_minute = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            requests: RateLimiter::keyed(per_minute(limits.requests)).with_middleware(),
            searches: RateLimiter::keyed(per_minute(limits.searches)),
            names: RateLimiter::keyed(per_minute(limits.sign_ins)),
            codes: RateLimiter::keyed(per_minute(limits.sign_ins)),
            addresses: RateLimiter::keyed(per_minute(limits.sign_ins_by_address)),
        }
    }

    pub(crate) fn request_by(&self, worker: WorkerId) -> Result<Allowance, Problem> {
        match self.requests.check_key(&worker) {
            Ok(state) => {
                Ok(Allowance { quota: state.quota().burst_size().get(), remaining: state.remaining_burst_capacity() })
            }
            Err(wait) => Err(too_many(wait.wait_time_from(DefaultClock::default().now()))),
        }
    }

    pub(crate) fn search_by(&self, worker: WorkerId) -> Result<(), Problem> {
        spend(&self.searches, &worker)
    }

    /// Codes of one worker are tried as often as passwords.
    pub(crate) fn code_of(&self, worker: WorkerId) -> Result<(), Problem> {
        spend(&self.codes, &worker)
    }

    /// Counts wrong and right alike, known names and unknown.
    pub(crate) fn sign_in(&self, name: &str, address: &str) -> Result<(), Problem> {
        spend(&self.addresses, &address.to_owned())?;
        spend(&self.names, &name.to_lowercase())
    }
}

fn spend<K: Clone + Eq + Hash>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Problem> {
    if limiter.len() > KEYS {
        limiter.retain_recent();
    }
    limiter.check_key(key).map_err(|wait| too_many(wait.wait_time_from(DefaultClock::default().now())))
}

fn too_many(wait: std::time::Duration) -> Problem {
    Problem::TooMany { wait: wait.as_secs() + 1 }
}
