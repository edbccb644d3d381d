//! Second factors: set up, proved, lost. The secret is sealed. A code works once.

use alongside_domain::accounts::second_factor::{Enrolment, RECOVERY_CODES, RecoveryCodes};
use alongside_domain::accounts::worker::Actor;
use alongside_domain::{At, SessionId, Violations, WorkerId};
use alongside_policy::action::{ProveSecondFactor, ResetSecondFactor, SetSecondFactor};
use alongside_policy::{Action, SecondFactor};
use aws_lc_rs::rand;
use diesel::prelude::*;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::audit::event;
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{recovery_code, second_factor, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::{At as Place, digest_of};

/// The length of a secret, in bytes (RFC 4226, section 4: at least 128 bits, 160 recommended).
const SECRET: usize = 20;
/// The length of a recovery code, in bytes: 80 bits.
const RECOVERY: usize = 10;

fn place(worker: WorkerId) -> Place<'static> {
    Place { table: "second_factor", row: worker.0, part: "secret", owner: worker.0 }
}

fn authenticator(secret: &[u8]) -> Result<Totp, Error> {
    Builder::new().with_secret(secret.to_vec()).build().map_err(|_| Error::Corrupt("a second factor cannot be used"))
}

/// The code that an authenticator with this secret (in base 32) shows at an instant.
pub fn authenticator_code(secret: &str, at: At) -> Option<String> {
    let secret = Secret::try_from_base32(secret).ok()?;
    let seconds = u64::try_from(at.timestamp()).ok()?;
    Some(authenticator(secret.as_ref()).ok()?.generate(seconds).to_string())
}

struct Row {
    secret: Zeroizing<Vec<u8>>,
    confirmed: bool,
}

fn find(shared: &Shared, connection: &mut Connection, worker: WorkerId) -> Result<Option<Row>, Error> {
    let row: Option<(Vec<u8>, Option<Stamp>)> = on_either!(connection, c => second_factor::table
        .find(Uid::from(worker))
        .select((second_factor::secret_sealed, second_factor::confirmed_at))
        .first(c)
        .optional())?;
    row.map(|(sealed, confirmed_at)| {
        let secret = shared.keys.service().open(place(worker), &sealed)?;
        Ok(Row { secret, confirmed: confirmed_at.is_some() })
    })
    .transpose()
}

fn put(
    shared: &Shared,
    connection: &mut Connection,
    worker: WorkerId,
    secret: &[u8],
    confirmed_at: Option<At>,
) -> Result<(), Error> {
    let row = (
        second_factor::worker_id.eq(Uid::from(worker)),
        second_factor::secret_sealed.eq(shared.keys.service().seal(place(worker), secret)?),
        second_factor::confirmed_at.eq(confirmed_at.map(Stamp)),
        second_factor::last_step.eq(0),
    );
    remove(connection, worker)?;
    on_either!(connection, c => diesel::insert_into(second_factor::table).values(row).execute(c))?;
    Ok(())
}

fn remove(connection: &mut Connection, worker: WorkerId) -> Result<(), Error> {
    let worker = Uid::from(worker);
    on_either!(connection, c => {
        diesel::delete(recovery_code::table.filter(recovery_code::worker_id.eq(worker))).execute(c)?;
        diesel::delete(second_factor::table.find(worker)).execute(c)?;
    });
    Ok(())
}

/// The half minute that a code belongs to, if it is right.
fn step_of(row: &Row, code: &str, now: At) -> Result<Option<i64>, Error> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let step = authenticator(&row.secret)?.check(code.trim(), seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Spends a code: one of the authenticator later than the last, or an unused recovery code.
pub(crate) fn spend(
    shared: &Shared,
    connection: &mut Connection,
    worker: WorkerId,
    code: &str,
    now: At,
) -> Result<bool, Error> {
    let Some(row) = find(shared, connection, worker)?.filter(|row| row.confirmed) else {
        return Ok(false);
    };
    if let Some(step) = step_of(&row, code, now)? {
        let spent = on_either!(connection, c => diesel::update(second_factor::table.find(Uid::from(worker)))
            .filter(second_factor::last_step.lt(step))
            .set(second_factor::last_step.eq(step))
            .execute(c))?;
        return Ok(spent == 1);
    }
    let digest = digest_of(plain(code).as_bytes());
    let spent = on_either!(connection, c => diesel::update(recovery_code::table.find((Uid::from(worker), &digest)))
        .filter(recovery_code::used_at.is_null())
        .set(recovery_code::used_at.eq(Stamp(now)))
        .execute(c))?;
    Ok(spent == 1)
}

/// A recovery code without its separators.
pub(crate) fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn prove_session(connection: &mut Connection, id: SessionId, now: At) -> Result<(), Error> {
    on_either!(connection, c => diesel::update(session::table.find(Uid::from(id)))
        .set(session::second_factor_at.eq(Stamp(now)))
        .execute(c))?;
    Ok(())
}

/// A random code that people can type.
pub(crate) fn new_code() -> Result<String, Error> {
    Ok(Secret::from(random::<RECOVERY>()?.to_vec()).to_base32())
}

fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut *bytes).map_err(|_| Error::Unavailable)?;
    Ok(bytes)
}

