//! Before an administrator changes how the owner signs in to an account, its roles are proposed again.

use alongside_domain::WorkerId;
use alongside_domain::accounts::worker::{Role, WorkerDetails, WorkerState};
use alongside_policy::Action;

use crate::access::closed_record;
use crate::accounts::account::{correct, find};
use crate::accounts::role_handover;
use crate::accounts::way_in::learn;
use crate::context::granted::Granted;
use crate::database::account_turn;
use crate::database::error::Error;

impl<A: Action> Granted<'_, A> {
    /// Removes the roles that two people grant and proposes them again, before an administrator changes how the owner
    /// signs in. The account then opens nothing until a second person has confirmed its owner.
    pub(crate) fn opens_way_in(&mut self, worker: WorkerId, because: &str) -> Result<(), Error> {
        if worker == self.actor.worker {
            return Err(Error::Conflict("you cannot change how you sign in yourself. Ask another administrator"));
        }
        let seen = find(self.connection, worker)?;
        if seen.details.roles.contains(&Role::SafeguardingLead) {
            // Before the account: a change that closes a record locks the record first, then the people.
            closed_record::held_for(self.connection, worker)?;
        }
        account_turn::take(self.connection, worker)?;
        let present = find(self.connection, worker)?;
        if present.version != seen.version {
            return Err(Error::Conflict("the account has just been changed. Fetch it again"));
        }
        learn(self.connection, worker, self.actor.worker)?;
        let mut again = role_handover::void(self.connection, worker)?;
        if present.details.state == WorkerState::Left {
            // A worker who comes back keeps no role.
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
