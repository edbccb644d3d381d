//! An account as it is stored: read, and corrected with all that follows from it.

use alongside_domain::accounts::worker::{Role, Roles, Worker, WorkerDetails, WorkerState};
use alongside_domain::{AgencyId, At, Version, Violations, WorkerId};
use diesel::prelude::*;

use crate::access::closed_record;
use crate::access::disclosure;
use crate::accounts::account_version::{self, Account};
use crate::accounts::role_handover::{self, Waiting};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{agency, external_identity, involvement, named_reader, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::statutory::front_door;

#[derive(Queryable, Selectable)]
#[diesel(table_name = worker)]
pub(crate) struct Row {
    id: Uid,
    agency_id: Uid,
    sign_in_name: String,
    display_name: String,
    job_title: String,
    roles: String,
    state: String,
    recorded_at: Stamp,
    version: i32,
    supervisor_id: Option<Uid>,
}

impl TryFrom<Row> for Worker {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let unknown = |_| Error::Corrupt("a worker has an unknown code");
        Ok(Self {
            id: row.id.into(),
            sign_in_name: row.sign_in_name,
            details: WorkerDetails {
                agency_id: row.agency_id.into(),
                display_name: row.display_name,
                job_title: row.job_title,
                roles: Roles::from_text(&row.roles).map_err(unknown)?.iter().collect(),
                state: row.state.parse().map_err(unknown)?,
                supervisor_id: row.supervisor_id.map(WorkerId::from),
            },
            proposed_roles: Vec::new(),
            recorded_at: row.recorded_at.0,
            version: Version(row.version),
        })
    }
}

pub(crate) fn roles_text(details: &WorkerDetails) -> String {
    details.roles.iter().copied().collect::<Roles>().to_text()
}

pub(crate) fn require_agency(connection: &mut Connection, id: AgencyId, pointer: &str) -> Result<(), Error> {
    let known: i64 = on_either!(connection, c => agency::table.find(Uid::from(id)).count().get_result(c))?;
    if known == 1 {
        Ok(())
    } else {
        Err(Violations::one(pointer, "names no agency. GET /v1/agencies lists them").into())
    }
}

pub(crate) fn require_supervisor(
    connection: &mut Connection,
    details: &WorkerDetails,
    own: Option<WorkerId>,
    pointer: &str,
) -> Result<(), Error> {
    let Some(supervisor) = details.supervisor_id else { return Ok(()) };
    let known: i64 = on_either!(connection, c => worker::table.find(Uid::from(supervisor)).count().get_result(c))?;
    if known == 1 && own != Some(supervisor) {
        Ok(())
    } else {
        Err(Violations::one(pointer, "names no other worker. GET /v1/workers lists them").into())
    }
}

