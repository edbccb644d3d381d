//! Passwords: argon2id, computed apart from the database threads and a few at a time.

use std::sync::Arc;

use alongside_domain::accounts::password::{PasswordChange, validate};
use alongside_domain::accounts::worker::Actor;
use alongside_domain::{Violations, WorkerId};
use alongside_policy::action::ChangePassword;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::rand;
use diesel::prelude::*;
use zeroize::Zeroizing;

use crate::accounts::agency as agencies;
use crate::accounts::external_identity::is_linked;
use crate::context::store::Store;
use crate::database::account_turn;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::door::pass::Granted;
use crate::sealing::turns::{Line, Turns};
use crate::standing::actor::actor;

/// How dear a hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCost {
    /// 46 MiB and one pass, the first choice of OWASP's password storage guidance.
    Standard,
    /// As cheap as can be, for tests that sign in a thousand times.
    Cheap,
}

/// Who chose the password of an account. One that somebody else chose opens nothing until its owner replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordChosenBy {
    /// Whoever signs in with it.
    Owner,
    /// An administrator, or whoever sits at the command line.
    SomebodyElse,
}

pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// A hash of nothing anybody knows: an unknown name costs as much as a wrong password.
    decoy: String,
    turns: Turns,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        let params = match cost {
            PasswordCost::Standard => Params::new(47_104, 1, 1, None),
            PasswordCost::Cheap => Params::new(8, 1, 1, None),
        };
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default());
        let mut unknown = Zeroizing::new([0; 32]);
        let _ = rand::fill(&mut *unknown);
        let decoy = hash(&argon2, &*unknown).unwrap_or_default();
        Self { argon2, decoy, turns: Turns::default() }
    }

    pub(crate) async fn hash(self: &Arc<Self>, password: String, line: Line) -> Result<String, Error> {
        let password = Zeroizing::new(password);
        self.in_turn(line, move |passwords| hash(&passwords.argon2, password.as_bytes())).await?
    }

    /// Whether the password is right. Without a stored hash it is not, after the same time.
    pub(crate) async fn verify(
        self: &Arc<Self>,
        password: String,
        stored: Option<String>,
        line: Line,
    ) -> Result<bool, Error> {
        let password = Zeroizing::new(password);
        self.in_turn(line, move |passwords| {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(&passwords.decoy);
            let hash = PasswordHash::new(stored).map_err(|_| Error::Corrupt("a password hash"))?;
            let right = passwords.argon2.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(right && known)
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        line: Line,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turns.take(line).await?;
        let passwords = Arc::clone(self);
        // The turn ends with the work, not with the request: a client that goes away must not make room for another.
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&passwords);
            drop(turn);
            done
        });
        done.await.map_err(|_| Error::Unavailable)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, Error> {
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| Error::Unavailable)?;
    let hash = argon2.hash_password_with_salt(password, &salt).map_err(|_| Error::Corrupt("a password hash"))?;
    Ok(hash.to_string())
}

/// A change of password whose dear part is done: the present one was compared, the new one hashed.
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
    /// Does the dear part of a worker's change of password, which discloses and changes nothing.
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
    /// Puts the new password in the place of the present one and ends every session but this. That it is the owner who
    /// does so with a password that somebody else chose, the issuer must have seen, where there is one.
    pub fn change(&mut self, hashed: &HashedChange, by: &Actor) -> Result<(), Error> {
        self.require_fresh_if_set_up()?;
        // Asked again: the account may have been linked, or closed, since the door was passed.
        account_turn::take(self.connection, by.worker)?;
        let present = actor(self.connection, by, self.now)?.filter(|actor| actor.may_act).ok_or(Error::SignedOut)?;
        if !present.own_password && is_linked(self.connection, by.worker)? {
            return Err(Error::Conflict(
                "the account is linked with an issuer; sign in there, and choose the password in that session",
            ));
        }
        let id = Uid::from(self.actor.worker);
        let (sign_in_name, display_name, stored): (String, String, String) = on_either!(&mut *self.connection, c => worker::table
                .find(id)
                .select((worker::sign_in_name, worker::display_name, worker::password_hash))
                .first(c))?;
        if !hashed.right || hashed.compared_with.as_ref() != Some(&stored) {
            return Err(Violations::one("/present_password", "is wrong; give the password you sign in with").into());
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
