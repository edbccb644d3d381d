//! A worker changes their own password.

use alongside_domain::accounts::password::{PasswordChange, validate};
use alongside_domain::accounts::worker::Actor;
use alongside_domain::{Violations, WorkerId};
use alongside_policy::action::ChangePassword;
use diesel::prelude::*;

use crate::accounts::account::is_linked;
use crate::accounts::agency as agencies;
use crate::context::granted::Granted;
use crate::context::store::Store;
use crate::database::account_turn;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::turns::Line;
use crate::standing::actor::actor;

/// Who chose the password of an account. One that another person chose opens nothing until its owner replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordChosenBy {
    /// The worker who signs in with it.
    Owner,
    /// An administrator, or the operator at the command line.
    SomebodyElse,
}

/// A change of password after the costly part: the present one was compared, the new one hashed.
pub struct HashedChange {
    change: PasswordChange,
    compared_with: Option<String>,
    right: bool,
    hash: String,
}

impl std::fmt::Debug for HashedChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashedChange(…)")
    }
}

impl Store {
    /// Does the costly part of a worker's change of password. It discloses and changes nothing.
    pub async fn hash_change(&self, worker: WorkerId, change: PasswordChange) -> Result<HashedChange, Error> {
        let stored: Option<String> = self
            .look_unaudited(move |_, c| {
                let account = worker::table.find(Uid::from(worker)).select(worker::password_hash);
                Ok(on_either!(c, c => account.first(c).optional())?)
            })
            .await?;
        let line = Line::Known(worker.to_string());
        let right = self.passwords.verify(change.present_password.clone(), stored.clone(), line.clone()).await?;
        let hash = self.passwords.hash(change.new_password.clone(), line).await?;
        Ok(HashedChange { change, compared_with: stored, right, hash })
    }
}

impl Granted<'_, ChangePassword> {
    /// Replaces the present password, and ends every session except this. If another person chose the password of a
    /// linked account, the caller must be signed in at the issuer.
    pub fn change(&mut self, hashed: &HashedChange, by: &Actor) -> Result<(), Error> {
        self.require_fresh_if_set_up()?;
        // Checked again: the account may have been linked, or closed, since the door let the caller through.
        account_turn::take(self.connection, by.worker)?;
        let present = actor(self.connection, by, self.now)?.filter(|actor| actor.may_act).ok_or(Error::SignedOut)?;
        if !present.own_password && is_linked(self.connection, by.worker)? {
            return Err(Error::Conflict(
                "this account is linked with an issuer. Sign in there and choose the password in that session",
            ));
        }
        let id = Uid::from(self.actor.worker);
        let (sign_in_name, display_name, stored): (String, String, String) = on_either!(&mut *self.connection, c => worker::table
                .find(id)
                .select((worker::sign_in_name, worker::display_name, worker::password_hash))
                .first(c))?;
        if !hashed.right || hashed.compared_with.as_ref() != Some(&stored) {
            return Err(
                Violations::one("/present_password", "is wrong. Give the password that you sign in with").into()
            );
        }
        let agency = agencies::name_of(self.connection, self.actor.agency)?.unwrap_or_default();
        validate("new_password", &hashed.change.new_password, &[&sign_in_name, &display_name, &agency])?;
        let now = Stamp(self.now);
        on_either!(&mut *self.connection, c => {
            diesel::update(worker::table.find(id)).set((worker::password_hash.eq(&hashed.hash), worker::own_password.eq(true))).execute(c)?;
            diesel::update(session::table.filter(session::worker_id.eq(id)).filter(session::ends_at.gt(now)))
                .filter(session::id.ne(Uid::from(by.session)))
                .set(session::ends_at.eq(now))
                .execute(c)?;
        });
        Ok(())
    }
}
