//! How an actor stands to a subject: facts, never the content of a record. Read from the same snapshot or
//! transaction as the answer, and never remembered.

use alongside_domain::agency::Sector;
use alongside_domain::entry::{EntryKind, Segment};
use alongside_domain::second_factor::FRESH_MINUTES;
use alongside_domain::worker::{Actor, Roles, WorkerState};
use alongside_domain::{AgencyId, At, ChildId, EntryId, InvolvementId, Version, WorkerId};
use alongside_policy::{EntryFacts, Facts, Relation, SecondFactor, Subject};
use diesel::prelude::*;

use crate::connection::{Connection, on_either};
use crate::error::Error;
use crate::schema::{agency, involvement, session, worker};
use crate::sql_types::{Stamp, Uid};
use crate::{disclosure, emergency, entry_ties, partner_information, restriction};

mod ties;

pub(crate) use ties::child;

/// Who acts, as the database has it now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActorFacts {
    pub(crate) worker: WorkerId,
    pub(crate) agency: AgencyId,
    pub(crate) sector: Sector,
    pub(crate) roles: Roles,
    pub(crate) may_act: bool,
    pub(crate) second_factor: SecondFactor,
}

/// The child an action concerns, with the sealed key that opens the record once a permit is given.
#[derive(Debug, Clone)]
pub(crate) struct ChildFacts {
    pub(crate) id: ChildId,
    pub(crate) agency: AgencyId,
    pub(crate) version: Version,
    pub(crate) key_sealed: Option<Vec<u8>>,
    /// Police let others know something of what they keep to themselves.
    pub(crate) has_partner_information: bool,
}

/// The recording an action concerns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryHeadFacts {
    pub(crate) kind: EntryKind,
    pub(crate) agency: AgencyId,
    pub(crate) segment: Segment,
}

/// What an action is about, as far as a decision needs it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SubjectFacts {
    pub(crate) child: Option<ChildFacts>,
    pub(crate) entry: Option<EntryHeadFacts>,
    pub(crate) entry_facts: Option<EntryFacts>,
    pub(crate) relation: Relation,
    /// Somebody of another agency is in charge of that agency's work with the child.
    pub(crate) others_in_charge: bool,
}

impl ActorFacts {
    pub(crate) fn facts(&self, subject: &SubjectFacts) -> Facts {
        Facts {
            roles: self.roles,
            sector: self.sector,
            may_act: self.may_act,
            second_factor: self.second_factor,
            relation: subject.relation,
            entry: subject.entry_facts,
            purpose_stated: false,
            reason_given: false,
        }
    }
}

/// Who acts. `None` when the session or the worker is not known.
pub(crate) fn actor(connection: &mut Connection, actor: &Actor, now: At) -> Result<Option<ActorFacts>, Error> {
    type Row = (Uid, String, String, Stamp, Option<Stamp>, String, bool);
    let row: Option<Row> = on_either!(connection, c => session::table
        .inner_join(worker::table.on(worker::id.eq(session::worker_id)))
        .inner_join(agency::table.on(agency::id.eq(worker::agency_id)))
        .filter(session::id.eq(Uid::from(actor.session)))
        .filter(worker::id.eq(Uid::from(actor.worker)))
        .select((worker::agency_id, worker::roles, worker::state, session::ends_at, session::second_factor_at, agency::sector, agency::in_sharing_agreement))
        .first(c)
        .optional())?;
    row.map(|(agency, roles, state, ends_at, proved_at, sector, in_agreement)| {
        let unknown = |_| Error::Corrupt("a worker has an unknown code");
        let state: WorkerState = state.parse().map_err(unknown)?;
        Ok(ActorFacts {
            worker: actor.worker,
            agency: agency.into(),
            sector: sector.parse().map_err(unknown)?,
            roles: Roles::from_text(&roles).map_err(unknown)?,
            may_act: state == WorkerState::Active && in_agreement && ends_at.0 > now,
            second_factor: freshness(proved_at, now),
        })
    })
    .transpose()
}

/// A proof that lies in the future is no fresh one: a clock was set back.
fn freshness(proved_at: Option<Stamp>, now: At) -> SecondFactor {
    let fresh = chrono::Duration::minutes(FRESH_MINUTES);
    match proved_at {
        None => SecondFactor::Missing,
        Some(Stamp(at)) if at <= now && now < at + fresh => SecondFactor::Fresh,
        Some(_) => SecondFactor::Proved,
    }
}

