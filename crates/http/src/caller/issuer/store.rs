//! The cached keys of an issuer. However many tokens with unknown keys arrive, the issuer is asked at most every 30
//! seconds, and by only one request at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::web;
use alongside_domain::At;
use chrono::Duration;

use super::fetch::Source;
use super::keys::{self, Key};
use super::settings::{Issuer, TokenAlgorithm};

/// How long keys are used before they are fetched again.
const FRESH: Duration = Duration::minutes(10);
/// How long keys are used while the issuer does not respond.
const STALE: Duration = Duration::hours(24);
/// The shortest time between two fetches.
const PAUSE: Duration = Duration::seconds(30);

#[derive(Default)]
struct Kept {
    keys: Vec<Arc<Key>>,
    fetched_at: Option<At>,
    tried_at: Option<At>,
}

pub(super) struct KeyStore {
    source: Source,
    algorithms: Vec<TokenAlgorithm>,
    kept: Mutex<Kept>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// What is known of a key now.
struct Look {
    key: Option<Arc<Key>>,
    is_fetch_due: bool,
}

/// Whether less than `time` lies between. A clock that was set back counts as time that passed.
fn within(time: Duration, at: Option<At>, now: At) -> bool {
    at.is_some_and(|at| (now - at).abs() < time)
}

impl KeyStore {
    pub(super) fn new(issuer: &Issuer) -> Self {
        Self {
            source: Source::of(issuer),
            algorithms: issuer.algorithms.clone(),
            kept: Mutex::default(),
            turn: Arc::default(),
        }
    }

    /// The issuer's key with this id. Fetches the keys if it is not known.
    pub(super) async fn find(self: &Arc<Self>, id: &str, algorithm: TokenAlgorithm, now: At) -> Option<Arc<Key>> {
        let look = self.look(id, algorithm, now);
        if !look.is_fetch_due {
            return look.key;
        }
        let turn = Arc::clone(&self.turn);
        let turn = if look.key.is_some() {
            // Another request is already fetching: the cached key is good enough meanwhile.
            let Ok(turn) = turn.try_lock_owned() else { return look.key };
            turn
        } else {
            turn.lock_owned().await
        };
        if self.look(id, algorithm, now).is_fetch_due {
            let of = Arc::clone(self);
            // The lock moves into the task, so that a client who disconnects does not let a second fetch begin.
            let fetched = web::block(move || {
                of.refresh(now);
                drop(turn);
            });
            fetched.await.ok()?;
        }
        self.look(id, algorithm, now).key
    }

    fn look(&self, id: &str, algorithm: TokenAlgorithm, now: At) -> Look {
        let kept = self.kept();
        let fits = |key: &&Arc<Key>| key.id == id && key.algorithms.contains(&algorithm);
        let key = kept.keys.iter().find(fits).filter(|_| within(STALE, kept.fetched_at, now)).cloned();
        let is_good = key.is_some() && within(FRESH, kept.fetched_at, now);
        Look { key, is_fetch_due: !is_good && !within(PAUSE, kept.tried_at, now) }
    }

    fn refresh(&self, now: At) {
        self.kept().tried_at = Some(now);
        let keys = self.source.fetch().and_then(|text| keys::read(&text, &self.algorithms).map_err(str::to_owned));
        match keys {
            Ok(keys) => {
                let mut kept = self.kept();
                kept.keys = keys.into_iter().map(Arc::new).collect();
                kept.fetched_at = Some(now);
            }
            Err(reason) => {
                tracing::warn!(issuer = self.source.name, reason, "the keys of an issuer cannot be fetched");
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
