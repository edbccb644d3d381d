//! The relationship of a caller to a subject: facts, never the content of a record. They are read in the same snapshot
//! or transaction as the answer, and never cached.

use alongside_domain::{At, ChildId, EntryId, WorkerId};
use alongside_policy::{Relation, Subject};
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::worker;
use crate::database::sql_types::Uid;
use crate::standing::child::of_child;
use crate::standing::entry::of_entry;
use crate::standing::facts::{ActorFacts, SubjectFacts};
use crate::standing::whose::{self, agency_of};

/// The id of no child. It is queried in place of the child when an id is unknown.
const NO_CHILD: ChildId = ChildId(uuid::Uuid::nil());

/// The same for a recording.
const NO_ENTRY: EntryId = EntryId(uuid::Uuid::nil());

/// The subject of the action. `None` when it does not exist. The queries are the same either way, so that the timing
/// shows nothing.
pub(crate) fn subject(
    connection: &mut Connection,
    actor: &ActorFacts,
    subject: Subject,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    Ok(match subject {
        Subject::Partnership | Subject::Agency(_) | Subject::Worker(_) | Subject::Notice(_) | Subject::Session(_) => {
            Some(SubjectFacts::default())
        }
        Subject::Colleague(id) => agency_of(connection, id)?.map(|agency| SubjectFacts {
            relation: Relation { colleague: agency == actor.agency, own: id == actor.worker, ..Relation::default() },
            ..SubjectFacts::default()
        }),
        Subject::Child(id) => of_child(connection, actor, id, now)?,
        Subject::ChildAndWorker(id, other) => {
            let facts = of_child(connection, actor, id, now)?;
            agency_of(connection, other)?.and_then(|agency| {
                facts.map(|facts| {
                    let colleague = agency == actor.agency;
                    facts.with(|relation| Relation { colleague, own: other == actor.worker, ..relation })
                })
            })
        }
        Subject::ChildInEmergency(id) => {
            let facts = of_child(connection, actor, id, now)?;
            let review_overdue = whose::review_overdue(connection, actor.worker, id, now)?;
            facts.map(|facts| facts.with(|relation| Relation { review_overdue, ..relation }))
        }
        Subject::Emergency(id) => {
            let known = whose::emergency(connection, id)?;
            let (child_id, worker) = known.unwrap_or((NO_CHILD, actor.worker));
            let facts = of_child(connection, actor, child_id, now)?;
            let (own, in_line) = (worker == actor.worker, in_line(connection, worker, actor.worker)?);
            facts.map(|facts| facts.with(|relation| Relation { own, in_line, ..relation }))
        }
        Subject::Suppression(id) => {
            let known = whose::notice_suppression(connection, id)?;
            let (child_id, agency) = known.unwrap_or((NO_CHILD, actor.agency));
            let colleague = agency == actor.agency;
            let facts = of_child(connection, actor, child_id, now)?;
            facts.map(|facts| facts.with(|relation| Relation { colleague, ..relation }))
        }
        Subject::Proposal(id) => {
            let known = whose::sealing_proposal(connection, id)?;
            let (child_id, proposer) = known.unwrap_or((NO_CHILD, actor.worker));
            let facts = of_child(connection, actor, child_id, now)?;
            facts.map(|facts| facts.with(|relation| Relation { own: proposer == actor.worker, ..relation }))
        }
        Subject::RoleGrant(id) => {
            let relation = whose::role_grant(connection, actor, id)?;
            relation.map(|relation| SubjectFacts { relation, ..SubjectFacts::default() })
        }
        Subject::OnFrontDoor(other) => agency_of(connection, other)?.map(|agency| SubjectFacts {
            relation: Relation { colleague: agency == actor.agency, own: other == actor.worker, ..Relation::default() },
            ..SubjectFacts::default()
        }),
        Subject::FrontDoorDuty(id) => {
            // For the staff of other agencies this duty does not exist.
            let known = whose::duty(connection, id)?.filter(|(agency, _)| *agency == actor.agency);
            known.map(|(_, worker)| SubjectFacts {
                relation: Relation { colleague: true, own: worker == actor.worker, ..Relation::default() },
                ..SubjectFacts::default()
            })
        }
        Subject::Involvement(id) => {
            let known = whose::involvement(connection, id)?;
            let (child_id, worker, agency) = known.unwrap_or((NO_CHILD, actor.worker, actor.agency));
            let (colleague, own) = (agency == actor.agency, worker == actor.worker);
            let facts = of_child(connection, actor, child_id, now)?;
            facts.map(|facts| facts.with(|relation| Relation { colleague, own, ..relation }))
        }
        Subject::Entry(id) => entry(connection, actor, id, now)?,
        Subject::DisclosureRequest(id) => {
            let known = whose::disclosure_request(connection, id)?;
            let (entry_id, requester) = known.unwrap_or((NO_ENTRY, actor.worker));
            let facts = entry(connection, actor, entry_id, now)?;
            facts.map(|facts| facts.with(|relation| Relation { own: requester == actor.worker, ..relation }))
        }
        Subject::SanitisedLine(id) => {
            let source = whose::sanitised_line(connection, id)?;
            let facts = entry(connection, actor, source.unwrap_or(NO_ENTRY), now)?;
            // For other agencies a line has no source. A refusal that named one would reveal it.
            facts.filter(|facts| facts.entry_facts.is_some_and(|entry| entry.own_agency))
        }
    })
}

/// The caller's relationship to a recording and to its child.
pub(crate) fn entry(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: EntryId,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    let known = of_entry(connection, actor, id, now)?;
    let child_id = known.as_ref().map_or(NO_CHILD, |(_, child_id, _)| *child_id);
    let facts = of_child(connection, actor, child_id, now)?;
    Ok(known.zip(facts).map(|((head, _, entry), facts)| SubjectFacts {
        entry: Some(head),
        entry_facts: Some(entry),
        ..facts
    }))
}

/// How many levels of management are followed.
const LONGEST_LINE: usize = 10;

/// Whether one of two workers manages the other, directly or through others.
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
