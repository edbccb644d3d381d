//! The child, the worker and the agency that a stored row belongs to.

use alongside_domain::access::emergency::COSIGNATURE_MINUTES;
use alongside_domain::{
    AgencyId, At, ChildId, DisclosureRequestId, EmergencyId, EntryId, FrontDoorDutyId, InvolvementId, ProposalId,
    RoleGrantId, SanitisedLineId, SuppressionId, Violations, WorkerId,
};
use alongside_policy::Relation;
use chrono::Duration;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{
    cosignature, disclosure_request, emergency_access, emergency_review, front_door_duty, involvement as involvements,
    notice_suppression as suppressions, restriction_step, role_grant as grants, sanitised_line as lines, way_in,
    worker,
};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::facts::ActorFacts;

/// The agency of a worker.
pub(crate) fn agency_of(connection: &mut Connection, id: WorkerId) -> Result<Option<AgencyId>, Error> {
    let row: Option<Uid> = on_either!(connection, c => worker::table
        .find(Uid::from(id))
        .select(worker::agency_id)
        .first(c)
        .optional())?;
    Ok(row.map(AgencyId::from))
}

/// The recording that a request is about, and the worker who asked.
pub(crate) fn disclosure_request(
    connection: &mut Connection,
    id: DisclosureRequestId,
) -> Result<Option<(EntryId, WorkerId)>, Error> {
    let row: Option<(Uid, Uid)> = on_either!(connection, c => disclosure_request::table
        .find(Uid::from(id))
        .select((disclosure_request::entry_id, disclosure_request::worker_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(entry, worker)| (entry.into(), worker.into())))
}

/// The recording behind a line of partner information.
pub(crate) fn sanitised_line(connection: &mut Connection, id: SanitisedLineId) -> Result<Option<EntryId>, Error> {
    let row: Option<Uid> = on_either!(connection, c => lines::table
        .find(Uid::from(id))
        .select(lines::entry_id)
        .first(c)
        .optional())?;
    Ok(row.map(EntryId::from))
}

/// The child and the worker of an emergency access.
pub(crate) fn emergency(connection: &mut Connection, id: EmergencyId) -> Result<Option<(ChildId, WorkerId)>, Error> {
    let row: Option<(Uid, Uid)> = on_either!(connection, c => emergency_access::table
        .find(Uid::from(id))
        .select((emergency_access::child_id, emergency_access::worker_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(child, worker)| (child.into(), worker.into())))
}

/// Whether a review of this worker's emergency access is overdue and no co-signature for this child is open.
pub(crate) fn review_overdue(
    connection: &mut Connection,
    worker: WorkerId,
    child: ChildId,
    now: At,
) -> Result<bool, Error> {
    let reviewed = emergency_review::table.select(emergency_review::emergency_id);
    let overdue: i64 = on_either!(&mut *connection, c => emergency_access::table
        .filter(emergency_access::worker_id.eq(Uid::from(worker)))
        .filter(emergency_access::review_due_at.lt(Stamp(now)))
        .filter(emergency_access::id.ne_all(reviewed))
        .count()
        .get_result(c))?;
    Ok(overdue > 0 && waiting_cosignature(connection, worker, child, now)?.is_none())
}

pub(crate) fn waiting_cosignature(
    connection: &mut Connection,
    worker: WorkerId,
    child: ChildId,
    now: At,
) -> Result<Option<Uid>, Error> {
    let since = Stamp(now - Duration::minutes(COSIGNATURE_MINUTES));
    Ok(on_either!(connection, c => cosignature::table
        .filter(cosignature::child_id.eq(Uid::from(child)))
        .filter(cosignature::worker_id.eq(Uid::from(worker)))
        .filter(cosignature::signed_at.gt(since))
        .filter(cosignature::signed_at.le(Stamp(now)))
        .filter(cosignature::used_for.is_null())
        .order(cosignature::signed_at.desc())
        .select(cosignature::id)
        .first(c)
        .optional())?)
}

/// The child and the proposer of a step.
pub(crate) fn sealing_proposal(
    connection: &mut Connection,
    id: ProposalId,
) -> Result<Option<(ChildId, WorkerId)>, Error> {
    let row: Option<(Uid, Uid)> = on_either!(connection, c => restriction_step::table
        .find(Uid::from(id))
        .select((restriction_step::child_id, restriction_step::proposed_by))
        .first(c)
        .optional())?;
    Ok(row.map(|(child, proposer)| (child.into(), proposer.into())))
}

/// The child, and the agency of the suppressing officer at that time.
pub(crate) fn notice_suppression(
    connection: &mut Connection,
    id: SuppressionId,
) -> Result<Option<(ChildId, AgencyId)>, Error> {
    let row: Option<(Uid, Uid)> = on_either!(connection, c => suppressions::table
        .find(Uid::from(id))
        .select((suppressions::child_id, suppressions::agency_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(child, agency)| (child.into(), agency.into())))
}

/// The agency and the worker of a duty.
pub(crate) fn duty(connection: &mut Connection, id: FrontDoorDutyId) -> Result<Option<(AgencyId, WorkerId)>, Error> {
    let row: Option<(Uid, Uid)> = on_either!(connection, c => front_door_duty::table
        .find(Uid::from(id))
        .select((front_door_duty::agency_id, front_door_duty::worker_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(agency, worker)| (agency.into(), worker.into())))
}

pub(crate) fn involvement(
    connection: &mut Connection,
    id: InvolvementId,
) -> Result<Option<(ChildId, WorkerId, AgencyId)>, Error> {
    let row: Option<(Uid, Uid, Uid)> = on_either!(connection, c => involvements::table
        .find(Uid::from(id))
        .select((involvements::child_id, involvements::worker_id, involvements::agency_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(child, worker, agency)| (child.into(), worker.into(), agency.into())))
}

/// The administrators who could get in. Empty where only the owner can.
pub(crate) fn known_to(connection: &mut Connection, worker: WorkerId) -> Result<Vec<WorkerId>, Error> {
    let known_to: Vec<Uid> = on_either!(connection, c => way_in::table
        .filter(way_in::worker_id.eq(Uid::from(worker)))
        .select(way_in::known_to)
        .load(c))?;
    Ok(known_to.into_iter().map(WorkerId::from).collect())
}

/// The caller's relationship to a proposed role. It is their own if they will get the role, proposed it, or could get
/// into the account.
pub(crate) fn role_grant(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: RoleGrantId,
) -> Result<Option<Relation>, Error> {
    let row: Option<(Uid, Uid, Uid, String)> = on_either!(&mut *connection, c => grants::table
        .find(Uid::from(id))
        .select((grants::worker_id, grants::proposed_by, grants::agency_id, grants::role))
        .first(c)
        .optional())?;
    let Some((worker, proposed_by, agency, role)) = row else { return Ok(None) };
    let (worker, proposed_by): (WorkerId, WorkerId) = (worker.into(), proposed_by.into());
    let could_get_in = known_to(connection, worker)?.contains(&actor.worker);
    Ok(Some(Relation {
        own: could_get_in || [worker, proposed_by].contains(&actor.worker),
        colleague: AgencyId::from(agency) == actor.agency,
        proposed_role: Some(role.parse().map_err(|_| Error::Corrupt("a proposed role has an unknown code"))?),
        ..Relation::default()
    }))
}

/// Refuses a list that names a person who is no active worker.
pub(crate) fn require_active(connection: &mut Connection, workers: &[WorkerId], pointer: &str) -> Result<(), Error> {
    for (index, worker) in workers.iter().enumerate() {
        let known: i64 = on_either!(&mut *connection, c => worker::table
            .find(Uid::from(*worker))
            .filter(worker::state.eq("active"))
            .count()
            .get_result(c))?;
        if known == 0 {
            let pointer = format!("{pointer}/{index}");
            return Err(Violations::one(&pointer, "names no active worker. GET /v1/workers lists them").into());
        }
    }
    Ok(())
}
