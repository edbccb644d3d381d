//! Workers as other issuers know them, and the sessions of those issuers' tokens.

use std::collections::BTreeSet;

use alongside_domain::accounts::external_identity::LinkedIdentity;
use alongside_domain::accounts::worker::{Roles, WorkerState};
use alongside_domain::{AgencyId, At, SessionId, WorkerId};
use alongside_policy::action::{LinkIdentity, ListIdentities, UnlinkIdentity};
use diesel::prelude::*;
use uuid::Uuid;

use crate::accounts::account::find;
use crate::accounts::role_grant::proposed_roles;
use crate::audit::event;
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::store::Store;
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{external_identity, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::Keys;

/// What a proved token of another issuer says about its session.
#[derive(Clone)]
pub struct ExternalSession {
    /// The issuer's name in the settings.
    pub issuer: String,
    /// The person the token is about.
    pub subject: String,
    /// What distinguishes this sign-in at the issuer from others by the same subject.
    pub sign_in: String,
    /// When it ends at the latest.
    pub ends_at: At,
    /// When a second factor was proved in it.
    pub second_factor_at: Option<At>,
    /// The agencies that the token names, where the settings say how.
    pub agencies: Option<BTreeSet<AgencyId>>,
    /// The roles that the token names, where the settings say how.
    pub roles: Option<Roles>,
}

impl std::fmt::Debug for ExternalSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExternalSession").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Store {
    /// The session of a proved token of another issuer. The first token of a sign-in starts it. A session that was
    /// ended is found and never restarted.
    pub async fn external_session(&self, of: ExternalSession, request: Uuid) -> Result<(WorkerId, SessionId), Error> {
        let id = session_id(&self.shared.keys, &of);
        let sought = of.clone();
        let (worker, begun) = self
            .look_unaudited(move |shared, c| {
                let worker = linked(c, &sought, shared.clock.now())?.ok_or(Error::SignedOut)?;
                Ok((worker, is_begun(c, id)?))
            })
            .await?;
        if begun {
            return Ok((worker, id));
        }
        self.session_change(move |shared, c, now| {
            let result = begin(c, &of, id, now);
            // Of two requests at the same time, one starts the session.
            let event = matches!(result, Ok((_, true))).then(|| {
                event::without_actor(
                    shared.ids.as_ref(),
                    now,
                    "start_external_session",
                    Some(worker),
                    Some(id),
                    request,
                )
                .permitted()
            });
            Passed::of(result.map(|(worker, _)| (worker, id)), event)
        })
        .await
    }
}

