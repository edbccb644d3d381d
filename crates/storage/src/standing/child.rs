//! What links a caller to a child, and what closes the child's record to them.

use alongside_domain::access::involvement::InvolvementKind;
use alongside_domain::statutory::referral::ReferralStatus;
use alongside_domain::{At, ChildId, Version, WorkerId};
use alongside_policy::Relation;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{child, conflict, emergency_access, involvement, listed_person, referral, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::facts::ActorFacts;
use crate::standing::facts::{ChildFacts, SubjectFacts};

/// A current involvement: the worker, their agency, the kind, and since when.
type Tie = (Uid, Uid, String, Stamp);

/// Whether there is a conflict, a place on the list, emergency access, and an unanswered referral.
type Guards = (bool, bool, bool, bool);

/// The agency that holds the record, its version and key, whether there is partner information, and its restriction.
type Held = (Uid, i32, Option<Vec<u8>>, bool, String);

/// The record, if it exists, with at most one tie.
type Row = (Option<Held>, Guards, Option<Tie>);

/// The caller's relationship to a child. There is one row for each involvement that matters, because on PostgreSQL one
/// query for each kind of tie takes longer than reading the record. There is always at least one row: a query that
/// ended early for an unknown child would show it by its timing.
pub(crate) fn of_child(
    connection: &mut Connection,
    actor: &ActorFacts,
    id: ChildId,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    let (id_of, me, agency, at) = (Uid::from(id), Uid::from(actor.worker), Uid::from(actor.agency), Stamp(now));
    let allocated = InvolvementKind::Allocated.as_str();
    let rows: Vec<Row> = on_either!(connection, c => worker::table
        .left_join(child::table.on(child::id.eq(id_of)))
        .left_join(
            involvement::table.on(involvement::child_id
                .eq(id_of)
                .and(involvement::ends_at.gt(at))
                .and(involvement::agency_id.eq(agency).or(involvement::kind.eq(allocated)))),
        )
        .filter(worker::id.eq(me))
        .select((
            (
                child::agency_id,
                child::version,
                child::key_sealed,
                child::has_partner_information,
                child::restriction,
            )
                .nullable(),
            (
                exists(
                    conflict::table
                        .filter(conflict::child_id.eq(id_of))
                        .filter(conflict::worker_id.eq(me))
                        .filter(conflict::lifted_at.is_null()),
                ),
                exists(
                    listed_person::table
                        .filter(listed_person::child_id.eq(id_of))
                        .filter(listed_person::worker_id.eq(me)),
                ),
                exists(
                    emergency_access::table
                        .filter(emergency_access::child_id.eq(id_of))
                        .filter(emergency_access::worker_id.eq(me))
                        .filter(emergency_access::agency_id.eq(agency))
                        .filter(emergency_access::started_at.le(at))
                        .filter(emergency_access::ends_at.gt(at)),
                ),
                exists(
                    referral::table
                        .filter(referral::child_id.eq(id_of))
                        .filter(referral::to_agency_id.eq(agency))
                        .filter(referral::status.eq(ReferralStatus::Sent.as_str())),
                ),
            ),
            (involvement::worker_id, involvement::agency_id, involvement::kind, involvement::started_at).nullable(),
        ))
        .load(c))?;
    facts_of(rows, actor, id, now)
}

/// The facts in the rows of a child. `None` where there is no child.
pub(crate) fn facts_of(
    rows: Vec<Row>,
    actor: &ActorFacts,
    id: ChildId,
    now: At,
) -> Result<Option<SubjectFacts>, Error> {
    let mut facts: Option<SubjectFacts> = None;
    for (held, guards, tie) in rows {
        let Some((held_by, version, key_sealed, has_partner_information, restriction)) = held else { return Ok(None) };
        let facts = match &mut facts {
            Some(facts) => facts,
            none => {
                let (conflict, listed, emergency, agency_receiving) = guards;
                let restriction = restriction.parse();
                none.insert(SubjectFacts {
                    child: Some(ChildFacts {
                        id,
                        agency: held_by.into(),
                        version: Version(version),
                        key_sealed,
                        has_partner_information,
                    }),
                    relation: Relation {
                        conflict,
                        restriction: restriction.map_err(|_| Error::Corrupt("a child has an unknown restriction"))?,
                        listed,
                        emergency,
                        agency_receiving,
                        ..Relation::default()
                    },
                    ..SubjectFacts::default()
                })
            }
        };
        if let Some(tie) = tie {
            add(facts, actor, tie, now)?;
        }
    }
    Ok(facts)
}

/// Adds one current involvement to the facts.
fn add(facts: &mut SubjectFacts, actor: &ActorFacts, tie: Tie, now: At) -> Result<(), Error> {
    let (worker, agency, kind, started_at) = tie;
    let kind: InvolvementKind = kind.parse().map_err(|_| Error::Corrupt("an involvement has an unknown kind"))?;
    if Uid::from(actor.agency) != agency {
        facts.others_in_charge |= kind == InvolvementKind::Allocated;
        return Ok(());
    }
    let relation = &mut facts.relation;
    relation.agency_involved |= matches!(kind, InvolvementKind::Allocated | InvolvementKind::Team);
    if WorkerId::from(worker) != actor.worker || started_at.0 > now {
        return Ok(());
    }
    *match kind {
        InvolvementKind::Allocated => &mut relation.allocated,
        InvolvementKind::Team => &mut relation.team,
        InvolvementKind::Duty => &mut relation.duty,
        InvolvementKind::Meeting => &mut relation.meeting,
        InvolvementKind::MissingResponse => &mut relation.responder,
        InvolvementKind::AuditCase => &mut relation.audit_case,
    } = true;
    Ok(())
}
