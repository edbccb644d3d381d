//! Roles that one administrator proposes and another grants. That it is another, the policy has seen to.

use alongside_domain::notice::NoticeKind;
use alongside_domain::role_grant::{
    DAYS_TO_DECIDE, NewRoleGrant, RoleGrant, RoleGrantAnswer, RoleGrantDecision, RoleGrantStatus,
};
use alongside_domain::worker::{Role, Roles, Worker, WorkerDetails, WorkerState};
use alongside_domain::{RoleGrantId, Version, WorkerId};
use alongside_policy::action::{DecideRoleGrant, ListRoleGrants, ProposeRoleGrant};
use chrono::Duration;
use diesel::prelude::*;

use crate::connection::{Connection, on_either};
use crate::door::Granted;
use crate::error::Error;
use crate::paging::{Page, PageRequest, Place};
use crate::schema::{agency, role_grant, worker};
use crate::sql_types::{Stamp, Uid};
use crate::worker::{correct, find};

#[derive(Queryable, Selectable)]
#[diesel(table_name = role_grant)]
struct Row {
    id: Uid,
    worker_id: Uid,
    agency_id: Uid,
    role: String,
    status: String,
    reason: String,
    proposed_by: Uid,
    proposed_at: Stamp,
    decided_by: Option<Uid>,
    decided_at: Option<Stamp>,
    decided_because: Option<String>,
}

impl TryFrom<Row> for RoleGrant {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let unknown = |_| Error::Corrupt("a proposed role has an unknown code");
        Ok(Self {
            id: row.id.into(),
            worker_id: row.worker_id.into(),
            agency_id: row.agency_id.into(),
            role: row.role.parse().map_err(unknown)?,
            status: row.status.parse().map_err(unknown)?,
            reason: row.reason,
            proposed_by: row.proposed_by.into(),
            proposed_at: row.proposed_at.0,
            runs_out_at: RoleGrant::runs_out_at(row.proposed_at.0),
            decided_by: row.decided_by.map(WorkerId::from),
            decided_at: row.decided_at.map(|at| at.0),
            decided_because: row.decided_because,
        })
    }
}

fn one(connection: &mut Connection, id: RoleGrantId) -> Result<Option<RoleGrant>, Error> {
    let row: Option<Row> = on_either!(connection, c => role_grant::table
        .find(Uid::from(id))
        .select(Row::as_select())
        .first(c)
        .optional())?;
    row.map(RoleGrant::try_from).transpose()
}

/// For whom a role was proposed, and by whom.
pub(crate) fn whose(connection: &mut Connection, id: RoleGrantId) -> Result<Option<[WorkerId; 2]>, Error> {
    Ok(one(connection, id)?.map(|grant| [grant.worker_id, grant.proposed_by]))
}

/// The account with one role more.
fn with(worker: &Worker, role: Role) -> Result<WorkerDetails, Error> {
    if worker.details.state == WorkerState::Left {
        return Err(Error::Conflict("the worker has left; reinstate the account first"));
    }
    let held = worker.details.roles.iter().copied();
    if worker.details.roles.contains(&role) {
        return Err(Error::Conflict("the worker has this role already"));
    }
    let roles: Roles = held.chain([role]).collect();
    let details = WorkerDetails { roles: roles.iter().collect(), ..worker.details.clone() };
    let mixed = "the account has roles that must not go with this one; take them away first, or use a second account";
    details.validate().map_err(|_| Error::Conflict(mixed))?;
    Ok(details)
}

