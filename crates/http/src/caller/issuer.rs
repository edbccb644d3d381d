//! Access tokens of other issuers, such as the identity provider of an agency. Each issuer has rules of its own,
//! pinned in the settings: a token chooses which of the issuer's keys proves it, and nothing else.

mod claims;
mod fetch;
mod keys;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use alongside_domain::accounts::worker::Role;
use alongside_domain::{AgencyId, At, SessionId, WorkerId};
use alongside_storage::{Error, Store};
use lru::LruCache;
use uuid::Uuid;

use crate::edge::rate_limit::RateLimits;
use crate::wire::problem::Problem;
use store::KeyStore;

/// How far apart the clocks of two servers may be, in seconds.
const LEEWAY: i64 = 30;
/// How many tokens of one issuer are remembered as proved.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();
/// Longer tokens are not looked at, in bytes.
const LONGEST: usize = 8 << 10;

alongside_domain::codes! {
    /// How an issuer signs. No other algorithm is known, so that no other can be chosen by a token.
    pub enum TokenAlgorithm {
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
    }
}

/// A claim, and what its values mean here. Values that do not stand in it mean nothing.
#[derive(Debug, Clone)]
pub struct ClaimMap<T> {
    /// The claim's name: a text, or a list of texts.
    pub claim: String,
    /// What each value means.
    pub values: BTreeMap<String, T>,
}

/// An issuer whose access tokens are accepted, and by which rules.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// What it is called here: in links, logs and settings.
    pub name: String,
    /// What stands as `iss` in its tokens.
    pub url: String,
    /// Where its keys are fetched, and nowhere else.
    pub jwks_url: String,
    /// PEM file of the authorities that may vouch for that address.
    pub ca_file: PathBuf,
    /// What has to stand as `aud`.
    pub audience: String,
    /// How its tokens are signed: of one family.
    pub algorithms: Vec<TokenAlgorithm>,
    /// The clients whose tokens are accepted; any, where none is named.
    pub clients: Vec<String>,
    /// The claim that names the worker.
    pub subject_claim: String,
    /// How the token names the agency, which then has to be the account's.
    pub agency_claim: Option<ClaimMap<AgencyId>>,
    /// How the token names roles, which then have to be the account's.
    pub roles_claim: Option<ClaimMap<Role>>,
    /// The values of `acr`, or members of `amr`, that show a second factor.
    pub second_factor_values: Vec<String>,
}

impl Issuer {
    /// Whether this can be the name of an issuer: 1 to 64 of a-z, 0-9 and hyphen.
    pub fn is_name(text: &str) -> bool {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=64).contains(&text.len()) && text.chars().all(plain)
    }
}

/// A token that was proved. That it is in force is asked every time.
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

/// An issuer with its keys and the tokens that were proved.
pub(crate) struct Trusted {
    issuer: Issuer,
    keys: Arc<KeyStore>,
    proved: Mutex<LruCache<String, Proved>>,
}

/// The issuers of the settings.
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

    /// The issuer that the token says it is of. Unproved: it only chooses the rules to prove it by.
    pub(crate) fn of(&self, token: &str) -> Option<&Trusted> {
        if self.0.is_empty() || token.len() > LONGEST {
            return None;
        }
        let said = claims::issuer(token)?;
        self.0.iter().find(|trusted| trusted.issuer.url == said)
    }
}

impl Trusted {
    /// Whom the token speaks of, the session that goes with it, and when it expires.
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
