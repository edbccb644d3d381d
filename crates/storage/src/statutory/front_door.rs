//! Front-door duty. The policy refuses workers who give it to themselves.

use alongside_domain::accounts::worker::Role;
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::statutory::front_door::{FrontDoorDuty, NewFrontDoorDuty};
use alongside_domain::{AgencyId, At, FrontDoorDutyId, Violations, WorkerId};
use alongside_policy::action::{EndFrontDoorDuty, GiveFrontDoorDuty, ListFrontDoorDuties};
use alongside_policy::{Subject, Verb};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::context::repeatable::Repeatable;
use crate::database::account_turn;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::front_door_duty;
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::actor::with_every_proof;
use crate::standing::facts::ActorFacts;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = front_door_duty)]
struct Row {
    id: Uid,
    agency_id: Uid,
    worker_id: Uid,
    starts_at: Stamp,
    ends_at: Stamp,
    given_by: Uid,
    given_at: Stamp,
    ended_at: Option<Stamp>,
    ended_by: Option<Uid>,
}

impl From<Row> for FrontDoorDuty {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            agency_id: row.agency_id.into(),
            worker_id: row.worker_id.into(),
            starts_at: row.starts_at.0,
            ends_at: row.ends_at.0,
            given_by: row.given_by.into(),
            given_at: row.given_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            ended_by: row.ended_by.map(WorkerId::from),
        }
    }
}

/// Whether a worker is on duty for this agency now.
pub(crate) fn is_on_duty(
    connection: &mut Connection,
    worker: WorkerId,
    agency: AgencyId,
    now: At,
) -> Result<bool, Error> {
    let running: i64 = on_either!(connection, c => front_door_duty::table
        .filter(front_door_duty::worker_id.eq(Uid::from(worker)))
        .filter(front_door_duty::agency_id.eq(Uid::from(agency)))
        .filter(front_door_duty::starts_at.le(Stamp(now)))
        .filter(front_door_duty::ends_at.gt(Stamp(now)))
        .filter(front_door_duty::ended_at.is_null())
        .count()
        .get_result(c))?;
    Ok(running > 0)
}

/// Ends the duties of a worker who moves or leaves. They were given for the worker's agency.
pub(crate) fn end_all(
    connection: &mut Connection,
    worker: WorkerId,
    author: Option<WorkerId>,
    now: At,
) -> Result<(), Error> {
    let to_come = front_door_duty::table
        .filter(front_door_duty::worker_id.eq(Uid::from(worker)))
        .filter(front_door_duty::ends_at.gt(Stamp(now)))
        .filter(front_door_duty::ended_at.is_null());
    on_either!(connection, c => diesel::update(to_come)
        .set((
            front_door_duty::ended_at.eq(Stamp(now)),
            front_door_duty::ended_by.eq(author.map(Uid::from)),
        ))
        .execute(c))?;
    Ok(())
}

impl Granted<'_, GiveFrontDoorDuty> {
    /// Puts a colleague on duty, and notifies the colleague and the safeguarding leads of the agency.
    pub fn give_duty(&mut self, new: &NewFrontDoorDuty) -> Result<FrontDoorDuty, Error> {
        // If the worker moves at this moment, the move ends the duty, or the duty is refused.
        account_turn::take(self.connection, self.action.worker)?;
        let worker = with_every_proof(self.connection, &[self.action.worker], self.now)?.pop();
        let works_with_records =
            |role: Role| matches!(role, Role::Practitioner | Role::Supervisor | Role::SafeguardingLead);
        let can_take_it =
            |worker: ActorFacts| worker.agency == self.actor.agency && worker.roles.iter().any(works_with_records);
        if !worker.is_some_and(can_take_it) {
            let detail = "must name an active worker of your agency who works with records";
            return Err(Violations::one("/worker_id", detail).into());
        }
        let row = Row {
            id: Uid(self.shared.ids.next(self.now)),
            agency_id: self.actor.agency.into(),
            worker_id: self.action.worker.into(),
            starts_at: Stamp(new.from(self.now)),
            ends_at: Stamp(new.ends_at),
            given_by: self.actor.worker.into(),
            given_at: Stamp(self.now),
            ended_at: None,
            ended_by: None,
        };
        on_either!(&mut *self.connection, c => diesel::insert_into(front_door_duty::table).values(&row).execute(c))?;
        let mut notified = self.overseers(Verb::ListFrontDoorDuties, Subject::Partnership)?;
        notified.push(self.action.worker);
        self.tell(notified, NoticeKind::FrontDoorDutyGiven, Subject::FrontDoorDuty(row.id.into()))?;
        Ok(row.into())
    }
}

impl Granted<'_, EndFrontDoorDuty> {
    /// Ends a duty early.
    pub fn end_duty(&mut self) -> Result<FrontDoorDuty, Error> {
        let id = Uid::from(self.action.duty);
        let running = front_door_duty::table
            .find(id)
            .filter(front_door_duty::ended_at.is_null())
            .filter(front_door_duty::ends_at.gt(Stamp(self.now)));
        let ended = on_either!(&mut *self.connection, c => diesel::update(running)
            .set((
                front_door_duty::ended_at.eq(Stamp(self.now)),
                front_door_duty::ended_by.eq(Uid::from(self.actor.worker)),
            ))
            .execute(c))?;
        if ended == 0 {
            return Err(Error::Conflict("this duty has already ended"));
        }
        let row: Row = on_either!(&mut *self.connection, c => front_door_duty::table
            .find(id)
            .select(Row::as_select())
            .first(c))?;
        Ok(row.into())
    }
}

impl Granted<'_, ListFrontDoorDuties> {
    /// The duties of the caller's agency, latest start first. Auditors see those of every agency.
    pub fn duties(&mut self, page: &PageRequest) -> Result<Page<FrontDoorDuty>, Error> {
        let of_all = self.actor.roles.contains(Role::Auditor);
        let mine = Uid::from(self.actor.agency);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = front_door_duty::table.select(Row::as_select()).into_boxed();
            if !of_all {
                query = query.filter(front_door_duty::agency_id.eq(mine));
            }
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(
                    front_door_duty::starts_at.lt(at).or(front_door_duty::starts_at.eq(at).and(front_door_duty::id.lt(id))),
                );
            }
            query
                .order((front_door_duty::starts_at.desc(), front_door_duty::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let duties: Vec<FrontDoorDuty> = rows.into_iter().map(FrontDoorDuty::from).collect();
        Ok(Page::cut(duties, page.limit, |duty| Place { at: duty.starts_at, id: duty.id.0 }))
    }
}

macro_rules! repeatable {
    ($($action:ident),+) => {$(
        impl Repeatable for $action {
            type Answer = FrontDoorDuty;
            type Made = FrontDoorDutyId;

            fn made(duty: &FrontDoorDuty) -> FrontDoorDutyId {
                duty.id
            }

            fn again(granted: &mut Granted<'_, Self>, id: FrontDoorDutyId) -> Result<FrontDoorDuty, Error> {
                granted.look_again(&ListFrontDoorDuties {}, |granted| {
                    let row: Option<Row> = on_either!(&mut *granted.connection, c => front_door_duty::table
                        .find(Uid::from(id))
                        .select(Row::as_select())
                        .first(c)
                        .optional())?;
                    Ok(row.ok_or(Error::Unknown)?.into())
                })
            }
        }
    )+};
}

repeatable!(GiveFrontDoorDuty, EndFrontDoorDuty);