impl Store {
    /// Gives a worker a second factor for the operator, for example to fill a demonstration.
    pub async fn bootstrap_second_factor(&self, worker: WorkerId, secret: &str) -> Result<(), Error> {
        let secret = Secret::try_from_base32(secret).map_err(|_| Error::Corrupt("a secret is not in base 32"))?;
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let event =
                event::without_actor(shared.ids.as_ref(), now, "bootstrap_second_factor", Some(worker), None, request)
                    .permitted();
            Passed::of(put(shared, c, worker, secret.as_ref(), Some(now)), Some(event))
        })
        .await
    }
}

impl<A: Action> Granted<'_, A> {
    /// Refuses a worker who has a second factor and has not proved it just now.
    pub(crate) fn require_fresh_if_set_up(&mut self) -> Result<(), Error> {
        let has_one = find(self.shared, self.connection, self.actor.worker)?.is_some_and(|row| row.confirmed);
        if has_one && self.actor.second_factor != SecondFactor::Fresh {
            return Err(Error::SecondFactorNeeded);
        }
        Ok(())
    }
}

impl Granted<'_, SetSecondFactor> {
    /// Starts to set up a second factor. A worker who already has one must have proved it just now.
    pub fn enrol(&mut self) -> Result<Enrolment, Error> {
        let worker = self.actor.worker;
        self.require_fresh_if_set_up()?;
        let secret = random::<SECRET>()?;
        put(self.shared, self.connection, worker, &*secret, None)?;
        let name: String = on_either!(&mut *self.connection, c => worker::table
            .find(Uid::from(worker))
            .select(worker::sign_in_name)
            .first(c))?;
        let secret = Secret::from(secret.to_vec()).to_base32();
        let link = format!("otpauth://totp/Alongside:{name}?secret={secret}&issuer=Alongside");
        Ok(Enrolment { secret, link })
    }

    /// Completes the set-up: the first code proves that the authenticator has the secret. Returns recovery codes.
    pub fn confirm_enrolment(&mut self, actor: &Actor, code: &str) -> Result<RecoveryCodes, Error> {
        let (worker, now) = (self.actor.worker, self.now);
        let row = find(self.shared, self.connection, worker)?.filter(|row| !row.confirmed);
        let row =
            row.ok_or(Error::Conflict("there is no second factor to confirm. Start with POST /v1/me/second-factor"))?;
        let step = step_of(&row, code, now)?.ok_or_else(wrong_code)?;
        on_either!(&mut *self.connection, c => diesel::update(second_factor::table.find(Uid::from(worker)))
            .set((second_factor::confirmed_at.eq(Stamp(now)), second_factor::last_step.eq(step)))
            .execute(c))?;
        let recovery_codes = (0..RECOVERY_CODES).map(|_| new_code()).collect::<Result<Vec<String>, Error>>()?;
        for code in &recovery_codes {
            let row = (
                recovery_code::worker_id.eq(Uid::from(worker)),
                recovery_code::digest.eq(digest_of(plain(code).as_bytes())),
            );
            on_either!(&mut *self.connection, c => diesel::insert_into(recovery_code::table).values(row).execute(c))?;
        }
        prove_session(self.connection, actor.session, now)?;
        Ok(RecoveryCodes { recovery_codes })
    }
}

impl Granted<'_, ProveSecondFactor> {
    /// Proves the second factor again, for this session.
    pub fn prove(&mut self, actor: &Actor, code: &str) -> Result<(), Error> {
        if !spend(self.shared, self.connection, self.actor.worker, code, self.now)? {
            return Err(wrong_code());
        }
        prove_session(self.connection, actor.session, self.now)
    }
}

impl Granted<'_, ResetSecondFactor> {
    /// Removes the second factor of a worker whose device is lost, and ends their sessions.
    pub fn reset(&mut self) -> Result<(), Error> {
        let worker = self.action.worker;
        // Otherwise an administrator who learned the account's password could sign in with it alone.
        self.opens_way_in(worker, "The second factor was reset.")?;
        remove(self.connection, worker)?;
        on_either!(&mut *self.connection, c => diesel::update(session::table)
            .filter(session::worker_id.eq(Uid::from(worker)))
            .filter(session::ends_at.gt(Stamp(self.now)))
            .set(session::ends_at.eq(Stamp(self.now)))
            .execute(c))?;
        Ok(())
    }
}

fn wrong_code() -> Error {
    Violations::one("/code", "is wrong, too old, or has been used. Wait for the next code").into()
}
