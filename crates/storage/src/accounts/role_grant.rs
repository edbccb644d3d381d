//! Roles that one administrator proposes and a second person confirms. The policy decides who that may be.

use alongside_domain::accounts::role_grant::{
    DAYS_TO_DECIDE, HandoverCode, NewRoleGrant, RoleGrant, RoleGrantAnswer, RoleGrantDecision, RoleGrantStatus,
};
use alongside_domain::accounts::worker::{Role, Worker, WorkerDetails, WorkerState};
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::{At, RoleGrantId, WorkerId};
use alongside_policy::action::{DecideRoleGrant, ListRoleGrants, ProposeRoleGrant};
use alongside_policy::{Action, Subject, Verb};
use chrono::Duration;
use diesel::prelude::*;

use crate::accounts::account::{correct, find, with, with_all};
use crate::accounts::role_handover;
use crate::context::granted::Granted;
use crate::context::repeatable::Repeatable;
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::{notice, role_grant, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::role::has_role;
use crate::standing::whose::known_to;

/// For how many minutes an unread notice of a proposal covers later proposals.
const MINUTES_BETWEEN_NOTICES: i64 = 60;

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
            taken_up_until: None,
            code: None,
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

impl Granted<'_, ProposeRoleGrant> {
    /// Proposes to give a worker a role.
    pub fn propose(&mut self, new: &NewRoleGrant) -> Result<RoleGrant, Error> {
        let worker = find(self.connection, self.action.worker)?;
        if worker.id == self.actor.worker {
            return Err(Error::Conflict("you cannot propose a role for yourself. Ask another administrator"));
        }
        with(&worker.details, new.role)?;
        let grant = self.put_one_forward(&worker, new.role, &new.reason)?;
        grant.ok_or(Error::Conflict("this role is already proposed. GET /v1/role-grants lists open proposals"))
    }
}

/// The roles of these workers that have no effect yet.
pub(crate) fn proposed_roles(
    connection: &mut Connection,
    workers: &[WorkerId],
    now: At,
) -> Result<Vec<(WorkerId, Role)>, Error> {
    let ids: Vec<Uid> = workers.iter().copied().map(Uid::from).collect();
    let rows: Vec<(Uid, String)> = on_either!(&mut *connection, c => role_grant::table
        .filter(role_grant::worker_id.eq_any(ids))
        .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
        .filter(role_grant::proposed_at.gt(Stamp(now - Duration::days(DAYS_TO_DECIDE))))
        .order(role_grant::id)
        .select((role_grant::worker_id, role_grant::role))
        .load(c))?;
    let confirmed = role_handover::waiting(connection, workers, now)?;
    let unknown = |_| Error::Corrupt("a proposed role has an unknown code");
    let proposed = rows.into_iter().map(|(worker, role)| Ok((worker.into(), role.parse().map_err(unknown)?)));
    let confirmed = confirmed.into_iter().map(|(_, worker, role, _)| Ok((worker, role)));
    proposed.chain(confirmed).collect()
}