/// The same sign-in always gives the same id, so that an ended session stays ended.
fn session_id(keys: &Keys, of: &ExternalSession) -> SessionId {
    let value = [of.issuer.as_str(), of.subject.as_str(), of.sign_in.as_str()].join("\u{0}");
    let digest = keys.token("external_session", &value);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    SessionId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn is_begun(connection: &mut Connection, id: SessionId) -> Result<bool, Error> {
    let begun: i64 = on_either!(connection, c => session::table.find(Uid::from(id)).count().get_result(c))?;
    Ok(begun == 1)
}

/// The worker that the subject is linked to, if their account agrees with the token.
fn linked(connection: &mut Connection, of: &ExternalSession, now: At) -> Result<Option<WorkerId>, Error> {
    type Row = (Uid, Uid, String, String);
    let row: Option<Row> = on_either!(connection, c => external_identity::table
        .inner_join(worker::table.on(worker::id.eq(external_identity::worker_id)))
        .filter(external_identity::issuer.eq(&of.issuer))
        .filter(external_identity::subject.eq(&of.subject))
        .select((worker::id, worker::agency_id, worker::roles, worker::state))
        .first(c)
        .optional())?;
    let Some((id, agency, roles, state)) = row else { return Ok(None) };
    let (worker, agency) = (WorkerId::from(id), AgencyId::from(agency));
    let held = Roles::from_text(&roles).map_err(|_| Error::Corrupt("a worker has an unknown code"))?;
    // A worker who is about to take up a role has a token that already names it.
    let proposed = if of.roles.is_some() { proposed_roles(connection, &[worker], now)? } else { Vec::new() };
    let roles: Roles = held.iter().chain(proposed.into_iter().map(|(_, role)| role)).collect();
    let same_agency = of.agencies.as_ref().is_none_or(|said| said.len() == 1 && said.contains(&agency));
    let same_roles = of.roles.is_none_or(|said| said == roles);
    if !(same_agency && same_roles) {
        tracing::warn!(issuer = of.issuer, same_agency, same_roles, "a token and the worker's account differ");
        return Ok(None);
    }
    Ok((state == WorkerState::Active.as_str()).then_some(worker))
}

/// Starts the session unless another request just did. Returns whether this request started it.
fn begin(connection: &mut Connection, of: &ExternalSession, id: SessionId, now: At) -> Result<(WorkerId, bool), Error> {
    // Checked again: the link may have been removed since.
    let worker = linked(connection, of, now)?.filter(|_| of.ends_at > now).ok_or(Error::SignedOut)?;
    let begun = on_either!(connection, c => diesel::insert_into(session::table)
        .values((
            session::id.eq(Uid::from(id)),
            session::worker_id.eq(Uid::from(worker)),
            session::started_at.eq(Stamp(now)),
            session::refreshed_at.eq(Stamp(now)),
            session::ends_at.eq(Stamp(of.ends_at)),
            session::second_factor_at.eq(of.second_factor_at.map(Stamp)),
            session::issuer.eq(&of.issuer),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok((worker, begun == 1))
}

impl Granted<'_, ListIdentities> {
    /// The subjects that the worker is linked with, by issuer.
    pub fn identities(&mut self) -> Result<Vec<LinkedIdentity>, Error> {
        let id = Uid::from(find(self.connection, self.action.worker)?.id);
        let rows: Vec<(String, String, Stamp, Uid)> = on_either!(&mut *self.connection, c => external_identity::table
            .filter(external_identity::worker_id.eq(id))
            .order(external_identity::issuer.asc())
            .select((
                external_identity::issuer,
                external_identity::subject,
                external_identity::linked_at,
                external_identity::linked_by,
            ))
            .load(c))?;
        let linked = |(issuer, subject, linked_at, linked_by): (String, String, Stamp, Uid)| LinkedIdentity {
            issuer,
            subject,
            linked_at: linked_at.0,
            linked_by: linked_by.into(),
        };
        Ok(rows.into_iter().map(linked).collect())
    }
}

impl Granted<'_, LinkIdentity> {
    /// Stores by which subject the issuer knows the worker. An earlier subject is removed, and its sessions end. From
    /// then on the password of the account is not regarded as its owner's.
    pub fn link(&mut self, issuer: &str, subject: &str) -> Result<(), Error> {
        let worker = find(self.connection, self.action.worker)?.id;
        let owner: Option<Uid> = on_either!(&mut *self.connection, c => external_identity::table
            .find((issuer, subject))
            .select(external_identity::worker_id)
            .first(c)
            .optional())?;
        match owner.map(WorkerId::from) {
            Some(owner) if owner == worker => return Ok(()),
            Some(_) => return Err(Error::Conflict("this subject is linked to another worker. Unlink it there first")),
            None => {}
        }
        // An administrator who links their own subject would alone get what two people must grant.
        self.opens_way_in(worker, "The account was linked with an issuer.")?;
        unlink(self.connection, worker, issuer, self.now)?;
        on_either!(&mut *self.connection, c => diesel::insert_into(external_identity::table)
            .values((
                external_identity::issuer.eq(issuer),
                external_identity::subject.eq(subject),
                external_identity::worker_id.eq(Uid::from(worker)),
                external_identity::linked_at.eq(Stamp(self.now)),
                external_identity::linked_by.eq(Uid::from(self.actor.worker)),
            ))
            .execute(c))?;
        // The administrator who chose the first password may have replaced it too. The owner signs in at the issuer and
        // would not notice.
        on_either!(&mut *self.connection, c => diesel::update(worker::table.find(Uid::from(worker)))
            .set(worker::own_password.eq(false))
            .execute(c))?;
        Ok(())
    }
}

impl Granted<'_, UnlinkIdentity> {
    /// Removes the link with the issuer, and ends the sessions that its tokens started.
    pub fn unlink(&mut self, issuer: &str) -> Result<(), Error> {
        let worker = find(self.connection, self.action.worker)?.id;
        // The link disables a password that the administrator who unlinks may know.
        if has_own_password(self.connection, worker)? {
            account_turn::take(self.connection, worker)?;
        } else {
            self.opens_way_in(worker, "The link with an issuer was removed.")?;
        }
        if unlink(self.connection, worker, issuer, self.now)? { Ok(()) } else { Err(Error::Unknown) }
    }
}

fn has_own_password(connection: &mut Connection, worker: WorkerId) -> Result<bool, Error> {
    Ok(on_either!(connection, c => worker::table.find(Uid::from(worker)).select(worker::own_password).first(c))?)
}

/// Removes a link and ends its sessions. Returns whether there was one.
fn unlink(connection: &mut Connection, worker: WorkerId, issuer: &str, now: At) -> Result<bool, Error> {
    let removed = on_either!(&mut *connection, c => diesel::delete(external_identity::table)
        .filter(external_identity::worker_id.eq(Uid::from(worker)))
        .filter(external_identity::issuer.eq(issuer))
        .execute(c))?;
    on_either!(connection, c => diesel::update(session::table)
        .filter(session::worker_id.eq(Uid::from(worker)))
        .filter(session::issuer.eq(issuer))
        .filter(session::ends_at.gt(Stamp(now)))
        .set(session::ends_at.eq(Stamp(now)))
        .execute(c))?;
    Ok(removed == 1)
}