/// What the action is about. `None` when it does not exist.
pub(crate) fn subject(
    connection: &mut Connection,
    actor: &ActorFacts,
    subject: Subject,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    match subject {
        Subject::Partnership | Subject::Agency(_) | Subject::Worker(_) | Subject::Notice(_) | Subject::Session(_) => {
            Ok(Some(SubjectFacts::default()))
        }
        Subject::Child(id) => child(connection, actor, id, now),
        Subject::ChildAndWorker(id, other) => {
            let Some(mut facts) = child(connection, actor, id, now)? else {
                return Ok(None);
            };
            let Some(agency) = agency_of(connection, other)? else {
                return Ok(None);
            };
            facts.relation.colleague = agency == actor.agency;
            facts.relation.own = other == actor.worker;
            Ok(Some(facts))
        }
        Subject::ChildInEmergency(id) => {
            let Some(mut facts) = child(connection, actor, id, now)? else {
                return Ok(None);
            };
            facts.relation.review_overdue = emergency::review_overdue(connection, actor.worker, id, now)?;
            Ok(Some(facts))
        }
        Subject::Emergency(id) => {
            let Some((child_id, worker)) = emergency::whose(connection, id)? else {
                return Ok(None);
            };
            let Some(mut facts) = child(connection, actor, child_id, now)? else {
                return Ok(None);
            };
            facts.relation.own = worker == actor.worker;
            facts.relation.in_line = in_line(connection, worker, actor.worker)?;
            Ok(Some(facts))
        }
        Subject::Proposal(id) => {
            let Some((child_id, proposer)) = restriction::whose(connection, id)? else {
                return Ok(None);
            };
            let Some(mut facts) = child(connection, actor, child_id, now)? else {
                return Ok(None);
            };
            facts.relation.own = proposer == actor.worker;
            Ok(Some(facts))
        }
        Subject::Involvement(id) => {
            let Some((child_id, worker, agency)) = involvement_of(connection, id)? else {
                return Ok(None);
            };
            let Some(mut facts) = child(connection, actor, child_id, now)? else {
                return Ok(None);
            };
            facts.relation.colleague = agency == actor.agency;
            facts.relation.own = worker == actor.worker;
            Ok(Some(facts))
        }
        Subject::Entry(id) => entry(connection, actor, id, now),
        Subject::DisclosureRequest(id) => {
            let Some((entry_id, requester)) = disclosure::whose(connection, id)? else {
                return Ok(None);
            };
            let Some(mut facts) = entry(connection, actor, entry_id, now)? else {
                return Ok(None);
            };
            facts.relation.own = requester == actor.worker;
            Ok(Some(facts))
        }
        Subject::SanitisedLine(id) => {
            let Some(entry_id) = partner_information::source(connection, id)? else {
                return Ok(None);
            };
            entry(connection, actor, entry_id, now)
        }
    }
}

/// How the actor stands to a recording and to the child it is about.
pub(crate) fn entry(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: EntryId,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    let Some((head, child_id, entry)) = entry_ties::of_entry(connection, actor, id, now)? else {
        return Ok(None);
    };
    let Some(mut facts) = child(connection, actor, child_id, now)? else {
        return Ok(None);
    };
    facts.entry = Some(head);
    facts.entry_facts = Some(entry);
    Ok(Some(facts))
}

/// How many steps of management are followed.
const LONGEST_LINE: usize = 10;

/// Whether one of two workers manages the other, at any remove.
fn in_line(connection: &mut Connection, one: WorkerId, other: WorkerId) -> Result<bool, Error> {
    Ok(manages(connection, one, other)? || manages(connection, other, one)?)
}

fn manages(connection: &mut Connection, manager: WorkerId, staff: WorkerId) -> Result<bool, Error> {
    let mut present = staff;
    for _ in 0..LONGEST_LINE {
        let above: Option<Option<Uid>> = on_either!(&mut *connection, c => worker::table
            .find(Uid::from(present))
            .select(worker::supervisor_id)
            .first(c)
            .optional())?;
        match above.flatten().map(WorkerId::from) {
            Some(above) if above == manager => return Ok(true),
            Some(above) => present = above,
            None => return Ok(false),
        }
    }
    Ok(false)
}

fn agency_of(connection: &mut Connection, id: WorkerId) -> Result<Option<AgencyId>, Error> {
    let row: Option<Uid> = on_either!(connection, c => worker::table
        .find(Uid::from(id))
        .select(worker::agency_id)
        .first(c)
        .optional())?;
    Ok(row.map(AgencyId::from))
}

fn involvement_of(
    connection: &mut Connection,
    id: InvolvementId,
) -> Result<Option<(ChildId, WorkerId, AgencyId)>, Error> {
    let row: Option<(Uid, Uid, Uid)> = on_either!(connection, c => involvement::table
        .find(Uid::from(id))
        .select((involvement::child_id, involvement::worker_id, involvement::agency_id))
        .first(c)
        .optional())?;
    Ok(row.map(|(child, worker, agency)| (child.into(), worker.into(), agency.into())))
}
