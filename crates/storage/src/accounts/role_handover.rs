//! Confirmed roles that wait for the owner of the account. Whoever proposed may know how to get in, whoever confirmed
//! has the code; only the owner gets both.

use alongside_domain::accounts::role_grant::{DAYS_TO_TAKE_UP, HandoverCode, TakeUp};
use alongside_domain::accounts::worker::{Actor, Role, Worker, WorkerDetails};
use alongside_domain::{At, RoleGrantId, Violations, WorkerId};
use alongside_policy::action::TakeUpRoles;
use chrono::Duration;
use diesel::prelude::*;

use crate::accounts::external_identity::is_linked;
use crate::accounts::role_grant::with;
use crate::accounts::second_factor::{new_code, plain};
use crate::accounts::way_in;
use crate::accounts::worker::{correct, find};
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{external_identity, role_grant as grants, role_handover, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::door::pass::Granted;
use crate::sealing::keys::digest_of;
use crate::standing::actor::actor;

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

/// What waits for the owners of these accounts.
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

/// The account as it would be with all these roles, or the conflict where they do not go together.
pub(crate) fn with_all(present: &WorkerDetails, waiting: &[Waiting]) -> Result<WorkerDetails, Error> {
    let mut details = present.clone();
    for (.., role, _) in waiting {
        if !details.roles.contains(role) {
            details = with(&details, *role)?;
        }
    }
    Ok(details)
}

/// Whether this is the present code of a confirmed role, and was not replaced by another.
pub(crate) fn opens(connection: &mut Connection, grant: RoleGrantId, code: &HandoverCode) -> Result<bool, Error> {
    let same: i64 = on_either!(connection, c => role_handover::table
        .find(Uid::from(grant))
        .filter(role_handover::digest.eq(digest_of(plain(&code.0).as_bytes())))
        .count()
        .get_result(c))?;
    Ok(same == 1)
}

/// Makes every code for an account worthless. Gives the roles that had been confirmed.
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

impl Granted<'_, TakeUpRoles> {
    /// Gives the actor the roles that were confirmed for them, and leaves this session as the only way in that an
    /// administrator may have opened.
    pub fn take_up(&mut self, by: &Actor, with_code: &TakeUp) -> Result<Worker, Error> {
        account_turn::take(self.connection, by.worker)?;
        // Asked again: the account may have been changed since the door was passed.
        let present = actor(self.connection, by, self.now)?.filter(|actor| actor.may_act).ok_or(Error::SignedOut)?;
        if !present.own_password {
            return Err(Error::OwnPasswordNeeded);
        }
        let issuer: Option<String> = on_either!(&mut *self.connection, c => session::table
            .find(Uid::from(by.session))
            .select(session::issuer)
            .first(c))?;
        if issuer.is_none() && is_linked(self.connection, by.worker)? {
            return Err(Error::Conflict(
                "the account is linked with an issuer; sign in there, and take the role up in that session",
            ));
        }
        let waiting = waiting(self.connection, &[by.worker], self.now)?;
        let digest = digest_of(plain(&with_code.code.0).as_bytes());
        let right: i64 = on_either!(&mut *self.connection, c => role_handover::table
            .filter(role_handover::worker_id.eq(Uid::from(by.worker)))
            .filter(role_handover::digest.eq(&digest))
            .filter(role_handover::grant_id.eq_any(waiting.iter().map(|(grant, ..)| Uid::from(*grant))))
            .count()
            .get_result(c))?;
        if right == 0 {
            let remedy = "is wrong, has expired, or was used or replaced. If GET /v1/me does not show the role, ask the \
                          person who confirmed it for another code";
            return Err(Violations::one("/code", remedy).into());
        }
        let account = find(self.connection, by.worker)?;
        let details = with_all(&account.details, &waiting)?;
        let account = correct(self.connection, account, &details, Some(by.worker), self.now)?;
        void(self.connection, by.worker)?;
        self.keep_this_way_in(by, issuer)?;
        Ok(account)
    }

    /// Ends all other sessions; unlinks other issuers, and shuts a password that the owner did not choose.
    fn keep_this_way_in(&mut self, by: &Actor, issuer: Option<String>) -> Result<(), Error> {
        let (id, now) = (Uid::from(by.worker), Stamp(self.now));
        on_either!(&mut *self.connection, c => {
            diesel::update(session::table.filter(session::worker_id.eq(id)).filter(session::ends_at.gt(now)))
                .filter(session::id.ne(Uid::from(by.session)))
                .set(session::ends_at.eq(now))
                .execute(c)?;
            if let Some(issuer) = issuer {
                diesel::delete(external_identity::table.filter(external_identity::worker_id.eq(id)))
                    .filter(external_identity::issuer.ne(issuer))
                    .execute(c)?;
                diesel::update(worker::table.find(id)).set(worker::own_password.eq(false)).execute(c)?;
            }
        });
        way_in::forget(self.connection, by.worker)
    }
}
