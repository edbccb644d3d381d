//! The caller, as the database has them now. They are read for every decision, and never cached.

use std::collections::HashSet;

use alongside_domain::accounts::second_factor::FRESH_MINUTES;
use alongside_domain::accounts::worker::{Actor, Roles, WorkerState};
use alongside_domain::audit::activity::day_of;
use alongside_domain::{At, SessionId, WorkerId};
use alongside_policy::SecondFactor;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{agency, front_door_duty, session, unusual_access, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::facts::ActorFacts;

#[diesel::dsl::auto_type(no_type_alias)]
fn signed_in() -> _ {
    session::table
        .inner_join(worker::table.on(worker::id.eq(session::worker_id)))
        .inner_join(agency::table.on(agency::id.eq(worker::agency_id)))
}

/// Whether the worker of the row is on front-door duty for the agency where they work.
#[diesel::dsl::auto_type(no_type_alias)]
fn on_front_door(now: Stamp) -> _ {
    exists(
        front_door_duty::table
            .filter(front_door_duty::worker_id.eq(worker::id))
            .filter(front_door_duty::agency_id.eq(worker::agency_id))
            .filter(front_door_duty::starts_at.le(now))
            .filter(front_door_duty::ends_at.gt(now))
            .filter(front_door_duty::ended_at.is_null()),
    )
}

type Account = (Uid, Uid, Uid, String, String, Stamp, Option<Stamp>, Option<String>, bool, String, bool, bool);

/// The columns of an [`Account`].
macro_rules! account {
    ($now:expr) => {
        (
            session::id,
            worker::id,
            worker::agency_id,
            worker::roles,
            worker::state,
            session::ends_at,
            session::second_factor_at,
            session::issuer,
            worker::own_password,
            agency::sector,
            agency::in_sharing_agreement,
            on_front_door(Stamp($now)),
        )
    };
}

fn read(account: Account, now: At) -> Result<(SessionId, ActorFacts), Error> {
    let (
        session,
        worker,
        agency,
        roles,
        state,
        ends_at,
        proved_at,
        issuer,
        own_password,
        sector,
        in_agreement,
        front_door,
    ) = account;
    let unknown = |_| Error::Corrupt("a worker has an unknown code");
    let state: WorkerState = state.parse().map_err(unknown)?;
    let facts = ActorFacts {
        worker: worker.into(),
        agency: agency.into(),
        sector: sector.parse().map_err(unknown)?,
        roles: Roles::from_text(&roles).map_err(unknown)?,
        may_act: state == WorkerState::Active && in_agreement && ends_at.0 > now,
        own_password: own_password || issuer.is_some(),
        second_factor: freshness(proved_at, now),
        front_door,
        over_volume: false,
    };
    Ok((session.into(), facts))
}

/// The caller. `None` when the session or the worker is not known.
pub(crate) fn actor(connection: &mut Connection, actor: &Actor, now: At) -> Result<Option<ActorFacts>, Error> {
    let me = Uid::from(actor.worker);
    let row: Option<(Account, bool)> = on_either!(connection, c => signed_in()
        .filter(session::id.eq(Uid::from(actor.session)))
        .filter(worker::id.eq(me))
        .select((
            account!(now),
            exists(
                unusual_access::table
                    .filter(unusual_access::worker_id.eq(me))
                    .filter(unusual_access::on_day.eq(Stamp(day_of(now))))
                    .filter(unusual_access::holds)
                    .filter(unusual_access::confirmed_at.is_null()),
            ),
        ))
        .first(c)
        .optional())?;
    row.map(|(account, over_volume)| Ok(ActorFacts { over_volume, ..read(account, now)?.1 })).transpose()
}

/// The known callers of these sessions. Counts of what they did are left out, because no notice depends on them.
pub(crate) fn actors(
    connection: &mut Connection,
    sessions: &HashSet<SessionId>,
    now: At,
) -> Result<Vec<(SessionId, ActorFacts)>, Error> {
    let sessions: Vec<Uid> = sessions.iter().copied().map(Uid::from).collect();
    let rows: Vec<Account> = on_either!(connection, c => signed_in()
        .filter(session::id.eq_any(&sessions))
        .select(account!(now))
        .load(c))?;
    rows.into_iter().map(|account| read(account, now)).collect()
}

/// These workers as they would be in a session with every proof. Workers who may not act are left out.
pub(crate) fn with_every_proof(
    connection: &mut Connection,
    workers: &[WorkerId],
    now: At,
) -> Result<Vec<ActorFacts>, Error> {
    type Row = (Uid, Uid, String, String, bool);
    let ids: Vec<Uid> = workers.iter().copied().map(Uid::from).collect();
    let rows: Vec<Row> = on_either!(connection, c => worker::table
        .inner_join(agency::table)
        .filter(worker::id.eq_any(ids))
        .filter(worker::state.eq(WorkerState::Active.as_str()).and(agency::in_sharing_agreement))
        .order(worker::id)
        .select((worker::id, worker::agency_id, worker::roles, agency::sector, on_front_door(Stamp(now))))
        .load(c))?;
    let unknown = |_| Error::Corrupt("a worker has an unknown code");
    rows.into_iter()
        .map(|(worker, agency, roles, sector, front_door)| {
            Ok(ActorFacts {
                worker: worker.into(),
                agency: agency.into(),
                sector: sector.parse().map_err(unknown)?,
                roles: Roles::from_text(&roles).map_err(unknown)?,
                may_act: true,
                own_password: true,
                second_factor: SecondFactor::Fresh,
                front_door,
                over_volume: false,
            })
        })
        .collect()
}

/// A proof in the future is not fresh: a clock was set back.
fn freshness(proved_at: Option<Stamp>, now: At) -> SecondFactor {
    let fresh = chrono::Duration::minutes(FRESH_MINUTES);
    match proved_at {
        None => SecondFactor::Missing,
        Some(Stamp(at)) if at <= now && now < at + fresh => SecondFactor::Fresh,
        Some(_) => SecondFactor::Proved,
    }
}