impl<A: Action> Granted<'_, A> {
    /// Proposes these roles for a worker. One that is already proposed is left as it is.
    pub(crate) fn put_forward(&mut self, worker: &Worker, roles: &[Role], reason: &str) -> Result<(), Error> {
        roles.iter().try_for_each(|role| self.put_one_forward(worker, *role, reason).map(drop))
    }

    /// None if it is already proposed.
    fn put_one_forward(&mut self, worker: &Worker, role: Role, reason: &str) -> Result<Option<RoleGrant>, Error> {
        self.close_what_ran_out(worker, role)?;
        let waiting: i64 = on_either!(&mut *self.connection, c => role_grant::table
            .filter(role_grant::worker_id.eq(Uid::from(worker.id)))
            .filter(role_grant::role.eq(role.as_str()))
            .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
            .count()
            .get_result(c))?;
        if waiting > 0 {
            return Ok(None);
        }
        let grant = RoleGrant {
            id: RoleGrantId(self.shared.ids.next(self.now)),
            worker_id: worker.id,
            agency_id: worker.details.agency_id,
            role,
            status: RoleGrantStatus::Proposed,
            reason: reason.to_owned(),
            proposed_by: self.actor.worker,
            proposed_at: self.now,
            runs_out_at: RoleGrant::runs_out_at(self.now),
            decided_by: None,
            decided_at: None,
            decided_because: None,
            taken_up_until: None,
            code: None,
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
        let told = self.who_is_to_hear_of(&grant)?;
        self.tell(told, NoticeKind::RoleProposed, Subject::RoleGrant(grant.id))?;
        Ok(Some(grant))
    }

    /// Closes an expired or outdated proposal to make room for a new one. There is one open proposal for each worker
    /// and role, and it is for one agency.
    fn close_what_ran_out(&mut self, worker: &Worker, role: Role) -> Result<(), Error> {
        let earliest = Stamp(self.now - Duration::days(DAYS_TO_DECIDE));
        let elsewhere = role_grant::agency_id.ne(Uid::from(worker.details.agency_id));
        on_either!(&mut *self.connection, c => diesel::update(role_grant::table)
            .filter(role_grant::worker_id.eq(Uid::from(worker.id)))
            .filter(role_grant::role.eq(role.as_str()))
            .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
            .filter(role_grant::proposed_at.le(earliest).or(elsewhere))
            .set(role_grant::status.eq(RoleGrantStatus::RanOut.as_str()))
            .execute(c))?;
        Ok(())
    }

    /// The workers who may decide. A worker is left out who was sent a notice of another open proposal within the hour
    /// and has not read it. Fifty new colleagues are one notice, and the list has them all.
    fn who_is_to_hear_of(&mut self, grant: &RoleGrant) -> Result<Vec<WorkerId>, Error> {
        let candidates: Vec<Uid> = on_either!(&mut *self.connection, c => worker::table
            .filter(worker::state.eq(WorkerState::Active.as_str()))
            .filter(
                has_role(Role::Administrator).or(worker::agency_id
                    .eq(Uid::from(grant.agency_id))
                    .and(has_role(Role::Supervisor).or(has_role(Role::SafeguardingLead)))),
            )
            .select(worker::id)
            .load(c))?;
        let lately = Stamp(self.now - Duration::minutes(MINUTES_BETWEEN_NOTICES));
        let heard: Vec<Uid> = on_either!(&mut *self.connection, c => notice::table
            .filter(notice::about_id.eq_any(role_grant::table
                .filter(role_grant::status.eq(RoleGrantStatus::Proposed.as_str()))
                .select(role_grant::id)))
            .filter(notice::worker_id.eq_any(&candidates))
            .filter(notice::kind.eq(NoticeKind::RoleProposed.as_str()))
            .filter(notice::acknowledged_at.is_null())
            .filter(notice::recorded_at.gt(lately))
            .select(notice::worker_id)
            .load(c))?;
        let heard: Vec<WorkerId> = heard.into_iter().map(WorkerId::from).collect();
        let candidates: Vec<WorkerId> = candidates.into_iter().map(WorkerId::from).collect();
        let mut may = self.who_may(Verb::DecideRoleGrant, Subject::RoleGrant(grant.id), &candidates)?;
        may.retain(|worker| !heard.contains(worker));
        Ok(may)
    }
}

impl Granted<'_, ListRoleGrants> {
    /// Proposals, newest first, with their outcomes: all of them, or those of the caller's own agency.
    pub fn grants(&mut self, page: &PageRequest) -> Result<Page<RoleGrant>, Error> {
        let sees_all = [Role::Administrator, Role::Auditor].iter().any(|role| self.actor.roles.contains(*role));
        let own = (!sees_all).then_some(Uid::from(self.actor.agency));
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = role_grant::table.select(Row::as_select()).into_boxed();
            if let Some(own) = own {
                query = query.filter(role_grant::agency_id.eq(own));
            }
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
        let mut grants = rows.into_iter().map(grant).collect::<Result<Vec<_>, Error>>()?;
        let workers: Vec<WorkerId> = grants.iter().map(|grant| grant.worker_id).collect();
        for (id, .., until) in role_handover::waiting(self.connection, &workers, now)? {
            grants.iter_mut().filter(|grant| grant.id == id).for_each(|grant| grant.taken_up_until = Some(until));
        }
        Ok(Page::cut(grants, page.limit, |grant| Place { at: grant.proposed_at, id: grant.id.0 }))
    }
}

impl Granted<'_, ListRoleGrants> {
    /// One of them, as a repetition shows it.
    fn grant(&mut self, id: RoleGrantId) -> Result<RoleGrant, Error> {
        let grant = one(self.connection, id)?.ok_or(Error::Unknown)?.as_of(self.now);
        let waiting = role_handover::waiting(self.connection, &[grant.worker_id], self.now)?;
        let taken_up_until = waiting.into_iter().find(|(waiting, ..)| *waiting == id).map(|(.., until)| until);
        Ok(RoleGrant { taken_up_until, ..grant })
    }
}

impl Repeatable for ProposeRoleGrant {
    type Answer = RoleGrant;
    type Made = RoleGrantId;

    fn made(grant: &RoleGrant) -> RoleGrantId {
        grant.id
    }

