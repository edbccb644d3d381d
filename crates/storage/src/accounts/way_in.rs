//! Who could get into an account besides its owner: the administrators who chose or changed how its owner signs in.
//! They are removed when the owner takes up a role with the code that another person handed over.

use alongside_domain::WorkerId;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::way_in;
use crate::database::sql_types::Uid;

/// Notes that an administrator can get in from now on.
pub(crate) fn learn(connection: &mut Connection, worker: WorkerId, by: WorkerId) -> Result<(), Error> {
    on_either!(connection, c => diesel::insert_into(way_in::table)
        .values((way_in::worker_id.eq(Uid::from(worker)), way_in::known_to.eq(Uid::from(by))))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

/// Notes that only the owner can get in from now on.
pub(crate) fn forget(connection: &mut Connection, worker: WorkerId) -> Result<(), Error> {
    on_either!(connection, c => diesel::delete(way_in::table.filter(way_in::worker_id.eq(Uid::from(worker))))
        .execute(c))?;
    Ok(())
}
