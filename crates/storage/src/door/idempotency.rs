//! The same request twice has one effect. What the request made is remembered, never the response: a repetition reads
//! it again, as the caller may see it now.

use alongside_domain::audit::event::AuditOutcome;
use alongside_policy::Action;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Failure};
use uuid::Uuid;

use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::repeatable::{Once, Repeatable};
use crate::context::store::Store;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::idempotency;
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::At;

/// Earlier releases remembered whole responses.
const REMEMBERED_OTHERWISE: Error = Error::Conflict(
    "this request was completed before the service was upgraded, and its result is no longer stored. Check whether what it \
     made exists, and send it with a new Idempotency-Key only if it does not",
);

/// For how many hours it is remembered what a request made.
const REMEMBERED_HOURS: i64 = 24;

/// The place for which what a request made is sealed.
fn place<A: Action>(granted: &Granted<'_, A>) -> At<'static> {
    At { table: "idempotency", row: Uuid::nil(), part: "content", owner: granted.actor.worker.0 }
}

/// The fingerprint of a request, and what it made, sealed.
type Remembered = (Vec<u8>, Vec<u8>);

/// What the earlier request with this key made.
fn remembered<A: Action>(granted: &mut Granted<'_, A>, once: &Once) -> Result<Option<Remembered>, Error> {
    let worker = Uid::from(granted.actor.worker);
    Ok(on_either!(&mut *granted.connection, c => idempotency::table
        .find((worker, &once.digest))
        .select((idempotency::fingerprint, idempotency::content))
        .first(c)
        .optional())?)
}

/// Undoes what was begun and runs the change again. That run finds what the other request made.
fn meanwhile() -> Error {
    let why = Box::new("the same request was done meanwhile".to_owned());
    Error::Database(Failure::DatabaseError(DatabaseErrorKind::SerializationFailure, why))
}

/// Answers a repetition, or does the work and remembers in the same transaction what it made.
pub(crate) fn once<A: Repeatable>(
    granted: &mut Granted<'_, A>,
    once: &Once,
    work: &mut impl FnMut(&mut Granted<'_, A>) -> Result<A::Answer, Error>,
) -> Result<A::Answer, Error> {
    let (worker, place) = (Uid::from(granted.actor.worker), place(granted));
    if let Some((fingerprint, content)) = remembered(granted, once)? {
        if fingerprint != once.fingerprint {
            return Err(Error::KeyReused);
        }
        granted.outcome = AuditOutcome::Replayed;
        let made = granted.shared.keys.service().open_json(place, &content).map_err(|_| REMEMBERED_OTHERWISE)?;
        return A::again(granted, made);
    }
    let answer = match work(granted) {
        Ok(answer) => answer,
        Err(error @ Error::Database(_)) => return Err(error),
        // Another writer may have done the same request meanwhile. Then nothing is left to do.
        Err(error) if remembered(granted, once)?.is_none() => return Err(error),
        Err(_) => return Err(meanwhile()),
    };
    // Sealed, because a readable row would link the old record of a child with a new identity to the new one.
    let content = granted.shared.keys.service().seal_json(place, &A::made(&answer))?;
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
    /// Forgets the requests that are too old to be repeated. The server runs it every hour.
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
