//! Workers: the directory of colleagues, and the accounts that administrators keep.

use alongside_domain::accounts::worker::{NewWorker, Role, Roles, Worker, WorkerDetails, WorkerState};
use alongside_domain::audit::event::AuditOutcome;
use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_domain::{AgencyId, At, Version, Violations, WorkerId};
use alongside_policy::action::{AddWorker, AmendWorker, ListWorkers, ViewMe, ViewWorkerVersions};
use diesel::prelude::*;

use crate::access::closed_record;
use crate::access::disclosure;
use crate::accounts::account_version::{self, Account};
use crate::accounts::agency as agencies;
use crate::accounts::password::PasswordChosenBy;
use crate::accounts::role_grant::proposed_roles;
use crate::accounts::role_handover;
use crate::accounts::session::event;
use crate::accounts::way_in;
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::{agency, involvement, named_reader, session, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::door::pass::{Granted, Passed};
use crate::sealing::turns::Line;
use crate::statutory::front_door;

mod repetition;

#[derive(Queryable, Selectable)]
#[diesel(table_name = worker)]
struct Row {
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

fn roles_text(details: &WorkerDetails) -> String {
    details.roles.iter().copied().collect::<Roles>().to_text()
}

fn require_agency(connection: &mut Connection, id: AgencyId, pointer: &str) -> Result<(), Error> {
    let known: i64 = on_either!(connection, c => agency::table.find(Uid::from(id)).count().get_result(c))?;
    if known == 1 {
        Ok(())
    } else {
        Err(Violations::one(pointer, "names no agency; GET /v1/agencies lists them").into())
    }
}

fn require_supervisor(
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
        Err(Violations::one(pointer, "names no other worker; GET /v1/workers lists them").into())
    }
}

fn insert(
    shared: &Shared,
    connection: &mut Connection,
    author: Option<WorkerId>,
    now: At,
    new: &NewWorker,
    password_hash: &str,
    chosen_by: PasswordChosenBy,
) -> Result<Worker, Error> {
    require_agency(connection, new.details.agency_id, "/details/agency_id")?;
    require_supervisor(connection, &new.details, None, "/details/supervisor_id")?;
    let taken: i64 = on_either!(&mut *connection, c => worker::table
        .filter(worker::sign_in_name.eq(&new.sign_in_name))
        .count()
        .get_result(c))?;
    if taken > 0 {
        return Err(Error::Conflict("a worker of this sign-in name exists"));
    }
    let id = WorkerId(shared.ids.next(now));
    on_either!(&mut *connection, c => diesel::insert_into(worker::table)
        .values((
            worker::id.eq(Uid::from(id)),
            worker::agency_id.eq(Uid::from(new.details.agency_id)),
            worker::sign_in_name.eq(&new.sign_in_name),
            worker::password_hash.eq(password_hash),
            worker::own_password.eq(chosen_by == PasswordChosenBy::Owner),
            worker::display_name.eq(&new.details.display_name),
            worker::job_title.eq(&new.details.job_title),
            worker::roles.eq(roles_text(&new.details)),
            worker::state.eq(new.details.state.as_str()),
            worker::recorded_at.eq(Stamp(now)),
            worker::version.eq(Version::FIRST.0),
            worker::supervisor_id.eq(new.details.supervisor_id.map(Uid::from)),
        ))
        .execute(c))?;
    account_version::write(connection, Account::Worker(id), Version::FIRST, author, now, &new.details)?;
    Ok(Worker {
        id,
        sign_in_name: new.sign_in_name.clone(),
        details: new.details.clone(),
        proposed_roles: Vec::new(),
        recorded_at: now,
        version: Version::FIRST,
    })
}

impl Store {
    /// Adds a worker on the operator's word.
    pub async fn bootstrap_worker(&self, new: NewWorker, chosen_by: PasswordChosenBy) -> Result<Worker, Error> {
        let password_hash = self.hash_password(new.password.clone()).await?;
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let mut event = event(shared, now, "bootstrap_worker", None, None, request);
            let result = insert(shared, c, None, now, &new, &password_hash, chosen_by);
            event.outcome = if result.is_ok() { AuditOutcome::Permitted } else { AuditOutcome::Failed };
            event.worker_id = result.as_ref().ok().map(|worker| worker.id);
            Passed::of(result, Some(event))
        })
        .await
    }

    /// Everybody with the name of their agency, by sign-in name, on the operator's word.
    pub async fn operator_list_workers(&self) -> Result<Vec<(Worker, String)>, Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let event = event(shared, now, "operator_list_workers", None, None, request).permitted();
            Passed::of(all(c), Some(event))
        })
        .await
    }

    /// Corrects what is said of a worker on the operator's word. Roles that two people grant are not brought along by
    /// whoever moves or comes back. Gives the account before and after.
    pub async fn operator_correct_worker(
        &self,
        sign_in_name: String,
        change: impl Fn(&mut WorkerDetails) + Send + 'static,
    ) -> Result<(Worker, Worker), Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let mut event = event(shared, now, "operator_correct_worker", None, None, request);
            let result = by_sign_in_name(c, &sign_in_name).and_then(|before| {
                event.subject_kind = String::from("worker");
                event.subject_id = Some(before.id.0);
                let mut details = before.details.clone();
                change(&mut details);
                if details == before.details {
                    return Err(Error::Conflict("the account says so already"));
                }
                let (details, _) = details.said_by_one(Some(&before.details));
                Ok((before.clone(), correct(c, before, &details, None, now)?))
            });
            event.outcome = if result.is_ok() { AuditOutcome::Permitted } else { AuditOutcome::Failed };
            Passed::of(result, Some(event))
        })
        .await
    }

    /// Hashes a password, apart from the database threads.
    pub async fn hash_password(&self, password: String) -> Result<String, Error> {
        self.passwords.hash(password, Line::Known("accounts".to_owned())).await
    }

    /// Whether there is no worker yet.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        self.look_unaudited(|_, c| {
            let workers: i64 = on_either!(c, c => worker::table.count().get_result(c))?;
            Ok(workers == 0)
        })
        .await
    }
}

