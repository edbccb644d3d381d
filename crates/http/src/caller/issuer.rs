//! Access tokens of other issuers, such as the identity provider of an agency. Each issuer has its own rules, fixed in
//! the settings. A token chooses only which of the issuer's keys verifies it.

mod claims;
mod fetch;
mod keys;
mod settings;
mod store;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use alongside_domain::{At, SessionId, WorkerId};
use alongside_storage::{Error, Store};
use lru::LruCache;
use uuid::Uuid;

use crate::edge::rate_limit::RateLimits;
use crate::wire::problem::Problem;
use settings::LEEWAY;
pub use settings::{ClaimMap, Issuer, TokenAlgorithm};
use store::KeyStore;

/// How many verified tokens of one issuer are cached.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// The longest token that is read, in bytes.
const LONGEST: usize = 8 << 10;

/// A verified token. Whether it is in force is checked at every request.
#[derive(Clone, Copy)]
struct Proved {
    worker: WorkerId,
    session: SessionId,
    not_before: i64,
    expires: i64,
}

impl Proved {
    fn is_in_force(&self, now: At) -> bool {
        let now = now.timestamp();
        self.not_before <= now + LEEWAY && now < self.expires + LEEWAY
    }
}

/// An issuer with its keys and its verified tokens.
pub(crate) struct Trusted {
    issuer: Issuer,
    keys: Arc<KeyStore>,
    proved: Mutex<LruCache<String, Proved>>,
}

/// The issuers in the settings.
#[derive(Default)]
pub(crate) struct Issuers(Vec<Trusted>);

impl Issuers {
    /// Fetches nothing: an issuer that is down must not keep the service from starting.
    pub(crate) fn new(issuers: Vec<Issuer>) -> Self {
        let trusted = |issuer: Issuer| Trusted {
            keys: Arc::new(KeyStore::new(&issuer)),
            proved: Mutex::new(LruCache::new(REMEMBERED)),
            issuer,
        };
        Self(issuers.into_iter().map(trusted).collect())
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.0.iter().any(|trusted| trusted.issuer.name == name)
    }

    /// The issuer that the token names. Not verified: it only chooses the rules that verify the token.
    pub(crate) fn of(&self, token: &str) -> Option<&Trusted> {
        if self.0.is_empty() || token.len() > LONGEST {
            return None;
        }
        let said = claims::issuer(token)?;
        self.0.iter().find(|trusted| trusted.issuer.url == said)
    }
}

impl Trusted {
    /// The subject of the token, its session, and when it expires.
    pub(crate) async fn prove(
        &self,
        token: &str,
        store: &Store,
        limits: &RateLimits,
        request: Uuid,
    ) -> Result<(WorkerId, SessionId, i64), Problem> {
        let now = store.now();
        let remembered = self.proved.lock().unwrap_or_else(PoisonError::into_inner).get(token).copied();
        let proved = match remembered {
            Some(proved) => proved,
            None => self.prove_anew(token, store, limits, request).await?,
        };
        if !proved.is_in_force(now) {
            return Err(Problem::SignedOut);
        }
        Ok((proved.worker, proved.session, proved.expires))
    }

    async fn prove_anew(
        &self,
        token: &str,
        store: &Store,
        limits: &RateLimits,
        request: Uuid,
    ) -> Result<Proved, Problem> {
        let now = store.now();
        let parts = claims::Parts::of(token, &self.issuer).ok_or(Problem::SignedOut)?;
        let key = self.keys.find(&parts.key_id, parts.algorithm, now).await.ok_or(Problem::SignedOut)?;
        let claims = parts.proved_by(&key).and_then(|claims| claims.read(&self.issuer, now));
        let claims = claims.ok_or(Problem::SignedOut)?;
        let subject = claims.session.subject.clone();
        limits.subject(&self.issuer.name, &subject, now)?;
        let found = store.external_session(claims.session, request).await;
        if matches!(found, Err(Error::SignedOut)) {
            limits.unlinked(&self.issuer.name, &subject, now);
        }
        let (worker, session) = found?;
        let proved = Proved { worker, session, not_before: claims.not_before, expires: claims.expires };
        self.proved.lock().unwrap_or_else(PoisonError::into_inner).put(token.to_owned(), proved);
        Ok(proved)
    }
}
