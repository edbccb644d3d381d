//! A repeated change to an involvement returns the involvement as it is now.

use alongside_domain::InvolvementId;
use alongside_domain::access::involvement::Involvement;
use alongside_policy::Action;
use alongside_policy::action::{ClaimDuty, EndInvolvement, ListInvolvements, RenewInvolvement, StartInvolvement};

use super::renewals::Renewals;
use crate::context::granted::Granted;
use crate::context::repeatable::{REPEATING, Repeatable};
use crate::database::error::Error;

impl<A: Action> Granted<'_, A> {
    fn involvement(&mut self, id: InvolvementId) -> Result<Involvement, Error> {
        let (row, key) = (self.involvement_row(id)?, self.child_key()?);
        let mut renewals = Renewals::of_involvement(self.connection, &key, (row.id, row.child_id))?;
        row.open(&key, &mut renewals)
    }
}

macro_rules! repeatable {
    ($($action:ty => $again:expr),+ $(,)?) => {$(
        impl Repeatable for $action {
            type Answer = Involvement;
            type Made = InvolvementId;

            fn made(involvement: &Involvement) -> InvolvementId {
                involvement.id
            }

            fn again(granted: &mut Granted<'_, Self>, id: InvolvementId) -> Result<Involvement, Error> {
                $again(granted, id)
            }
        }
    )+};
}

/// The involvement as the list of involvements shows it.
fn listed<A: Action>(granted: &mut Granted<'_, A>, id: InvolvementId) -> Result<Involvement, Error> {
    let list = ListInvolvements { child: granted.child_facts()?.id, purpose: REPEATING };
    granted.look_again(&list, |granted| granted.involvement(id))
}

/// The involvement as the change itself shows it. A worker who stepped back, or a manager who renews, may see nothing
/// else of the record. The repetition was decided like the change, and shows only this involvement.
fn changed<A: Action>(granted: &mut Granted<'_, A>, id: InvolvementId) -> Result<Involvement, Error> {
    granted.involvement(id)
}

repeatable!(
    StartInvolvement => listed,
    ClaimDuty => listed,
    EndInvolvement => changed,
    RenewInvolvement => changed,
);