    fn again(granted: &mut Granted<'_, Self>, id: RoleGrantId) -> Result<RoleGrant, Error> {
        granted.look_again(&ListRoleGrants {}, |granted| granted.grant(id))
    }
}

impl Repeatable for DecideRoleGrant {
    type Answer = RoleGrant;
    /// With the code, which is stored nowhere else: it must not be lost with a response.
    type Made = (RoleGrantId, Option<HandoverCode>);

    fn made(grant: &RoleGrant) -> Self::Made {
        (grant.id, grant.code.clone())
    }

    fn again(granted: &mut Granted<'_, Self>, (id, code): Self::Made) -> Result<RoleGrant, Error> {
        granted.look_again(&ListRoleGrants {}, |granted| {
            let grant = granted.grant(id)?;
            let good = code.filter(|_| grant.taken_up_until.is_some());
            let code = match good {
                Some(code) if role_handover::opens(granted.connection, id, &code)? => Some(code),
                _ => None,
            };
            Ok(RoleGrant { code, ..grant })
        })
    }
}

impl Granted<'_, DecideRoleGrant> {
    /// Confirms or declines the role that another administrator proposed. Where only the owner can get into the
    /// account, a confirmed role takes effect at once. Otherwise the owner takes it up with the code in the response.
    /// The person who confirmed gets another code by confirming again.
    pub fn decide(&mut self, decision: &RoleGrantDecision) -> Result<RoleGrant, Error> {
        let concerned = one(self.connection, self.action.grant)?.ok_or(Error::Unknown)?.worker_id;
        account_turn::take(self.connection, concerned)?;
        let could_get_in = known_to(self.connection, concerned)?;
        if could_get_in.contains(&self.actor.worker) {
            return Err(Error::Conflict("the account has just been changed. Fetch it again"));
        }
        let grant = one(self.connection, self.action.grant)?.ok_or(Error::Unknown)?.as_of(self.now);
        let confirms = decision.answer == RoleGrantAnswer::Approve;
        match grant.status {
            RoleGrantStatus::Proposed => {}
            RoleGrantStatus::Approved if confirms && grant.decided_by == Some(self.actor.worker) => {
                return self.replace_code(grant);
            }
            RoleGrantStatus::RanOut => {
                return Err(Error::Conflict("this proposal has expired. Propose the role again"));
            }
            RoleGrantStatus::Approved | RoleGrantStatus::Declined => {
                return Err(Error::Conflict("this proposal has already been decided"));
            }
        }
        let status = if confirms { RoleGrantStatus::Approved } else { RoleGrantStatus::Declined };
        let mut handover = None;
        if confirms {
            let (worker, details) = self.account_with(&grant)?;
            if could_get_in.is_empty() {
                correct(self.connection, worker, &details, Some(self.actor.worker), self.now)?;
            } else {
                handover = Some(role_handover::begin(self.connection, grant.id, grant.worker_id, self.now)?);
            }
        }
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
            return Err(Error::Conflict("this proposal has already been decided"));
        }
        Ok(RoleGrant {
            status,
            decided_by: Some(self.actor.worker),
            decided_at: Some(self.now),
            decided_because: Some(decision.because.clone()),
            ..grant
        }
        .handed_over(handover))
    }

    /// Replaces a lost code, as long as the role has not been taken up.
    fn replace_code(&mut self, grant: RoleGrant) -> Result<RoleGrant, Error> {
        let waiting = role_handover::waiting(self.connection, &[grant.worker_id], self.now)?;
        if !waiting.iter().any(|(id, ..)| *id == grant.id) {
            return Err(Error::Conflict("this proposal has already been decided"));
        }
        let handover = role_handover::begin(self.connection, grant.id, grant.worker_id, self.now)?;
        Ok(grant.handed_over(Some(handover)))
    }

    /// The account as it would be with the role.
    fn account_with(&mut self, grant: &RoleGrant) -> Result<(Worker, WorkerDetails), Error> {
        let proposer = find(self.connection, grant.proposed_by)?.details;
        if proposer.state != WorkerState::Active || !proposer.roles.contains(&Role::Administrator) {
            return Err(Error::Conflict(
                "the administrator who proposed it no longer has that role. Decline it and propose it again",
            ));
        }
        let worker = find(self.connection, grant.worker_id)?;
        if worker.details.agency_id != grant.agency_id {
            return Err(Error::Conflict("the worker has moved to another agency. Decline it and propose it again"));
        }
        let details = with(&worker.details, grant.role)?;
        // Confirmed roles that wait for their owner must be compatible with it, or none could be taken up.
        let waiting = role_handover::waiting(self.connection, &[worker.id], self.now)?;
        with_all(&details, &waiting)?;
        Ok((worker, details))
    }
}
