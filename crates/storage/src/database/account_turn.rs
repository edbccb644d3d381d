//! Changes to one account happen one after another, whichever writer makes them.

use alongside_domain::WorkerId;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::worker;
use crate::database::sql_types::Uid;

/// Waits until no other change to the account is under way, and makes others wait until the commit. What is read of the
/// account afterwards stays true until then.
pub(crate) fn take(connection: &mut Connection, worker: WorkerId) -> Result<(), Error> {
    on_either!(connection, c => diesel::update(worker::table.find(Uid::from(worker)))
        .set(worker::version.eq(worker::version))
        .execute(c))?;
    Ok(())
}
