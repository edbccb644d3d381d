//! Unusual access: recorded once a day for each count and threshold, notified to the staff who oversee the worker, and
//! confirmed by one of them.

use std::collections::HashMap;

use alongside_domain::accounts::worker::{Role, WorkerState};
use alongside_domain::audit::activity::{ActivityKind, UnusualAccess, UnusualCount, day_of};
use alongside_domain::notices::notice::{Notice, NoticeKind};
use alongside_domain::{At, UnusualAccessId, WorkerId};
use alongside_policy::{Facts, Verb};
use diesel::prelude::*;
use diesel::result::Error as Failure;
use uuid::Uuid;

use crate::audit::activity::Activity;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{notice, unusual_access, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::actor;
use crate::standing::facts::SubjectFacts;
use crate::standing::role::has_role;

/// The kind of subject in its notices.
pub(crate) const UNUSUAL: &str = "unusual_access";

/// Records a count that is above a threshold. Returns whether the worker has to wait from now on.
///
/// The first threshold is recorded when it is crossed. Above the second, every count is checked: the threshold may have
/// been lowered, and requests decided before the crossing may still be running.
pub(crate) fn note(
    connection: &mut Connection,
    of: &Activity,
    kind: ActivityKind,
    amount: u32,
    more: u32,
) -> Result<bool, Failure> {
    let threshold = of.watch.thresholds.of(kind);
    let before = amount.saturating_sub(more);
    if amount > threshold.notify && before <= threshold.notify {
        write(connection, of, (kind, false, amount, threshold.notify), None)?;
    }
    let Some(hold) = threshold.hold.filter(|hold| amount > *hold) else { return Ok(false) };
    let confirmation = confirmation(connection, of.worker, of.at)?;
    let confirmed = confirmation.is_some();
    write(connection, of, (kind, true, amount, hold), confirmation)?;
    Ok(!confirmed)
}

type Confirmation = (Option<Uid>, Option<Stamp>, Option<String>);

/// The confirmation of this worker's access today. It holds for the rest of the day.
fn confirmation(connection: &mut Connection, worker: WorkerId, at: At) -> Result<Option<Confirmation>, Failure> {
    on_either!(connection, c => unusual_access::table
        .filter(unusual_access::worker_id.eq(Uid::from(worker)))
        .filter(unusual_access::on_day.eq(Stamp(day_of(at))))
        .filter(unusual_access::confirmed_at.is_not_null())
        .select((unusual_access::confirmed_by, unusual_access::confirmed_at, unusual_access::confirmed_because))
        .first(c)
        .optional())
}

fn write(
    connection: &mut Connection,
    of: &Activity,
    (kind, holds, amount, threshold): (ActivityKind, bool, u32, u32),
    confirmation: Option<Confirmation>,
) -> Result<(), Failure> {
    let id = of.watch.ids.next(of.at);
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    let confirmed = confirmation.is_some();
    let (by, at, because) = confirmation.unwrap_or_default();
    let row = (
        unusual_access::id.eq(Uid(id)),
        unusual_access::worker_id.eq(Uid::from(of.worker)),
        unusual_access::agency_id.eq(Uid::from(of.agency)),
        unusual_access::kind.eq(kind.as_str()),
        unusual_access::on_day.eq(Stamp(day_of(of.at))),
        unusual_access::holds.eq(holds),
        unusual_access::amount.eq(number(amount)),
        unusual_access::threshold.eq(number(threshold)),
        unusual_access::recorded_at.eq(Stamp(of.at)),
        unusual_access::confirmed_by.eq(by),
        unusual_access::confirmed_at.eq(at),
        unusual_access::confirmed_because.eq(because),
    );
    let new = on_either!(&mut *connection, c => diesel::insert_into(unusual_access::table)
        .values(row)
        .on_conflict((
            unusual_access::worker_id,
            unusual_access::on_day,
            unusual_access::kind,
            unusual_access::holds,
        ))
        .do_nothing()
        .execute(c))?;
    if new == 0 || confirmed {
        return Ok(());
    }
    tracing::warn!(worker = %of.worker, count = %kind, amount, threshold, held = holds, "unusually much was done");
    let told = overseers(connection, of, holds)?;
    if told.is_empty() {
        tracing::error!(worker = %of.worker, "nobody oversees this worker: name a safeguarding lead or an auditor");
    }
    tell(connection, of, id, told)
}

/// The safeguarding leads of the worker's agency and all auditors. If the worker has to wait, also their manager, or
/// the supervisors of the agency if they have no manager.
fn overseers(connection: &mut Connection, of: &Activity, holds: bool) -> Result<Vec<WorkerId>, Failure> {
    let me = Uid::from(of.worker);
    let manager: Option<Uid> =
        on_either!(&mut *connection, c => worker::table.find(me).select(worker::supervisor_id).first(c))?;
    let nobody = Uid(Uuid::nil());
    let supervised_at = if holds && manager.is_none() { Uid::from(of.agency) } else { nobody };
    let manager = manager.filter(|_| holds).unwrap_or(nobody);
    let ids: Vec<Uid> = on_either!(&mut *connection, c => worker::table
        .filter(worker::state.eq(WorkerState::Active.as_str()))
        .filter(worker::id.ne(me))
        .filter(
            worker::agency_id
                .eq(Uid::from(of.agency))
                .and(has_role(Role::SafeguardingLead))
                .or(has_role(Role::Auditor))
                .or(worker::id.eq(manager))
                .or(worker::agency_id.eq(supervised_at).and(has_role(Role::Supervisor))),
        )
        .select(worker::id)
        .load(c))?;
    let ids: Vec<WorkerId> = ids.into_iter().map(WorkerId::from).collect();
    let may = |facts: Facts| of.policy.decide(Verb::ListUnusualAccess, facts).allowed;
    let found = actor::with_every_proof(connection, &ids, of.at).map_err(|error| match error {
        Error::Database(failure) => failure,
        _ => Failure::RollbackTransaction,
    })?;
    let allowed = found.into_iter().filter(|actor| may(actor.facts(&SubjectFacts::default())));
    Ok(allowed.map(|actor| actor.worker).collect())
}

fn tell(connection: &mut Connection, of: &Activity, about: Uuid, workers: Vec<WorkerId>) -> Result<(), Failure> {
    for worker in workers {
        let row = (
            notice::id.eq(Uid(of.watch.ids.next(of.at))),
            notice::worker_id.eq(Uid::from(worker)),
            notice::kind.eq(NoticeKind::UnusualAccess.as_str()),
            notice::about_kind.eq(UNUSUAL),
            notice::about_id.eq(Uid(about)),
            notice::recorded_at.eq(Stamp(of.at)),
        );
        on_either!(&mut *connection, c => diesel::insert_into(notice::table).values(row).execute(c))?;
    }
    Ok(())
}

/// Whether the worker waits for a confirmation. The query of the caller's account reads the same.
pub(crate) fn is_held(connection: &mut Connection, worker: WorkerId, now: At) -> Result<bool, Failure> {
    let holds: i64 = on_either!(connection, c => unusual_access::table
        .filter(unusual_access::worker_id.eq(Uid::from(worker)))
        .filter(unusual_access::on_day.eq(Stamp(day_of(now))))
        .filter(unusual_access::holds)
        .filter(unusual_access::confirmed_at.is_null())
        .count()
        .get_result(c))?;
    Ok(holds > 0)
}

/// These notices, with the counts in those about unusual access.
pub(crate) fn with_counts(connection: &mut Connection, mut notices: Vec<Notice>) -> Result<Vec<Notice>, Error> {
    let about: Vec<Uid> = notices
        .iter()
        .filter(|notice| notice.about_kind == UNUSUAL)
        .filter_map(|notice| notice.about_id)
        .map(Uid)
        .collect();
    if about.is_empty() {
        return Ok(notices);
    }
    let rows: Vec<Row> = on_either!(connection, c => unusual_access::table
        .filter(unusual_access::id.eq_any(about))
        .select(Row::as_select())
        .load(c))?;
    let counts: HashMap<UnusualAccessId, UnusualCount> =
        all(rows)?.into_iter().map(|unusual| (unusual.id, unusual.what)).collect();
    for notice in notices.iter_mut().filter(|notice| notice.about_kind == UNUSUAL) {
        notice.unusual = notice.about_id.and_then(|id| counts.get(&UnusualAccessId(id)).cloned());
    }
    Ok(notices)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = unusual_access)]
