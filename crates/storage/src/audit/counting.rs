//! Counts what workers do, in the transaction that makes the audit event durable.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use alongside_domain::audit::activity::ActivityKind;
use alongside_domain::{At, WorkerId};
use diesel::prelude::*;
use diesel::result::Error as Failure;
use diesel::upsert::excluded;
use uuid::Uuid;

use crate::audit::activity::{Activity, What};
use crate::audit::unusual::{self, is_held};
use crate::database::connection::{Connection, on_either};
use crate::database::schema::{activity, activity_seen};
use crate::database::sql_types::{Stamp, Uid};

/// Of whom, what, and since when. In this order rows are locked.
type Count = (WorkerId, ActivityKind, At);

/// Counts these, notes what is unusual, and says who has to wait from now on.
pub(crate) fn count(connection: &mut Connection, activities: &[&Activity]) -> Result<HashSet<WorkerId>, Failure> {
    let mut once: BTreeSet<(Count, Uuid)> = BTreeSet::new();
    let mut added: BTreeMap<Count, u32> = BTreeMap::new();
    for activity in activities {
        let of = |kind: ActivityKind| (activity.worker, kind, kind.since(activity.at));
        match activity.what {
            What::Record(child) => drop(once.insert((of(ActivityKind::RecordsInHour), child.0))),
            What::UnknownId(id) => drop(once.insert((of(ActivityKind::UnknownIds), id))),
            What::Times(kind, times) => *added.entry(of(kind)).or_default() += times,
        }
    }
    let new = see(connection, once)?;
    for count in new_today(connection, &new)?.into_iter().chain(new.into_iter().map(|(count, _)| count)) {
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
fn see(connection: &mut Connection, once: BTreeSet<(Count, Uuid)>) -> Result<Vec<(Count, Uuid)>, Failure> {
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
                    new.push(one);
                }
            }
            Ok(new)
        }
        Connection::Postgres(c) => diesel::insert_into(activity_seen::table)
            .values(once.into_iter().map(row).collect::<Vec<_>>())
            .on_conflict_do_nothing()
            .returning((
                (activity_seen::worker_id, activity_seen::kind, activity_seen::since),
                activity_seen::subject_id,
            ))
            .load::<(CountRow, Uid)>(c)?
            .into_iter()
            .map(|(count, subject)| Ok((count_of(count)?, subject.0)))
            .collect(),
    }
}

/// The records among these, new in their hour, that were not read in an earlier hour of the day either. A row for each
/// hour tells both, so that none is written for the day.
fn new_today(connection: &mut Connection, new: &[(Count, Uuid)]) -> Result<Vec<Count>, Failure> {
    let (of_hour, of_day) = (ActivityKind::RecordsInHour, ActivityKind::RecordsInDay);
    let records = || new.iter().filter(|((_, kind, _), _)| *kind == of_hour);
    let hours: BTreeSet<At> = records().map(|((.., hour), _)| *hour).collect();
    let mut earlier: HashSet<(WorkerId, At, Uuid)> = HashSet::new();
    for hour in hours.into_iter().filter(|hour| of_day.since(*hour) < *hour) {
        let here = || records().filter(move |((.., since), _)| *since == hour);
        let workers: HashSet<Uid> = here().map(|((worker, ..), _)| Uid::from(*worker)).collect();
        let children: HashSet<Uid> = here().map(|(_, child)| Uid(*child)).collect();
        let rows: Vec<(Uid, Uid)> = on_either!(&mut *connection, c => activity_seen::table
            .filter(activity_seen::worker_id.eq_any(workers))
            .filter(activity_seen::kind.eq(of_hour.as_str()))
            .filter(activity_seen::since.ge(Stamp(of_day.since(hour))))
            .filter(activity_seen::since.lt(Stamp(hour)))
            .filter(activity_seen::subject_id.eq_any(children))
            .select((activity_seen::worker_id, activity_seen::subject_id))
            .load(c))?;
        earlier.extend(rows.into_iter().map(|(worker, child)| (worker.into(), hour, child.0)));
    }
    let is_new = |((worker, _, hour), child): &&(Count, Uuid)| !earlier.contains(&(*worker, *hour, *child));
    Ok(records().filter(is_new).map(|((worker, _, hour), _)| (*worker, of_day, of_day.since(*hour))).collect())
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
