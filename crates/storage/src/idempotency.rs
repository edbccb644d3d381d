//! The same request twice has one effect and one answer.

use alongside_policy::Action;
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::connection::on_either;
use crate::door::{Granted, Passed};
use crate::error::Error;
use crate::keys::{At, digest_of};
use crate::schema::idempotency;
use crate::sql_types::{Stamp, Uid};
use crate::store::Store;

/// How long an answer is remembered, in hours.
const REMEMBERED_HOURS: i64 = 24;

/// An Idempotency-Key and what it was sent with.
#[derive(Debug, Clone)]
pub struct Once {
    digest: Vec<u8>,
    fingerprint: Vec<u8>,
}

impl Once {
    /// For a key sent to `route` with `body` (and whatever else distinguishes the request).
    pub fn new(key: &str, route: &str, body: &[u8]) -> Self {
        let mut whole = Vec::with_capacity(route.len() + 1 + body.len());
        whole.extend_from_slice(route.as_bytes());
        whole.push(0);
        whole.extend_from_slice(body);
        Self { digest: digest_of(key.as_bytes()), fingerprint: digest_of(&whole) }
    }
}

/// Gives the first answer again, or does the work and remembers its answer in the same transaction.
pub(crate) fn once<A: Action, T: Serialize + DeserializeOwned>(
    granted: &mut Granted<'_, A>,
    once: &Once,
    work: &mut impl FnMut(&mut Granted<'_, A>) -> Result<T, Error>,
) -> Result<T, Error> {
    let worker = Uid::from(granted.actor.worker);
    let earlier: Option<(Vec<u8>, Vec<u8>)> = on_either!(&mut *granted.connection, c => idempotency::table
        .find((worker, &once.digest))
        .select((idempotency::fingerprint, idempotency::content))
        .first(c)
        .optional())?;
    let place = At { table: "idempotency", row: Uuid::nil(), part: "content", owner: worker.0 };
    if let Some((fingerprint, content)) = earlier {
        if fingerprint != once.fingerprint {
            return Err(Error::KeyReused);
        }
        granted.replayed = true;
        return granted.shared.keys.service().open_json(place, &content);
    }
    let answer = work(granted)?;
    let content = granted.shared.keys.service().seal_json(place, &answer)?;
    on_either!(&mut *granted.connection, c => diesel::insert_into(idempotency::table)
        .values((
            idempotency::worker_id.eq(worker),
            idempotency::key_digest.eq(&once.digest),
            idempotency::fingerprint.eq(&once.fingerprint),
            idempotency::recorded_at.eq(Stamp(granted.now)),
            idempotency::content.eq(content),
        ))
        .execute(c))?;
    Ok(answer)
}

impl Store {
    /// Forgets the answers that are too old to be given again. The server does so every hour.
    pub async fn forget_old_answers(&self) -> Result<(), Error> {
        self.session_change(|_, connection, now| {
            let stale = Stamp(now - chrono::Duration::hours(REMEMBERED_HOURS));
            let old = idempotency::table.filter(idempotency::recorded_at.lt(stale));
            let forgotten = on_either!(connection, c => diesel::delete(old).execute(c));
            Passed::of(forgotten.map(drop).map_err(Error::from), None)
        })
        .await
    }
}