/// Writes what is said of a worker from now on. Whoever is suspended or leaves is signed out at once; whoever moves to
/// another agency leaves their relationships to children behind, and what was disclosed to them. A lead without whom a
/// closed record could not be opened stays one where they are. No author: the operator, at the command line.
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
    // Before the account: whoever closes a record holds the record first, then the people.
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
            return Err(Error::Conflict("the account was changed at the same moment; read it again"));
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
            // What was kept for them was kept for them where they worked.
            diesel::delete(named_reader::table.filter(named_reader::worker_id.eq(id))).execute(c)?;
        }
    });
    if leads_no_more {
        closed_record::require_others(connection, present.id, &held)?;
    }
    if goes {
        // A role was confirmed for where they worked.
        role_handover::void(connection, present.id)?;
        closed_record::leave(connection, present.id)?;
        disclosure::end_all(connection, present.id, now)?;
        front_door::end_all(connection, present.id, author, now)?;
    }
    account_version::write(connection, Account::Worker(present.id), version, author, now, details)?;
    Ok(Worker { details: details.clone(), version, ..present })
}

/// The agency of a worker.
pub(crate) fn agency_of(connection: &mut Connection, id: WorkerId) -> Result<Option<AgencyId>, Error> {
    let row: Option<Uid> = on_either!(connection, c => worker::table
        .find(Uid::from(id))
        .select(worker::agency_id)
        .first(c)
        .optional())?;
    Ok(row.map(AgencyId::from))
}