/// Corrects an account. A worker who is suspended or leaves is signed out at once. One who moves to another agency
/// loses their relationships to children and what was disclosed to them. The correction is refused while a closed
/// record could not be opened without this lead. The author is absent for the operator, at the command line.
pub(crate) fn correct(
    connection: &mut Connection,
    present: Worker,
    details: &WorkerDetails,
    author: Option<WorkerId>,
    now: At,
) -> Result<Worker, Error> {
    require_agency(connection, details.agency_id, "/agency_id")?;
    require_supervisor(connection, details, Some(present.id), "/supervisor_id")?;
    let (id, version, at) = (Uid::from(present.id), present.version.next(), Stamp(now));
    let goes = details.agency_id != present.details.agency_id || details.state == WorkerState::Left;
    let leads = |of: &WorkerDetails| of.roles.contains(&Role::SafeguardingLead);
    let leads_no_more = leads(&present.details) && (goes || !leads(details));
    // Before the account: closing a record locks the record first, then the people.
    let held = if leads_no_more { closed_record::held_for(connection, present.id)? } else { Vec::new() };
    on_either!(&mut *connection, c => {
        let changed = diesel::update(worker::table.find(id).filter(worker::version.eq(present.version.0)))
            .set((
                worker::agency_id.eq(Uid::from(details.agency_id)),
                worker::display_name.eq(&details.display_name),
                worker::job_title.eq(&details.job_title),
                worker::roles.eq(roles_text(details)),
                worker::state.eq(details.state.as_str()),
                worker::version.eq(version.0),
                worker::supervisor_id.eq(details.supervisor_id.map(Uid::from)),
            ))
            .execute(c)?;
        if changed != 1 {
            return Err(Error::Conflict("the account has just been changed. Fetch it again"));
        }
        if details.state != WorkerState::Active {
            diesel::update(session::table.filter(session::worker_id.eq(id)).filter(session::ends_at.gt(at)))
                .set(session::ends_at.eq(at))
                .execute(c)?;
        }
        if goes {
            diesel::update(
                involvement::table.filter(involvement::worker_id.eq(id)).filter(involvement::ends_at.gt(at)),
            )
            .set((
                involvement::ends_at.eq(at),
                involvement::ended_by.eq(author.map(Uid::from)),
                involvement::version.eq(involvement::version + 1),
            ))
            .execute(c)?;
            // Recordings were opened to them for their work at that agency.
            diesel::delete(named_reader::table.filter(named_reader::worker_id.eq(id))).execute(c)?;
        }
    });
    if leads_no_more {
        closed_record::require_others(connection, present.id, &held)?;
    }
    if goes {
        // A role was confirmed for their work at that agency.
        role_handover::void(connection, present.id)?;
        closed_record::leave(connection, present.id)?;
        disclosure::end_all(connection, present.id, now)?;
        front_door::end_all(connection, present.id, author, now)?;
    }
    account_version::write(connection, Account::Worker(present.id), version, author, now, details)?;
    Ok(Worker { details: details.clone(), version, ..present })
}

pub(crate) fn find(connection: &mut Connection, id: WorkerId) -> Result<Worker, Error> {
    let row: Option<Row> = on_either!(connection, c => worker::table
        .find(Uid::from(id))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.ok_or(Error::Unknown)?.try_into()
}

pub(crate) fn by_sign_in_name(connection: &mut Connection, name: &str) -> Result<Worker, Error> {
    let row: Option<Row> = on_either!(connection, c => worker::table
        .filter(worker::sign_in_name.eq(name))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.ok_or(Error::Unknown)?.try_into()
}

pub(crate) fn all(connection: &mut Connection) -> Result<Vec<(Worker, String)>, Error> {
    let rows: Vec<(Row, String)> = on_either!(connection, c => worker::table
        .inner_join(agency::table)
        .order(worker::sign_in_name.asc())
        .select((Row::as_select(), agency::name))
        .load(c))?;
    rows.into_iter().map(|(row, agency)| Ok((row.try_into()?, agency))).collect()
}

/// Whether the worker is linked with an issuer.
pub(crate) fn is_linked(connection: &mut Connection, worker: WorkerId) -> Result<bool, Error> {
    let links: i64 = on_either!(connection, c => external_identity::table
        .filter(external_identity::worker_id.eq(Uid::from(worker)))
        .count()
        .get_result(c))?;
    Ok(links > 0)
}

/// The account with one more role.
pub(crate) fn with(present: &WorkerDetails, role: Role) -> Result<WorkerDetails, Error> {
    if present.state == WorkerState::Left {
        return Err(Error::Conflict("the worker has left. Reinstate the account first"));
    }
    if present.roles.contains(&role) {
        return Err(Error::Conflict("the worker already has this role"));
    }
    let roles: Roles = present.roles.iter().copied().chain([role]).collect();
    let details = WorkerDetails { roles: roles.iter().collect(), ..present.clone() };
    let mixed =
        "the account has a role that cannot be combined with this one. Remove it first, or use a second account";
    details.validate().map_err(|_| Error::Conflict(mixed))?;
    Ok(details)
}

/// The account with all these roles, or the conflict where they cannot be combined.
pub(crate) fn with_all(present: &WorkerDetails, waiting: &[Waiting]) -> Result<WorkerDetails, Error> {
    let mut details = present.clone();
    for (.., role, _) in waiting {
        if !details.roles.contains(role) {
            details = with(&details, *role)?;
        }
    }
    Ok(details)
}
