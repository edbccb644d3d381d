//! Confirmed roles that wait for the owner of the account. The administrator who proposed may know how to sign in, and
//! the person who confirmed has the code. Only the owner gets both.

use alongside_domain::accounts::role_grant::{DAYS_TO_TAKE_UP, HandoverCode};
use alongside_domain::accounts::worker::Role;
use alongside_domain::{At, RoleGrantId, WorkerId};
use chrono::Duration;
use diesel::prelude::*;

use crate::accounts::second_factor::{new_code, plain};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{role_grant as grants, role_handover};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::digest_of;

/// Until when a role that was confirmed at an instant can be taken up.
fn until(made_at: At) -> At {
    made_at + Duration::days(DAYS_TO_TAKE_UP)
}

/// Makes the code with which the owner of an account takes up a role.
pub(crate) fn begin(
    connection: &mut Connection,
    grant: RoleGrantId,
    worker: WorkerId,
    now: At,
) -> Result<(HandoverCode, At), Error> {
    let code = new_code()?;
    on_either!(&mut *connection, c => {
        diesel::delete(role_handover::table.find(Uid::from(grant))).execute(c)?;
        diesel::insert_into(role_handover::table)
            .values((
                role_handover::grant_id.eq(Uid::from(grant)),
                role_handover::worker_id.eq(Uid::from(worker)),
                role_handover::digest.eq(digest_of(plain(&code).as_bytes())),
                role_handover::made_at.eq(Stamp(now)),
            ))
            .execute(c)?;
    });
    Ok((HandoverCode(code), until(now)))
}

/// A confirmed role that its owner has not taken up: the proposal, the worker, the role, and until when.
pub(crate) type Waiting = (RoleGrantId, WorkerId, Role, At);

/// The confirmed roles that these workers have not taken up.
pub(crate) fn waiting(connection: &mut Connection, workers: &[WorkerId], now: At) -> Result<Vec<Waiting>, Error> {
    let workers: Vec<Uid> = workers.iter().copied().map(Uid::from).collect();
    let earliest = Stamp(now - Duration::days(DAYS_TO_TAKE_UP));
    let rows: Vec<(Uid, Uid, String, Stamp)> = on_either!(connection, c => role_handover::table
        .inner_join(grants::table.on(grants::id.eq(role_handover::grant_id)))
        .filter(role_handover::worker_id.eq_any(workers))
        .filter(role_handover::made_at.gt(earliest))
        .order(role_handover::grant_id)
        .select((grants::id, grants::worker_id, grants::role, role_handover::made_at))
        .load(c))?;
    rows.into_iter()
        .map(|(grant, worker, role, made_at)| {
            let role = role.parse().map_err(|_| Error::Corrupt("a proposed role has an unknown code"))?;
            Ok((grant.into(), worker.into(), role, until(made_at.0)))
        })
        .collect()
}

/// Whether this is the present code of a confirmed role. An earlier code was replaced.
pub(crate) fn opens(connection: &mut Connection, grant: RoleGrantId, code: &HandoverCode) -> Result<bool, Error> {
    let same: i64 = on_either!(connection, c => role_handover::table
        .find(Uid::from(grant))
        .filter(role_handover::digest.eq(digest_of(plain(&code.0).as_bytes())))
        .count()
        .get_result(c))?;
    Ok(same == 1)
}

/// Voids every code for an account. Returns the roles that had been confirmed.
pub(crate) fn void(connection: &mut Connection, worker: WorkerId) -> Result<Vec<Role>, Error> {
    let of = Uid::from(worker);
    let roles: Vec<String> = on_either!(&mut *connection, c => role_handover::table
        .inner_join(grants::table.on(grants::id.eq(role_handover::grant_id)))
        .filter(role_handover::worker_id.eq(of))
        .select(grants::role)
        .load(c))?;
    on_either!(connection, c => diesel::delete(role_handover::table.filter(role_handover::worker_id.eq(of)))
        .execute(c))?;
    let unknown = |_| Error::Corrupt("a proposed role has an unknown code");
    roles.iter().map(|role| role.parse().map_err(unknown)).collect()
}