impl Granted<'_, ProposeRoleGrant> {
    /// Proposes to another administrator to give a worker a role.
    pub fn propose(&mut self, new: &NewRoleGrant) -> Result<RoleGrant, Error> {
        let worker = find(self.connection, self.action.worker)?;
        if worker.id == self.actor.worker {
            return Err(Error::Conflict("nobody proposes a role for themselves; ask another administrator"));
        }
        with(&worker, new.role)?;
        self.close_what_ran_out(worker.id, new.role)?;
        let waiting: i64 = on_either!(&mut *self.connection, c => role_grant::table
            .filter(role_grant::worker_id.eq(Uid::from(worker.id)))
            .filter(role_grant::role.eq(new.role.as_str()))
            .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
            .count()
            .get_result(c))?;
        if waiting > 0 {
            return Err(Error::Conflict("it is proposed already; GET /v1/role-grants lists what waits"));
        }
        let grant = RoleGrant {
            id: RoleGrantId(self.shared.ids.next(self.now)),
            worker_id: worker.id,
            agency_id: worker.details.agency_id,
            role: new.role,
            status: RoleGrantStatus::Proposed,
            reason: new.reason.clone(),
            proposed_by: self.actor.worker,
            proposed_at: self.now,
            runs_out_at: RoleGrant::runs_out_at(self.now),
            decided_by: None,
            decided_at: None,
            decided_because: None,
        };
        on_either!(&mut *self.connection, c => diesel::insert_into(role_grant::table)
            .values((
                role_grant::id.eq(Uid::from(grant.id)),
                role_grant::worker_id.eq(Uid::from(grant.worker_id)),
                role_grant::agency_id.eq(Uid::from(grant.agency_id)),
                role_grant::role.eq(grant.role.as_str()),
                role_grant::status.eq(grant.status.as_str()),
                role_grant::reason.eq(&grant.reason),
                role_grant::proposed_by.eq(Uid::from(grant.proposed_by)),
                role_grant::proposed_at.eq(Stamp(grant.proposed_at)),
            ))
            .execute(c))?;
        let told = self.who_may_decide(&grant)?;
        self.tell(told, NoticeKind::RoleProposed, "role_grant", grant.id.0)?;
        Ok(grant)
    }

    /// Makes room for another proposal: of one role for one worker, one waits at a time.
    fn close_what_ran_out(&mut self, worker: WorkerId, role: Role) -> Result<(), Error> {
        let earliest = Stamp(self.now - Duration::days(DAYS_TO_DECIDE));
        on_either!(&mut *self.connection, c => diesel::update(role_grant::table)
            .filter(role_grant::worker_id.eq(Uid::from(worker)))
            .filter(role_grant::role.eq(role.as_str()))
            .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
            .filter(role_grant::proposed_at.le(earliest))
            .set(role_grant::status.eq(RoleGrantStatus::RanOut.as_str()))
            .execute(c))?;
        Ok(())
    }

    /// The other administrators, without whoever is to have the role.
    fn who_may_decide(&mut self, grant: &RoleGrant) -> Result<Vec<WorkerId>, Error> {
        let others = [Uid::from(grant.worker_id), Uid::from(grant.proposed_by)];
        let ids: Vec<Uid> = on_either!(&mut *self.connection, c => worker::table
            .inner_join(agency::table)
            .filter(worker::state.eq(WorkerState::Active.as_str()))
            .filter(agency::in_sharing_agreement.eq(true))
            .filter(worker::roles.like("%administrator%"))
            .filter(worker::id.ne_all(others))
            .select(worker::id)
            .load(c))?;
        Ok(ids.into_iter().map(WorkerId::from).collect())
    }
}

impl Granted<'_, ListRoleGrants> {
    /// What was proposed, newest first, and what became of it.
    pub fn grants(&mut self, page: &PageRequest) -> Result<Page<RoleGrant>, Error> {
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = role_grant::table.select(Row::as_select()).into_boxed();
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(
                    role_grant::proposed_at.lt(at).or(role_grant::proposed_at.eq(at).and(role_grant::id.lt(id))),
                );
            }
            query
                .order((role_grant::proposed_at.desc(), role_grant::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let now = self.now;
        let grant = |row| Ok(RoleGrant::try_from(row)?.as_of(now));
        let grants = rows.into_iter().map(grant).collect::<Result<Vec<_>, Error>>()?;
        Ok(Page::cut(grants, page.limit, |grant| Place { at: grant.proposed_at, id: grant.id.0 }))
    }
}

impl Granted<'_, DecideRoleGrant> {
    /// Gives the role that another administrator proposed, or declines to.
    pub fn decide(&mut self, decision: &RoleGrantDecision) -> Result<RoleGrant, Error> {
        let grant = one(self.connection, self.action.grant)?.ok_or(Error::Unknown)?.as_of(self.now);
        match grant.status {
            RoleGrantStatus::Proposed => {}
            RoleGrantStatus::RanOut => return Err(Error::Conflict("nobody decided in time; propose it anew")),
            RoleGrantStatus::Approved | RoleGrantStatus::Declined => {
                return Err(Error::Conflict("it has been decided already"));
            }
        }
        let status = match decision.answer {
            RoleGrantAnswer::Approve => {
                self.give(&grant)?;
                RoleGrantStatus::Approved
            }
            RoleGrantAnswer::Decline => RoleGrantStatus::Declined,
        };
        let decided = on_either!(&mut *self.connection, c => diesel::update(role_grant::table.find(Uid::from(grant.id)))
            .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
            .set((
                role_grant::status.eq(status.as_str()),
                role_grant::decided_by.eq(Uid::from(self.actor.worker)),
                role_grant::decided_at.eq(Stamp(self.now)),
                role_grant::decided_because.eq(&decision.because),
            ))
            .execute(c))?;
        if decided != 1 {
            return Err(Error::Conflict("it has been decided already"));
        }
        Ok(RoleGrant {
            status,
            decided_by: Some(self.actor.worker),
            decided_at: Some(self.now),
            decided_because: Some(decision.because.clone()),
            ..grant
        })
    }

    fn give(&mut self, grant: &RoleGrant) -> Result<Version, Error> {
        let proposer = find(self.connection, grant.proposed_by)?.details;
        if proposer.state != WorkerState::Active || !proposer.roles.contains(&Role::Administrator) {
            return Err(Error::Conflict(
                "whoever proposed it no longer keeps accounts; decline it and propose it anew",
            ));
        }
        let worker = find(self.connection, grant.worker_id)?;
        if worker.details.agency_id != grant.agency_id {
            return Err(Error::Conflict("the worker has moved to another agency; decline it and propose it anew"));
        }
        let details = with(&worker, grant.role)?;
        Ok(correct(self.connection, worker, &details, Some(self.actor.worker), self.now)?.version)
    }
}
