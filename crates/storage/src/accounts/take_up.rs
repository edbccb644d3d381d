//! The owner of an account takes up the roles that were confirmed for them.

use alongside_domain::Violations;
use alongside_domain::accounts::role_grant::TakeUp;
use alongside_domain::accounts::worker::{Actor, Worker};
use alongside_policy::action::TakeUpRoles;
use diesel::prelude::*;

use crate::accounts::account::{correct, find, is_linked, with_all};
use crate::accounts::role_handover::{void, waiting};
use crate::accounts::second_factor::plain;
use crate::accounts::way_in;
use crate::context::granted::Granted;
use crate::database::account_turn;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{external_identity, role_handover, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::digest_of;
use crate::standing::actor::actor;

impl Granted<'_, TakeUpRoles> {
    /// Gives the caller the roles that were confirmed for them. Of the ways in that an administrator may have opened,
    /// only this session remains.
    pub fn take_up(&mut self, by: &Actor, with_code: &TakeUp) -> Result<Worker, Error> {
        account_turn::take(self.connection, by.worker)?;
        // Checked again: the account may have been changed since the door let the caller through.
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
                "this account is linked with an issuer. Sign in there and take up the role in that session",
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
            let remedy = "is wrong, has expired, or has been used or replaced. If GET /v1/me does not show the role, ask the \
                          person who confirmed it for a new code";
            return Err(Violations::one("/code", remedy).into());
        }
        let account = find(self.connection, by.worker)?;
        let details = with_all(&account.details, &waiting)?;
        let account = correct(self.connection, account, &details, Some(by.worker), self.now)?;
        void(self.connection, by.worker)?;
        self.keep_this_way_in(by, issuer)?;
        Ok(account)
    }

    /// Ends all other sessions, unlinks other issuers, and disables a password that the owner did not choose.
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
