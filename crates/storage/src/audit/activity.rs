//! How much each worker does, counted in the transaction that makes the audit event durable: the counts hold across
//! servers and restarts, and no answer leaves uncounted.
//!
//! Counting is the last work of a transaction, in a fixed order of rows, so that two writers of one database wait for
//! each other and never in a circle. What this process knows to be counted costs no statement.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alongside_domain::audit::activity::{ActivityKind, Thresholds};
use alongside_domain::audit::event::AuditEvent;
use alongside_domain::{AgencyId, At, ChildId, IdSource, WorkerId};
use alongside_policy::{Action, Policy, Relation, Subject, Verb};
use diesel::prelude::*;
use diesel::result::Error as Failure;
use diesel::upsert::excluded;
use lru::LruCache;
use uuid::Uuid;

use crate::context::store::Store;
use crate::database::connection::Connection;
use crate::database::error::Error;
use crate::database::schema::{activity, activity_seen};
use crate::database::sql_types::{Stamp, Uid};
use crate::door::pass::Passed;

mod unusual;
pub(crate) use unusual::{UNUSUAL, is_held, with_counts};

/// For how many days counts are kept.
const KEPT_DAYS: i64 = 2;
/// How much is remembered as counted: about 10 MB when it is full.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// What counts once in an hour, as far as this process knows.
type Counted = (WorkerId, ActivityKind, At, Uuid);

/// The thresholds, and what was counted already.
pub(crate) struct Watch {
    thresholds: Thresholds,
    ids: Arc<dyn IdSource>,
    counted: Mutex<LruCache<Counted, ()>>,
}

