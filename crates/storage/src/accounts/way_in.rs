//! Who could get into an account beside its owner: the administrators who chose or changed how one does. They are
//! forgotten when the owner takes up a role with the code that somebody else handed over.

use alongside_domain::WorkerId;
use alongside_domain::accounts::worker::{Role, WorkerDetails, WorkerState};
use alongside_policy::Action;
use diesel::prelude::*;

use crate::access::closed_record;
use crate::accounts::role_handover;
use crate::accounts::worker::{correct, find};
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::way_in;
use crate::database::sql_types::Uid;
use crate::door::pass::Granted;

/// The administrators who could get in. None where the owner alone can.
pub(crate) fn known_to(connection: &mut Connection, worker: WorkerId) -> Result<Vec<WorkerId>, Error> {
    let known_to: Vec<Uid> = on_either!(connection, c => way_in::table
        .filter(way_in::worker_id.eq(Uid::from(worker)))
        .select(way_in::known_to)
        .load(c))?;
    Ok(known_to.into_iter().map(WorkerId::from).collect())
}

/// Notes that an administrator could get in from now on.
pub(crate) fn learn(connection: &mut Connection, worker: WorkerId, by: WorkerId) -> Result<(), Error> {
    on_either!(connection, c => diesel::insert_into(way_in::table)
        .values((way_in::worker_id.eq(Uid::from(worker)), way_in::known_to.eq(Uid::from(by))))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// The owner alone can get in from now on.
pub(crate) fn forget(connection: &mut Connection, worker: WorkerId) -> Result<(), Error> {
    on_either!(connection, c => diesel::delete(way_in::table.filter(way_in::worker_id.eq(Uid::from(worker))))
        .execute(c))?;
    Ok(())
}

impl<A: Action> Granted<'_, A> {
    /// Before an administrator changes how one gets into an account: takes away the roles that two grant and proposes
    /// them again, so that the account opens nothing until a second person has confirmed whose it is.
    pub(crate) fn opens_way_in(&mut self, worker: WorkerId, because: &str) -> Result<(), Error> {
        if worker == self.actor.worker {
            return Err(Error::Conflict("nobody changes how they sign in themselves; ask another administrator"));
        }
        let seen = find(self.connection, worker)?;
        if seen.details.roles.contains(&Role::SafeguardingLead) {
            // Before the account: whoever closes a record holds the record first, then the people.
            closed_record::held_for(self.connection, worker)?;
        }
        account_turn::take(self.connection, worker)?;
        let present = find(self.connection, worker)?;
        if present.version != seen.version {
            return Err(Error::Conflict("the account was changed at the same moment; read it again"));
        }
        learn(self.connection, worker, self.actor.worker)?;
        let mut again = role_handover::void(self.connection, worker)?;
        if present.details.state == WorkerState::Left {
            // Whoever comes back keeps no role.
            return Ok(());
        }
        let (lost, kept): (Vec<_>, Vec<_>) = present.details.roles.iter().partition(|role| role.needs_two());
        let account = if lost.is_empty() {
            present
        } else {
            let details = WorkerDetails { roles: kept, ..present.details.clone() };
            correct(self.connection, present, &details, Some(self.actor.worker), self.now)?
        };
        again.extend(lost);
        self.put_forward(&account, &again, because)
    }
}
