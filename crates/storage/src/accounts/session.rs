//! Sign-in, refresh with rotation, sign-out. These need no permit, and each writes an event.

use alongside_domain::accounts::session::{Credentials, IDLE_MINUTES, SESSION_HOURS, Session, SessionView};
use alongside_domain::accounts::worker::{Actor, WorkerState};
use alongside_domain::audit::event::AuditOutcome;
use alongside_domain::{At, SessionId, WorkerId};
use alongside_policy::action::{EndOwnSession, EndSession, ListOwnSessions, ListSessions};
use aws_lc_rs::rand;
use chrono::Duration;
use diesel::prelude::*;
use uuid::Uuid;

use crate::accounts::known_address::{self, Origin};
use crate::accounts::second_factor;
use crate::audit::event;
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::queues::Priority;
use crate::context::store::{Shared, Store};
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{refresh_token, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::digest_of;
use crate::sealing::turns::Line;

impl Store {
    /// Starts a session. The answer and its timing are the same for a wrong password and an unknown name. When too many
    /// passwords wait to be compared, sign-ins from unknown networks are turned away.
    pub async fn sign_in(&self, credentials: Credentials, origin: Origin, request: Uuid) -> Result<Session, Error> {
        let Credentials { sign_in_name, password, code } = credentials;
        let name = sign_in_name.clone();
        let found = self.look_unaudited_in(Priority::Urgent, move |_, c| account(c, &name)).await?;
        let stored = found.as_ref().map(|account| account.password_hash.clone());
        let line = if origin.is_known { Line::Known(origin.network.clone()) } else { Line::Unknown };
        let right = self.passwords.verify(password, stored, line).await?;
        let known = found.as_ref().map(|account| account.worker);
        let verified = found.filter(|account| right && account.state == WorkerState::Active);
        self.session_change_in(Priority::Urgent, move |shared, c, now| {
            let mut event = event::without_actor(shared.ids.as_ref(), now, "sign_in", known, None, request);
            let Some(account) = verified.as_ref() else {
                return Passed::of(Err(Error::BadCredentials), Some(event));
            };
            let result = signed_in(shared, c, account, code.as_deref(), now);
            let result = result.and_then(|session| {
                known_address::remember(shared, c, session.worker, &sign_in_name, &origin.network, now)?;
                Ok(session)
            });
            if let Ok(session) = &result {
                event = event.permitted();
                event.session_id = Some(session.id);
            }
            Passed::of(result, Some(event))
        })
        .await
    }

    /// Starts a session for a worker for the operator, for example to fill a demonstration. It counts as proved.
    pub async fn bootstrap_session(&self, worker: WorkerId) -> Result<Session, Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let event =
                event::without_actor(shared.ids.as_ref(), now, "bootstrap_session", Some(worker), None, request)
                    .permitted();
            Passed::of(start(shared, c, worker, now, true), Some(event))
        })
        .await
    }

    /// Extends a session once with its refresh token. A token that arrives a second time was stolen, so the session
    /// ends for both.
    pub async fn refresh(&self, token: [u8; 32], request: Uuid) -> Result<Session, Error> {
        let digest = digest_of(&token);
        self.session_change_in(Priority::Urgent, move |shared, c, now| match renew(c, &digest, now) {
            Ok(Renewal::Renewed(session)) => {
                let event = event::without_actor(
                    shared.ids.as_ref(),
                    now,
                    "refresh_session",
                    Some(session.worker),
                    Some(session.id),
                    request,
                );
                let event = event.permitted();
                Passed::of(Ok(Some(session)), Some(event))
            }
            // A refusal that ends the session must be committed, so it is not an error yet.
            Ok(Renewal::Refused(of)) => {
                let (worker, session) = of.unzip();
                Passed::of(
                    Ok(None),
                    Some(event::without_actor(shared.ids.as_ref(), now, "refresh_session", worker, session, request)),
                )
            }
            Err(error) => Passed::of(Err(error), None),
        })
        .await?
        .ok_or(Error::SignedOut)
    }

    /// Ends the caller's session. Its access tokens stop working at once.
    pub async fn sign_out(&self, actor: &Actor) -> Result<(), Error> {
        let actor = actor.clone();
        self.session_change(move |shared, c, now| {
            let mut event = event::without_actor(
                shared.ids.as_ref(),
                now,
                "sign_out",
                Some(actor.worker),
                Some(actor.session),
                actor.request,
            );
            let result = end(c, actor.session, now);
            match result {
                Ok(true) => {
                    event.outcome = AuditOutcome::Permitted;
                    Passed::of(Ok(()), Some(event))
                }
                Ok(false) => Passed::of(Err(Error::SignedOut), Some(event)),
                Err(error) => Passed::of(Err(error), None),
            }
        })
        .await
    }
}