pub(crate) struct Row {
    id: Uid,
    worker_id: Uid,
    agency_id: Uid,
    kind: String,
    holds: bool,
    amount: i32,
    threshold: i32,
    recorded_at: Stamp,
    confirmed_by: Option<Uid>,
    confirmed_at: Option<Stamp>,
    confirmed_because: Option<String>,
}

impl TryFrom<Row> for UnusualAccess {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let unknown = |_| Error::Corrupt("an unusual count has an unknown kind");
        let number = |number: i32| u32::try_from(number).unwrap_or_default();
        Ok(Self {
            id: row.id.into(),
            agency_id: row.agency_id.into(),
            what: UnusualCount {
                worker_id: row.worker_id.into(),
                kind: row.kind.parse().map_err(unknown)?,
                count: number(row.amount),
                threshold: number(row.threshold),
                held: row.holds,
            },
            at: row.recorded_at.0,
            confirmed_by: row.confirmed_by.map(WorkerId::from),
            confirmed_at: row.confirmed_at.map(|at| at.0),
            confirmed_because: row.confirmed_because,
        })
    }
}

pub(crate) fn all(rows: Vec<Row>) -> Result<Vec<UnusualAccess>, Error> {
    rows.into_iter().map(UnusualAccess::try_from).collect()
}
