//! Agencies: every worker may read them, and administrators keep them.

use alongside_domain::accounts::agency::{Agency, AgencyDetails};
use alongside_domain::accounts::worker::WorkerState;
use alongside_domain::audit::event::AuditOutcome;
use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_domain::{AgencyId, At, Version, WorkerId};
use alongside_policy::action::{AddAgency, AmendAgency, ListAgencies, ViewAgency, ViewAgencyVersions};
use diesel::prelude::*;

use crate::accounts::account_version::{self, Account};
use crate::audit::event;
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::repeatable::Repeatable;
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{agency, worker};
use crate::database::sql_types::{Stamp, Uid};

type Row = (Uid, String, String, bool, Stamp, i32);

fn agency_of(row: Row) -> Result<Agency, Error> {
    let (id, name, sector, in_sharing_agreement, recorded_at, version) = row;
    let sector = sector.parse().map_err(|_| Error::Corrupt("an agency has an unknown sector"))?;
    Ok(Agency {
        id: id.into(),
        details: AgencyDetails { name, sector, in_sharing_agreement },
        recorded_at: recorded_at.0,
        version: Version(version),
    })
}

const TAKEN: Error = Error::Conflict("an agency with this name already exists");

fn insert(
    shared: &Shared,
    connection: &mut Connection,
    author: Option<WorkerId>,
    now: At,
    details: &AgencyDetails,
) -> Result<Agency, Error> {
    if by_name(connection, &details.name)?.is_some() {
        return Err(TAKEN);
    }
    let id = AgencyId(shared.ids.next(now));
    on_either!(&mut *connection, c => diesel::insert_into(agency::table)
        .values((
            agency::id.eq(Uid::from(id)),
            agency::name.eq(&details.name),
            agency::sector.eq(details.sector.as_str()),
            agency::in_sharing_agreement.eq(details.in_sharing_agreement),
            agency::recorded_at.eq(Stamp(now)),
            agency::version.eq(Version::FIRST.0),
        ))
        .execute(c))?;
    account_version::write(connection, Account::Agency(id), Version::FIRST, author, now, details)?;
    Ok(Agency { id, details: details.clone(), recorded_at: now, version: Version::FIRST })
}

fn by_name(connection: &mut Connection, name: &str) -> Result<Option<Agency>, Error> {
    let row: Option<Row> = on_either!(connection, c => agency::table
        .filter(agency::name.eq(name))
        .first(c)
        .optional())?;
    row.map(agency_of).transpose()
}

/// Whether the agency has staff.
fn has_staff(connection: &mut Connection, id: Uid) -> Result<bool, Error> {
    let staff: i64 = on_either!(connection, c => worker::table
        .filter(worker::agency_id.eq(id))
        .filter(worker::state.ne(WorkerState::Left.as_str()))
        .count()
        .get_result(c))?;
    Ok(staff > 0)
}

/// The name of the agency.
pub(crate) fn name_of(connection: &mut Connection, id: AgencyId) -> Result<Option<String>, Error> {
    Ok(on_either!(connection, c => agency::table.find(Uid::from(id)).select(agency::name).first(c).optional())?)
}

impl Store {
    /// Adds an agency for the operator.
    pub async fn bootstrap_agency(&self, details: AgencyDetails) -> Result<Agency, Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let mut event = event::without_actor(shared.ids.as_ref(), now, "bootstrap_agency", None, None, request);
            let result = insert(shared, c, None, now, &details);
            event.outcome = if result.is_ok() { AuditOutcome::Permitted } else { AuditOutcome::Failed };
            event.agency_id = result.as_ref().ok().map(|agency| agency.id);
            Passed::of(result, Some(event))
        })
        .await
    }

    /// The agency with this name, for the operator.
    pub async fn find_agency_by_name(&self, name: String) -> Result<Option<Agency>, Error> {
        self.look_unaudited(move |_, c| by_name(c, &name)).await
    }
}

impl Granted<'_, ListAgencies> {
    /// Every agency of the partnership, by name.
    pub fn agencies(&mut self) -> Result<Vec<Agency>, Error> {
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => agency::table.load(c))?;
        let mut agencies = rows.into_iter().map(agency_of).collect::<Result<Vec<_>, _>>()?;
        agencies.sort_by(|a, b| a.details.name.cmp(&b.details.name));
        Ok(agencies)
    }
}

impl Granted<'_, ViewAgency> {
    /// The agency as it is now.
    pub fn agency(&mut self) -> Result<Agency, Error> {
        let id = Uid::from(self.action.agency);
        let row: Option<Row> = on_either!(&mut *self.connection, c => agency::table.find(id).first(c).optional())?;
        agency_of(row.ok_or(Error::Unknown)?)
    }
}

impl Granted<'_, AddAgency> {
    /// Adds an agency. Refused where another agency has its name.
    pub fn add(&mut self, details: &AgencyDetails) -> Result<Agency, Error> {
        insert(self.shared, self.connection, Some(self.actor.worker), self.now, details)
    }
}

impl Repeatable for AddAgency {
    type Answer = Agency;
    type Made = AgencyId;

    fn made(agency: &Agency) -> AgencyId {
        agency.id
    }

    fn again(granted: &mut Granted<'_, Self>, id: AgencyId) -> Result<Agency, Error> {
        granted.look_again(&ViewAgency { agency: id }, |granted| granted.agency())
    }
}

impl Granted<'_, ViewAgencyVersions> {
    /// The details of the agency, version by version, oldest first.
    pub fn versions(&mut self) -> Result<Vec<DetailsVersion<AgencyDetails>>, Error> {
        account_version::known(self.connection, Account::Agency(self.action.agency))
    }
}

impl Granted<'_, AmendAgency> {
    /// Corrects an agency. One that leaves the sharing agreement loses access at once.
    pub fn amend(&mut self, expected: Version, details: &AgencyDetails) -> Result<Agency, Error> {
        let id = Uid::from(self.action.agency);
        let row: Option<Row> = on_either!(&mut *self.connection, c => agency::table.find(id).first(c).optional())?;
        let present = agency_of(row.ok_or(Error::Unknown)?)?;
        if present.version != expected {
            return Err(account_version::stale::<AgencyDetails>(
                self.connection,
                Account::Agency(present.id),
                expected,
            ));
        }
        if present.id == self.actor.agency && !details.in_sharing_agreement {
            return Err(Error::Conflict(
                "you cannot take your own agency out of the sharing agreement. Ask another administrator",
            ));
        }
        if details.sector != present.details.sector && has_staff(self.connection, id)? {
            return Err(Error::Conflict(
                "the sector of an agency decides what its staff may read. Add an agency of the right sector and move \
                 the staff there",
            ));
        }
        if by_name(self.connection, &details.name)?.is_some_and(|other| other.id != present.id) {
            return Err(TAKEN);
        }
        let version = expected.next();
        on_either!(&mut *self.connection, c => diesel::update(agency::table.find(id))
            .set((
                agency::name.eq(&details.name),
                agency::sector.eq(details.sector.as_str()),
                agency::in_sharing_agreement.eq(details.in_sharing_agreement),
                agency::version.eq(version.0),
            ))
            .execute(c))?;
        account_version::write(
            self.connection,
            Account::Agency(present.id),
            version,
            Some(self.actor.worker),
            self.now,
            details,
        )?;
        Ok(Agency { details: details.clone(), version, ..present })
    }
}