struct Account {
    worker: WorkerId,
    password_hash: String,
    state: WorkerState,
}

fn account(connection: &mut Connection, sign_in_name: &str) -> Result<Option<Account>, Error> {
    let row: Option<(Uid, String, String)> = on_either!(connection, c => worker::table
        .filter(worker::sign_in_name.eq(sign_in_name))
        .select((worker::id, worker::password_hash, worker::state))
        .first(c)
        .optional())?;
    row.map(|(id, password_hash, state)| {
        let state = state.parse().map_err(|_| Error::Corrupt("a worker has an unknown state"))?;
        Ok(Account { worker: id.into(), password_hash, state })
    })
    .transpose()
}

/// Starts the session of an account whose password was verified, unless the account was changed meanwhile.
fn signed_in(
    shared: &Shared,
    connection: &mut Connection,
    verified: &Account,
    code: Option<&str>,
    now: At,
) -> Result<Session, Error> {
    account_turn::take(connection, verified.worker)?;
    let present: String = on_either!(&mut *connection, c => worker::table
        .find(Uid::from(verified.worker))
        .select(worker::password_hash)
        .first(c))?;
    if present != verified.password_hash {
        return Err(Error::BadCredentials);
    }
    let proved = code.map(|code| second_factor::spend(shared, connection, verified.worker, code, now)).transpose()?;
    if proved == Some(false) {
        return Err(Error::BadCredentials);
    }
    start(shared, connection, verified.worker, now, proved.is_some())
}

fn start(
    shared: &Shared,
    connection: &mut Connection,
    worker: WorkerId,
    now: At,
    second_factor: bool,
) -> Result<Session, Error> {
    let id = SessionId(shared.ids.next(now));
    let ends_at = now + Duration::hours(SESSION_HOURS);
    on_either!(&mut *connection, c => diesel::insert_into(session::table)
        .values((
            session::id.eq(Uid::from(id)),
            session::worker_id.eq(Uid::from(worker)),
            session::started_at.eq(Stamp(now)),
            session::refreshed_at.eq(Stamp(now)),
            session::ends_at.eq(Stamp(ends_at)),
            session::second_factor_at.eq(second_factor.then_some(Stamp(now))),
        ))
        .execute(c))?;
    let refresh_token = issue(connection, id, now)?;
    Ok(Session { id, worker, refresh_token, ends_at })
}

fn issue(connection: &mut Connection, session: SessionId, now: At) -> Result<[u8; 32], Error> {
    let mut token = [0; 32];
    rand::fill(&mut token).map_err(|_| Error::Unavailable)?;
    on_either!(connection, c => diesel::insert_into(refresh_token::table)
        .values((
            refresh_token::digest.eq(digest_of(&token)),
            refresh_token::session_id.eq(Uid::from(session)),
            refresh_token::issued_at.eq(Stamp(now)),
        ))
        .execute(c))?;
    Ok(token)
}

type SessionRow = (Uid, Stamp, Stamp, Stamp, Option<Stamp>);

