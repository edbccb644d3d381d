//! Workers: the directory of colleagues, and the accounts that administrators keep.

use alongside_domain::accounts::worker::{NewWorker, Role, Worker, WorkerDetails, WorkerFilter, WorkerState};
use alongside_domain::audit::event::AuditOutcome;
use alongside_domain::vocabulary::version::DetailsVersion;
use alongside_domain::{At, Version, WorkerId};
use alongside_policy::action::{AddWorker, AmendWorker, ListWorkers, ViewMe, ViewWorker, ViewWorkerVersions};
use diesel::prelude::*;

use crate::accounts::account::{
    Row, all, by_sign_in_name, correct, find, require_agency, require_supervisor, roles_text,
};
use crate::accounts::account_version::{self, Account};
use crate::accounts::agency as agencies;
use crate::accounts::password::PasswordChosenBy;
use crate::accounts::role_grant::proposed_roles;
use crate::accounts::role_handover;
use crate::accounts::way_in;
use crate::audit::event;
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::worker;
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::turns::Line;

mod repetition;

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
        return Err(Error::Conflict("this sign-in name is taken"));
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
    /// Adds a worker for the operator.
    pub async fn bootstrap_worker(&self, new: NewWorker, chosen_by: PasswordChosenBy) -> Result<Worker, Error> {
        let password_hash = self.hash_password(new.password.clone()).await?;
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let mut event = event::without_actor(shared.ids.as_ref(), now, "bootstrap_worker", None, None, request);
            let result = insert(shared, c, None, now, &new, &password_hash, chosen_by);
            event.outcome = if result.is_ok() { AuditOutcome::Permitted } else { AuditOutcome::Failed };
            event.worker_id = result.as_ref().ok().map(|worker| worker.id);
            Passed::of(result, Some(event))
        })
        .await
    }

    /// All workers with the names of their agencies, by sign-in name, for the operator.
    pub async fn operator_list_workers(&self) -> Result<Vec<(Worker, String)>, Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let event = event::without_actor(shared.ids.as_ref(), now, "operator_list_workers", None, None, request)
                .permitted();
            Passed::of(all(c), Some(event))
        })
        .await
    }

    /// Corrects an account for the operator. A worker who moves or comes back does not keep roles that two people
    /// grant. Returns the account before and after.
    pub async fn operator_correct_worker(
        &self,
        sign_in_name: String,
        change: impl Fn(&mut WorkerDetails) + Send + 'static,
    ) -> Result<(Worker, Worker), Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let mut event =
                event::without_actor(shared.ids.as_ref(), now, "operator_correct_worker", None, None, request);
            let result = by_sign_in_name(c, &sign_in_name).and_then(|before| {
                event.subject_kind = String::from("worker");
                event.subject_id = Some(before.id.0);
                let mut details = before.details.clone();
                change(&mut details);
                if details == before.details {
                    return Err(Error::Conflict("the account already has these values"));
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

impl Granted<'_, ViewMe> {
    /// The caller's own account.
    pub fn me(&mut self) -> Result<Worker, Error> {
        let me = find(self.connection, self.actor.worker)?;
        with_proposed_roles(self.connection, me, self.now)
    }
}

/// The account, with the roles that have no effect yet.
pub(crate) fn with_proposed_roles(connection: &mut Connection, worker: Worker, now: At) -> Result<Worker, Error> {
    let proposed = proposed_roles(connection, &[worker.id], now)?;
    Ok(Worker { proposed_roles: proposed.into_iter().map(|(_, role)| role).collect(), ..worker })
}

impl Granted<'_, ListWorkers> {
    /// The staff of the partnership that the filter lets through, newest account first.
    pub fn workers(&mut self, page: &PageRequest, filter: &WorkerFilter) -> Result<Page<Worker>, Error> {
        let place = |worker: &Worker| Place { at: worker.recorded_at, id: worker.id.0 };
        let mut page = Page::fill(page, |page| self.named_workers(page, filter), place)?;
        let ids: Vec<WorkerId> = page.items.iter().map(|worker| worker.id).collect();
        for (of, role) in proposed_roles(self.connection, &ids, self.now)? {
            page.items.iter_mut().filter(|worker| worker.id == of).for_each(|worker| worker.proposed_roles.push(role));
        }
        Ok(page)
    }

    /// Those of the next rows that the filter lets through. Names are compared here: the databases differ in what they
    /// take for the capital of a letter.
    fn named_workers(&mut self, page: &PageRequest, filter: &WorkerFilter) -> Result<Page<Worker>, Error> {
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = worker::table.select(Row::as_select()).into_boxed();
            if let Some(agency) = filter.agency {
                query = query.filter(worker::agency_id.eq(Uid::from(agency)));
            }
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
        let workers = rows.into_iter().map(Worker::try_from).collect::<Result<Vec<_>, _>>()?;
        let page = Page::cut(workers, page.limit, |worker| Place { at: worker.recorded_at, id: worker.id.0 });
        page.keep(|worker| Ok(filter.names(&worker.details.display_name).then_some(worker)))
    }
}

impl Granted<'_, ViewWorker> {
    /// The account as it is now, with the roles that are proposed for it.
    pub fn worker(&mut self) -> Result<Worker, Error> {
        let worker = find(self.connection, self.action.worker)?;
        with_proposed_roles(self.connection, worker, self.now)
    }
}

impl Granted<'_, AddWorker> {
    /// Adds a worker, with the hash of a first password that they have to replace. Roles that two people grant are
    /// proposed.
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
    /// The account, version by version, oldest first.
    pub fn versions(&mut self) -> Result<Vec<DetailsVersion<WorkerDetails>>, Error> {
        account_version::known(self.connection, Account::Worker(self.action.worker))
    }
}

impl Granted<'_, AmendWorker> {
    /// Corrects an account. A role that two people grant can be kept or removed here. A new one is proposed.
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
            return Err(Error::Conflict(
                "you cannot change your own agency, roles or state. Ask another administrator",
            ));
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