impl Watch {
    pub(crate) fn new(thresholds: Thresholds, ids: Arc<dyn IdSource>) -> Self {
        Self { thresholds, ids, counted: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    fn counted(&self) -> MutexGuard<'_, LruCache<Counted, ()>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A record was read: once in an hour, and once in a day.
    Record(ChildId),
    /// An id was not found, or not for the actor: once in a day, and the same for both.
    UnknownId(Uuid),
    /// Counted each time.
    Times(ActivityKind, u32),
}

impl What {
    /// What an attempt amounts to. `compared` is how many numbers it compared with those of other children.
    pub(crate) fn of<A: Action, T>(
        action: &A,
        event: &AuditEvent,
        result: &Result<T, Error>,
        compared: u32,
    ) -> Option<Self> {
        let once = |kind| Some(Self::Times(kind, 1));
        match (result, A::VERB) {
            _ if compared > 0 => Some(Self::Times(ActivityKind::Searches, compared)),
            (Err(Error::Unknown), verb) if verb.is_about_children() => match action.subject() {
                Subject::ChildAndWorker(child, _) => Some(Self::UnknownId(child.0)),
                _ => event.subject_id.map(Self::UnknownId),
            },
            (Ok(_), Verb::SearchChildren) => once(ActivityKind::Searches),
            (Ok(_), Verb::ClaimDuty) => once(ActivityKind::DutyClaims),
            (Ok(_), Verb::BeginEmergencyAccess) => once(ActivityKind::EmergencyAccesses),
            (Ok(_), Verb::StartInvolvement) => once(ActivityKind::PeopleAdded),
            (Ok(_), verb) if verb.shows_record() => event.child_id.map(Self::Record),
            _ => None,
        }
    }
}

/// Something to count, with what it needs.
#[derive(Clone)]
pub(crate) struct Activity {
    watch: Arc<Watch>,
    policy: Arc<Policy>,
    pub(crate) worker: WorkerId,
    agency: AgencyId,
    at: At,
    what: What,
    /// It is read in an emergency, or to find a missing child.
    urgent: bool,
}

impl Activity {
    /// What is to be counted, unless this process knows that it is.
    pub(crate) fn of(
        watch: &Arc<Watch>,
        policy: &Arc<Policy>,
        event: &AuditEvent,
        what: What,
        relation: Relation,
    ) -> Option<Self> {
        let (worker, agency) = (event.worker_id?, event.agency_id?);
        let urgent = relation.emergency || relation.responder;
        let (watch, policy) = (Arc::clone(watch), Arc::clone(policy));
        let activity = Self { watch, policy, worker, agency, at: event.at, what, urgent };
        let known = activity.key().is_some_and(|key| activity.watch.counted().get(&key).is_some());
        (!known).then_some(activity)
    }

    /// Whether it shows a record or who was found, and could have waited for a confirmation.
    pub(crate) fn may_be_withheld(&self) -> bool {
        matches!(self.what, What::Record(_) | What::Times(ActivityKind::Searches, _)) && !self.urgent
    }

    /// By what it is remembered, where it counts once.
    fn key(&self) -> Option<Counted> {
        let hour = ActivityKind::RecordsInHour.since(self.at);
        match self.what {
            What::Record(child) => Some((self.worker, ActivityKind::RecordsInHour, hour, child.0)),
            What::UnknownId(id) => {
                Some((self.worker, ActivityKind::UnknownIds, ActivityKind::UnknownIds.since(self.at), id))
            }
            What::Times(..) => None,
        }
    }

    /// Once it is durable.
    pub(crate) fn remember(&self) {
        if let Some(key) = self.key() {
            self.watch.counted().put(key, ());
        }
    }
}

/// Of whom, what, and since when. In this order rows are locked.
type Count = (WorkerId, ActivityKind, At);

/// Counts these, notes what is unusual, and says who has to wait from now on.
pub(crate) fn count(connection: &mut Connection, activities: &[&Activity]) -> Result<HashSet<WorkerId>, Failure> {
    let mut once: BTreeSet<(Count, Uuid)> = BTreeSet::new();
    let mut added: BTreeMap<Count, u32> = BTreeMap::new();
    for activity in activities {
        let of = |kind: ActivityKind| (activity.worker, kind, kind.since(activity.at));
        match activity.what {
            What::Record(child) => {
                once.extend([ActivityKind::RecordsInHour, ActivityKind::RecordsInDay].map(|kind| (of(kind), child.0)));
            }
            What::UnknownId(id) => drop(once.insert((of(ActivityKind::UnknownIds), id))),
            What::Times(kind, times) => *added.entry(of(kind)).or_default() += times,
        }
    }
    for count in see(connection, once)? {
        *added.entry(count).or_default() += 1;
    }
    let mut held = HashSet::new();
    for ((worker, kind, since), amount) in add(connection, &added)? {
        let more = added.get(&(worker, kind, since)).copied().unwrap_or_default();
        let of_worker = activities.iter().find(|activity| activity.worker == worker);
        let Some(activity) = of_worker else { continue };
        if unusual::note(connection, activity, kind, amount, more)? {
            held.insert(worker);
        }
    }
    // A read that adds nothing was counted before, and perhaps withheld: it may have been decided before the worker
    // had to wait.
    let day = ActivityKind::RecordsInDay;
    let repeated: BTreeMap<WorkerId, At> = activities
        .iter()
        .filter(|activity| matches!(activity.what, What::Record(_)) && !held.contains(&activity.worker))
        .filter(|activity| !added.contains_key(&(activity.worker, day, day.since(activity.at))))
        .map(|activity| (activity.worker, activity.at))
        .collect();
    for (worker, at) in repeated {
        if is_held(connection, worker, at)? {
            held.insert(worker);
        }
    }
    Ok(held)
}

type CountRow = (Uid, String, Stamp);

fn count_of((worker, kind, since): CountRow) -> Result<Count, Failure> {
    let kind = kind.parse().map_err(|error| Failure::DeserializationError(Box::new(error)))?;
    Ok((worker.into(), kind, since.0))
}

/// Those of these that were not seen before.
fn see(connection: &mut Connection, once: BTreeSet<(Count, Uuid)>) -> Result<Vec<Count>, Failure> {
    let row = |((worker, kind, since), subject): (Count, Uuid)| {
        (
            activity_seen::worker_id.eq(Uid::from(worker)),
            activity_seen::kind.eq(kind.as_str()),
            activity_seen::since.eq(Stamp(since)),
            activity_seen::subject_id.eq(Uid(subject)),
        )
    };
    if once.is_empty() {
        return Ok(Vec::new());
    }
    match connection {
        Connection::Sqlite(c) => {
            let mut new = Vec::new();
            for one in once {
                let insert = diesel::insert_into(activity_seen::table).values(row(one)).on_conflict_do_nothing();
                if insert.execute(c)? > 0 {
                    new.push(one.0);
                }
            }
            Ok(new)
        }
        Connection::Postgres(c) => diesel::insert_into(activity_seen::table)
            .values(once.into_iter().map(row).collect::<Vec<_>>())
            .on_conflict_do_nothing()
            .returning((activity_seen::worker_id, activity_seen::kind, activity_seen::since))
            .load::<CountRow>(c)?
            .into_iter()
            .map(count_of)
            .collect(),
    }
}

/// Adds to the counts, and says what they are now.
fn add(connection: &mut Connection, added: &BTreeMap<Count, u32>) -> Result<Vec<(Count, u32)>, Failure> {
    let row = |((worker, kind, since), more): (&Count, &u32)| {
        (
            activity::worker_id.eq(Uid::from(*worker)),
            activity::kind.eq(kind.as_str()),
            activity::since.eq(Stamp(*since)),
            activity::amount.eq(i32::try_from(*more).unwrap_or(i32::MAX)),
        )
    };
    /// Writes the upsert once, for one row and for many.
    macro_rules! upsert {
        ($rows:expr) => {
            diesel::insert_into(activity::table)
                .values($rows)
                .on_conflict((activity::worker_id, activity::kind, activity::since))
                .do_update()
                .set(activity::amount.eq(activity::amount + excluded(activity::amount)))
                .returning(((activity::worker_id, activity::kind, activity::since), activity::amount))
        };
    }
    if added.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(CountRow, i32)> = match connection {
        Connection::Sqlite(c) => added.iter().map(|one| upsert!(row(one)).get_result(c)).collect::<Result<_, _>>()?,
        Connection::Postgres(c) => upsert!(added.iter().map(row).collect::<Vec<_>>()).load(c)?,
    };
    let amount = |amount: i32| u32::try_from(amount).unwrap_or_default();
    rows.into_iter().map(|(count, now)| Ok((count_of(count)?, amount(now)))).collect()
}

impl Store {
    /// Removes counts of days that are over. The server does so every hour.
    pub async fn forget_old_activity(&self) -> Result<(), Error> {
        self.session_change(|_, connection, now| {
            let over = Stamp(now - chrono::Duration::days(KEPT_DAYS));
            let forgotten = crate::database::connection::on_either!(connection, c => {
                diesel::delete(activity_seen::table.filter(activity_seen::since.lt(over)))
                    .execute(c)
                    .and_then(|_| diesel::delete(activity::table.filter(activity::since.lt(over))).execute(c))
            });
            Passed::of(forgotten.map(drop).map_err(Error::from), None)
        })
        .await
    }
}