/// The running sessions of a worker, newest first.
fn running(connection: &mut Connection, worker: WorkerId, now: At) -> Result<Vec<SessionView>, Error> {
    let rows: Vec<SessionRow> = on_either!(connection, c => session::table
        .filter(session::worker_id.eq(Uid::from(worker)))
        .filter(session::ends_at.gt(Stamp(now)))
        .order((session::started_at.desc(), session::id.desc()))
        .select((session::id, session::started_at, session::refreshed_at, session::ends_at, session::second_factor_at))
        .load(c))?;
    let view = |(id, started_at, refreshed_at, ends_at, proved_at): SessionRow| SessionView {
        id: id.into(),
        started_at: started_at.0,
        refreshed_at: refreshed_at.0,
        ends_at: ends_at.0,
        second_factor_at: proved_at.map(|at| at.0),
    };
    Ok(rows.into_iter().map(view).collect())
}

impl Granted<'_, ListOwnSessions> {
    /// Where the caller is signed in.
    pub fn sessions(&mut self) -> Result<Vec<SessionView>, Error> {
        running(self.connection, self.actor.worker, self.now)
    }
}

impl Granted<'_, ListSessions> {
    /// Where the worker is signed in.
    pub fn sessions(&mut self) -> Result<Vec<SessionView>, Error> {
        running(self.connection, self.action.worker, self.now)
    }
}

impl Granted<'_, EndOwnSession> {
    /// Ends one of the caller's own sessions. Sessions of other workers are not found.
    pub fn end(&mut self) -> Result<(), Error> {
        let mine = running(self.connection, self.actor.worker, self.now)?;
        if !mine.iter().any(|session| session.id == self.action.session) {
            return Err(Error::Unknown);
        }
        end(self.connection, self.action.session, self.now).map(drop)
    }
}

impl Granted<'_, EndSession> {
    /// Ends the session of any worker.
    pub fn end(&mut self) -> Result<(), Error> {
        if end(self.connection, self.action.session, self.now)? { Ok(()) } else { Err(Error::Unknown) }
    }
}

enum Renewal {
    Renewed(Session),
    Refused(Option<(WorkerId, SessionId)>),
}

fn renew(connection: &mut Connection, digest: &[u8], now: At) -> Result<Renewal, Error> {
    type Row = (Uid, Uid, Stamp, Stamp, String);
    let row: Option<Row> = on_either!(&mut *connection, c => refresh_token::table
        .inner_join(session::table.on(session::id.eq(refresh_token::session_id)))
        .inner_join(worker::table.on(worker::id.eq(session::worker_id)))
        .filter(refresh_token::digest.eq(digest))
        .select((session::id, worker::id, session::refreshed_at, session::ends_at, worker::state))
        .first(c)
        .optional())?;
    let Some((id, worker_id, refreshed_at, ends_at, state)) = row else {
        return Ok(Renewal::Refused(None));
    };
    let (id, worker): (SessionId, WorkerId) = (id.into(), worker_id.into());
    let refused = Ok(Renewal::Refused(Some((worker, id))));
    let first_use = on_either!(&mut *connection, c => diesel::update(refresh_token::table.find(digest))
        .filter(refresh_token::used_at.is_null())
        .set(refresh_token::used_at.eq(Stamp(now)))
        .execute(c))?;
    if first_use == 0 {
        end(connection, id, now)?;
        return refused;
    }
    let idle = refreshed_at.0 + Duration::minutes(IDLE_MINUTES) < now;
    if idle || ends_at.0 <= now || state != WorkerState::Active.as_str() {
        return refused;
    }
    on_either!(&mut *connection, c => diesel::update(session::table.find(Uid::from(id)))
        .set(session::refreshed_at.eq(Stamp(now)))
        .execute(c))?;
    let refresh_token = issue(connection, id, now)?;
    Ok(Renewal::Renewed(Session { id, worker, refresh_token, ends_at: ends_at.0 }))
}

/// Ends a session. Returns whether it was running.
fn end(connection: &mut Connection, id: SessionId, now: At) -> Result<bool, Error> {
    let ended = on_either!(connection, c => diesel::update(session::table.find(Uid::from(id)))
        .filter(session::ends_at.gt(Stamp(now)))
        .set(session::ends_at.eq(Stamp(now)))
        .execute(c))?;
    Ok(ended == 1)
}
