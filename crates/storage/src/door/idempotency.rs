//! The same request twice has one effect. What is remembered is what the request made, never what it was answered: a
//! repetition reads that as the actor may see it now.

use alongside_domain::Purpose;
use alongside_domain::audit::event::AuditOutcome;
use alongside_policy::Action;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as Failure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::context::store::Store;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::idempotency;
use crate::database::sql_types::{Stamp, Uid};
use crate::door::pass::{Granted, Passed};
use crate::sealing::keys::{At, digest_of};

/// Before an upgrade, whole answers were remembered.
const REMEMBERED_OTHERWISE: Error = Error::Conflict(
    "this request was done before the service was upgraded, and its answer is no longer stored. Look for what it made, \
     and send it with a new Idempotency-Key only if it is not there",
);

/// How long it is remembered what a request made, in hours.
const REMEMBERED_HOURS: i64 = 24;

/// A repetition looks at what the change made. It needs no more of a purpose than the change did.
pub(crate) const REPEATING: Option<Purpose> = Some(Purpose::RecordKeeping);

/// A change that is made once for one Idempotency-Key.
pub trait Repeatable: Action + Sized {
    /// What it is answered with.
    type Answer;
    /// What it made or changed, as the answer names it.
    type Made: Serialize + DeserializeOwned;

    /// What an answer says was made.
    fn made(answer: &Self::Answer) -> Self::Made;

    /// Answers a repetition with what was made, as the actor may see it now.
    fn again(granted: &mut Granted<'_, Self>, made: Self::Made) -> Result<Self::Answer, Error>;
}

/// Changes that are answered without a body: that the change is still allowed is all that a repetition asks.
macro_rules! repeatable_without_body {
    ($($action:ty),+ $(,)?) => {$(
        impl crate::door::idempotency::Repeatable for $action {
            type Answer = ();
            type Made = ();

            fn made((): &()) {}

            fn again(_: &mut crate::door::pass::Granted<'_, Self>, (): ()) -> Result<(), crate::database::error::Error> {
                Ok(())
            }
        }
    )+};
}

pub(crate) use repeatable_without_body;

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

/// Where what a request made is sealed.
fn place<A: Action>(granted: &Granted<'_, A>) -> At<'static> {
    At { table: "idempotency", row: Uuid::nil(), part: "content", owner: granted.actor.worker.0 }
}

/// The fingerprint of a request, and sealed what it made.
type Remembered = (Vec<u8>, Vec<u8>);

/// What is remembered of the request that was sent with this key before.
fn remembered<A: Action>(granted: &mut Granted<'_, A>, once: &Once) -> Result<Option<Remembered>, Error> {
    let worker = Uid::from(granted.actor.worker);
    Ok(on_either!(&mut *granted.connection, c => idempotency::table
        .find((worker, &once.digest))
        .select((idempotency::fingerprint, idempotency::content))
        .first(c)
        .optional())?)
}

/// Undoes what was begun and runs the change again, which then finds what was made.
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
        // The same request may have been done by another writer meanwhile: that is why nothing is left to do.
        Err(error) if remembered(granted, once)?.is_none() => return Err(error),
        Err(_) => return Err(meanwhile()),
    };
    // Sealed: a row in the clear would lead from the old record of a child with a new identity to the new one.
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
    /// Forgets the requests that are too old to be repeated. The server does so every hour.
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