pub(crate) fn find(connection: &mut Connection, id: WorkerId) -> Result<Worker, Error> {
    let row: Option<Row> = on_either!(connection, c => worker::table
        .find(Uid::from(id))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.ok_or(Error::Unknown)?.try_into()
}

fn by_sign_in_name(connection: &mut Connection, name: &str) -> Result<Worker, Error> {
    let row: Option<Row> = on_either!(connection, c => worker::table
        .filter(worker::sign_in_name.eq(name))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.ok_or(Error::Unknown)?.try_into()
}

fn all(connection: &mut Connection) -> Result<Vec<(Worker, String)>, Error> {
    let rows: Vec<(Row, String)> = on_either!(connection, c => worker::table
        .inner_join(agency::table)
        .order(worker::sign_in_name.asc())
        .select((Row::as_select(), agency::name))
        .load(c))?;
    rows.into_iter().map(|(row, agency)| Ok((row.try_into()?, agency))).collect()
}

impl Granted<'_, ViewMe> {
    /// The actor's own account.
    pub fn me(&mut self) -> Result<Worker, Error> {
        let me = find(self.connection, self.actor.worker)?;
        with_proposed_roles(self.connection, me, self.now)
    }
}

/// The account, with the roles that have no effect yet.
fn with_proposed_roles(connection: &mut Connection, worker: Worker, now: At) -> Result<Worker, Error> {
    let proposed = proposed_roles(connection, &[worker.id], now)?;
    Ok(Worker { proposed_roles: proposed.into_iter().map(|(_, role)| role).collect(), ..worker })
}

impl Granted<'_, ListWorkers> {
    /// The staff of the partnership, newest account first.
    pub fn workers(&mut self, page: &PageRequest) -> Result<Page<Worker>, Error> {
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = worker::table.select(Row::as_select()).into_boxed();
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(
                    worker::recorded_at.lt(at).or(worker::recorded_at.eq(at).and(worker::id.lt(id))),
                );
            }
            query
                .order((worker::recorded_at.desc(), worker::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let mut workers = rows.into_iter().map(Worker::try_from).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<WorkerId> = workers.iter().map(|worker| worker.id).collect();
        for (of, role) in proposed_roles(self.connection, &ids, self.now)? {
            workers.iter_mut().filter(|worker| worker.id == of).for_each(|worker| worker.proposed_roles.push(role));
        }
        Ok(Page::cut(workers, page.limit, |worker| Place { at: worker.recorded_at, id: worker.id.0 }))
    }
}

impl Granted<'_, AddWorker> {
    /// Adds a worker, with the hash of a first password that they have to replace. Roles that two grant are proposed.
    pub fn add(&mut self, new: &NewWorker, password_hash: &str) -> Result<Worker, Error> {
        let (details, proposed) = new.details.said_by_one(None);
        if let Some(agency) = agencies::name_of(self.connection, new.details.agency_id)? {
            new.validate_password(&agency)?;
        }
        let (author, chosen_by) = (Some(self.actor.worker), PasswordChosenBy::SomebodyElse);
        let new = NewWorker { details, ..new.clone() };
        let worker = insert(self.shared, self.connection, author, self.now, &new, password_hash, chosen_by)?;
        way_in::learn(self.connection, worker.id, self.actor.worker)?;
        self.put_forward(&worker, &proposed, "The account was added.")?;
        with_proposed_roles(self.connection, worker, self.now)
    }
}

impl Granted<'_, ViewWorkerVersions> {
    /// What was said of the worker, version by version, oldest first.
    pub fn versions(&mut self) -> Result<Vec<DetailsVersion<WorkerDetails>>, Error> {
        account_version::known(self.connection, Account::Worker(self.action.worker))
    }
}

impl Granted<'_, AmendWorker> {
    /// Corrects an account. A role that two grant is kept or taken away here; a new one is proposed.
    pub fn amend(&mut self, expected: Version, details: &WorkerDetails) -> Result<Worker, Error> {
        let present = find(self.connection, self.action.worker)?;
        if present.version != expected {
            return Err(account_version::stale::<WorkerDetails>(
                self.connection,
                Account::Worker(present.id),
                expected,
            ));
        }
        let standing = |of: &WorkerDetails| (of.agency_id, roles_text(of), of.state);
        if present.id == self.actor.worker && standing(details) != standing(&present.details) {
            return Err(Error::Conflict("nobody changes their own agency, roles or state; ask another administrator"));
        }
        let (said, proposed) = details.said_by_one(Some(&present.details));
        let because = match (present.details.agency_id == said.agency_id, present.details.state) {
            (false, _) => "The worker moved to this agency.",
            (true, WorkerState::Left) => "The worker came back.",
            (true, _) => "The account was corrected.",
        };
        let worker = correct(self.connection, present, &said, Some(self.actor.worker), self.now)?;
        let waiting = role_handover::waiting(self.connection, &[worker.id], self.now)?;
        let waits = |role: &Role| waiting.iter().any(|(.., confirmed, _)| confirmed == role);
        let new: Vec<Role> = proposed.into_iter().filter(|role| !waits(role)).collect();
        self.put_forward(&worker, &new, because)?;
        with_proposed_roles(self.connection, worker, self.now)
    }
}
