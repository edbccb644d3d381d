//! Ensures that a closed record can always be opened again: enough leads who can open it are on its list.

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::worker::Role;
use alongside_domain::{Violations, WorkerId};
use alongside_policy::{Action, Relation};
use diesel::prelude::*;

use crate::context::granted::{Granted, OpenRecord};
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{agency, child, conflict, listed_person, worker};
use crate::database::sql_types::Uid;
use crate::standing::child::of_child;
use crate::standing::role::has_role;
use crate::standing::whose::require_active;

/// Two people changed the same closed record at the same time.
pub(crate) const AT_ONE_MOMENT: &str = "the record has just been closed or opened. Fetch it again";

/// Whether enough of these people can open a record with this restriction. Active leads count who work for an agency in
/// the sharing agreement and have no conflict with the child.
fn can_be_opened(
    connection: &mut Connection,
    record: Uid,
    level: Restriction,
    people: Vec<Uid>,
) -> Result<bool, Error> {
    let tied = conflict::table
        .filter(conflict::child_id.eq(record))
        .filter(conflict::lifted_at.is_null())
        .select(conflict::worker_id);
    let leads: i64 = on_either!(connection, c => worker::table
        .inner_join(agency::table)
        .filter(worker::id.eq_any(people).and(worker::id.ne_all(tied)))
        .filter(worker::state.eq("active").and(agency::in_sharing_agreement))
        .filter(has_role(Role::SafeguardingLead))
        .count()
        .get_result(c))?;
    Ok(leads >= level.leads_needed())
}

/// Locks the records until this change is over, so that no other change alters their lists. Otherwise two leads who
/// leave at the same time would each rely on the other.
fn hold(connection: &mut Connection, records: &[Uid]) -> Result<(), Error> {
    on_either!(connection, c => diesel::update(child::table.filter(child::id.eq_any(records)))
        .set(child::restriction.eq(child::restriction))
        .execute(c))?;
    Ok(())
}

/// Locks and returns the closed records that are open to a worker.
pub(crate) fn held_for(connection: &mut Connection, id: WorkerId) -> Result<Vec<Uid>, Error> {
    let records = open_to(connection, id)?;
    hold(connection, &records)?;
    Ok(records)
}

fn open_to(connection: &mut Connection, id: WorkerId) -> Result<Vec<Uid>, Error> {
    Ok(on_either!(connection, c => listed_person::table
        .filter(listed_person::worker_id.eq(Uid::from(id)))
        .select(listed_person::child_id)
        .order(listed_person::child_id)
        .load(c))?)
}

/// Refuses to let a lead go where a closed record would then have too few leads to open it. It checks the records in
/// `held`. It refuses if a record was closed for the lead since, because that one is not locked.
pub(crate) fn require_others(connection: &mut Connection, id: WorkerId, held: &[Uid]) -> Result<(), Error> {
    for record in open_to(connection, id)? {
        if !held.iter().any(|known| known.0 == record.0) {
            return Err(Error::Conflict("the account has just been changed. Fetch it again"));
        }
        let level: String = on_either!(&mut *connection, c => child::table
            .find(record)
            .select(child::restriction)
            .first(c))?;
        let level = level.parse().map_err(|_| Error::Corrupt("a child has an unknown restriction"))?;
        let others: Vec<Uid> = on_either!(&mut *connection, c => listed_person::table
            .filter(listed_person::child_id.eq(record))
            .filter(listed_person::worker_id.ne(Uid::from(id)))
            .select(listed_person::worker_id)
            .load(c))?;
        if !can_be_opened(connection, record, level, others)? {
            // An administrator must not learn that there is a closed record.
            return Err(Error::Conflict(
                "the worker has work that must be handed over first. Ask a safeguarding lead of their agency",
            ));
        }
    }
    Ok(())
}

/// Takes a worker who moves or leaves off the lists of closed records. They were on them for their work at that agency.
pub(crate) fn leave(connection: &mut Connection, id: WorkerId) -> Result<(), Error> {
    on_either!(connection, c => diesel::delete(listed_person::table)
        .filter(listed_person::worker_id.eq(Uid::from(id)))
        .execute(c))?;
    Ok(())
}

impl<A: Action> Granted<'_, A> {
    /// Locks the record. Refuses a caller who was taken off its list, or came into conflict, while waiting for the
    /// lock.
    pub(crate) fn require_unchanged(&mut self) -> Result<(), Error> {
        let id = self.child_facts()?.id;
        hold(self.connection, &[id.into()])?;
        let present = of_child(self.connection, &self.actor, id, self.now)?.ok_or(Error::Unknown)?.relation;
        let stands = |relation: &Relation| (relation.restriction, relation.listed, relation.conflict);
        if stands(&present) == stands(&self.subject.relation) { Ok(()) } else { Err(Error::Conflict(AT_ONE_MOMENT)) }
    }

    /// Refuses a list that names a person who is no active worker, or too few people who can open the record again. It
    /// locks the record and the people named, so that none of them leaves meanwhile.
    pub(crate) fn require_openable(
        &mut self,
        record: &OpenRecord,
        level: Restriction,
        open_to: &[WorkerId],
        pointer: &str,
    ) -> Result<(), Error> {
        let record = Uid::from(record.child());
        hold(self.connection, &[record])?;
        let mut people = open_to.to_vec();
        // Always in the same order, so that two changes that name the same people cannot deadlock.
        people.sort_unstable();
        for person in &people {
            account_turn::take(self.connection, *person)?;
        }
        require_active(self.connection, open_to, pointer)?;
        if can_be_opened(self.connection, record, level, people.into_iter().map(Uid::from).collect())? {
            return Ok(());
        }
        let remedy = if level == Restriction::Sealed {
            "must name two safeguarding leads who can open the record again"
        } else {
            "must name a safeguarding lead who can open the record again"
        };
        Err(Violations::one(pointer, remedy).into())
    }
}
