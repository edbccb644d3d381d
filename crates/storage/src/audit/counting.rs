//! Counts what workers do, in the transaction that makes the audit event durable.

use std::collections::{BTreeMap, HashSet};

use alongside_domain::audit::activity::ActivityKind;
use alongside_domain::{At, WorkerId};
use diesel::result::Error as Failure;

use crate::audit::activity::{Activity, What};
use crate::audit::counts::rows::{Count, Once, Seen};
use crate::audit::counts::{postgres, sqlite};
use crate::audit::unusual::{self, is_held};
use crate::database::connection::Connection;

/// Counts these and records unusual access. Returns the workers who have to wait from now on.
pub(crate) fn count(connection: &mut Connection, activities: &[&Activity]) -> Result<HashSet<WorkerId>, Failure> {
    let (of_hour, of_day) = (ActivityKind::RecordsInHour, ActivityKind::RecordsInDay);
    let mut once: BTreeMap<Once, At> = BTreeMap::new();
    let mut added: BTreeMap<Count, u32> = BTreeMap::new();
    for activity in activities {
        let (kind, subject) = match activity.what {
            What::Record(child) => (of_day, child.0),
            What::UnknownId(id) => (ActivityKind::UnknownIds, id),
            What::Times(kind, times) => {
                *added.entry((activity.worker, kind, kind.since(activity.at))).or_default() += times;
                continue;
            }
        };
        let hour = of_hour.since(activity.at);
        let last = once.entry(Once { worker: activity.worker, kind, day: kind.since(hour), subject }).or_insert(hour);
        *last = hour.max(*last);
    }
    for seen in see(connection, &once)? {
        if seen.new_today {
            *added.entry((seen.worker, seen.kind, seen.kind.since(seen.hour))).or_default() += 1;
        }
        if seen.kind == of_day {
            *added.entry((seen.worker, of_hour, seen.hour)).or_default() += 1;
        }
    }
    let mut held = HashSet::new();
    for (count, amount) in raise(connection, &added)? {
        let (worker, kind, _) = count;
        let more = added.get(&count).copied().unwrap_or_default();
        let Some(activity) = activities.iter().find(|activity| activity.worker == worker) else { continue };
        if unusual::note(connection, activity, kind, amount, more)? {
            held.insert(worker);
        }
    }
    // A read that adds nothing was counted before and perhaps withheld: it may have been decided before the worker had
    // to wait.
    let repeated: BTreeMap<WorkerId, At> = activities
        .iter()
        .filter(|activity| matches!(activity.what, What::Record(_)) && !held.contains(&activity.worker))
        .filter(|activity| !added.contains_key(&(activity.worker, of_day, of_day.since(activity.at))))
        .map(|activity| (activity.worker, activity.at))
        .collect();
    for (worker, at) in repeated {
        if is_held(connection, worker, at)? {
            held.insert(worker);
        }
    }
    Ok(held)
}

fn see(connection: &mut Connection, once: &BTreeMap<Once, At>) -> Result<Vec<Seen>, Failure> {
    if once.is_empty() {
        return Ok(Vec::new());
    }
    match connection {
        Connection::Sqlite(c) => sqlite::see(c, once),
        Connection::Postgres(c) => postgres::see(c, once),
    }
}

fn raise(connection: &mut Connection, added: &BTreeMap<Count, u32>) -> Result<Vec<(Count, u32)>, Failure> {
    if added.is_empty() {
        return Ok(Vec::new());
    }
    match connection {
        Connection::Sqlite(c) => sqlite::raise(c, added),
        Connection::Postgres(c) => postgres::raise(c, added),
    }
}
