//! What workers are told without having asked.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use alongside_domain::notice::{Notice, NoticeKind};
use alongside_domain::restriction::Restriction;
use alongside_domain::worker::Role;
use alongside_domain::{AgencyId, At, ChildId, NoticeId, WorkerId};
use alongside_policy::Action;
use alongside_policy::action::{AcknowledgeNotice, ListNotices};
use chrono::NaiveDate;
use diesel::prelude::*;
use lru::LruCache;
use uuid::Uuid;

use crate::connection::{Connection, on_either};
use crate::door::Granted;
use crate::error::Error;
use crate::paging::{Page, PageRequest, Place};
use crate::schema::{involvement, listed_person, notice, worker};
use crate::sql_types::{Stamp, Uid};

pub(crate) type Row = (Uid, String, String, Uid, Stamp, Option<Stamp>);

/// The columns of a [`Row`].
pub(crate) const NOTICE: (
    notice::id,
    notice::kind,
    notice::about_kind,
    notice::about_id,
    notice::recorded_at,
    notice::acknowledged_at,
) = (notice::id, notice::kind, notice::about_kind, notice::about_id, notice::recorded_at, notice::acknowledged_at);

pub(crate) fn notice_of(row: Row) -> Result<Notice, Error> {
    let (id, kind, about_kind, about_id, at, acknowledged_at) = row;
    Ok(Notice {
        id: id.into(),
        kind: kind.parse().map_err(|_| Error::Corrupt("a notice has an unknown kind"))?,
        about_kind,
        about_id: about_id.0,
        at: at.0,
        acknowledged_at: acknowledged_at.map(|at| at.0),
    })
}

impl<A: Action> Granted<'_, A> {
    /// Tells these workers, each once; never the actor.
    pub(crate) fn tell(
        &mut self,
        mut workers: Vec<WorkerId>,
        kind: NoticeKind,
        about_kind: &str,
        about: Uuid,
    ) -> Result<(), Error> {
        workers.sort_unstable();
        workers.dedup();
        workers.retain(|worker| *worker != self.actor.worker);
        for worker in workers {
            let row = (
                notice::id.eq(Uid(self.shared.ids.next(self.now))),
                notice::worker_id.eq(Uid::from(worker)),
                notice::kind.eq(kind.as_str()),
                notice::about_kind.eq(about_kind),
                notice::about_id.eq(Uid(about)),
                notice::recorded_at.eq(Stamp(self.now)),
            );
            on_either!(&mut *self.connection, c => diesel::insert_into(notice::table).values(row).execute(c))?;
        }
        Ok(())
    }

    /// Who answers for the record of this action, and at which agency: the allocated workers or, where the record is
    /// closed, the people for whom it is open. Nobody else may learn that anything happens to it.
    pub(crate) fn in_charge(&mut self) -> Result<Vec<(WorkerId, AgencyId)>, Error> {
        let child = Uid::from(self.child_facts()?.id);
        let open = self.subject.relation.restriction == Restriction::Open;
        let allocated = involvement::table
            .filter(involvement::child_id.eq(child))
            .filter(involvement::kind.eq("allocated"))
            .filter(involvement::ends_at.gt(Stamp(self.now)))
            .select(involvement::worker_id);
        let listed = listed_person::table.filter(listed_person::child_id.eq(child)).select(listed_person::worker_id);
        let workers = worker::table.select((worker::id, worker::agency_id));
        let rows: Vec<(Uid, Uid)> = on_either!(&mut *self.connection, c => if open {
            workers.filter(worker::id.eq_any(allocated)).load(c)
        } else {
            workers.filter(worker::id.eq_any(listed)).load(c)
        })?;
        Ok(rows.into_iter().map(|(worker, agency)| (worker.into(), agency.into())).collect())
    }

    /// The active safeguarding leads of the agencies that work with this child, and of the actor's own.
    pub(crate) fn leads_for(&mut self, child: ChildId) -> Result<Vec<WorkerId>, Error> {
        let involved = involvement::table
            .filter(involvement::child_id.eq(Uid::from(child)))
            .filter(involvement::ends_at.gt(Stamp(self.now)))
            .select(involvement::agency_id);
        let own = Uid::from(self.actor.agency);
        let rows: Vec<Uid> = on_either!(&mut *self.connection, c => worker::table
            .filter(worker::state.eq("active"))
            .filter(worker::roles.like("%safeguarding_lead%"))
            .filter(worker::agency_id.eq(own).or(worker::agency_id.eq_any(involved)))
            .select(worker::id)
            .load(c))?;
        Ok(rows.into_iter().map(WorkerId::from).collect())
    }

    /// Who looks at what the actor does out of the ordinary: the active safeguarding leads of the actor's agency; and
    /// auditors, where the actor is a lead or the agency has no other.
    pub(crate) fn overseers(&mut self) -> Result<Vec<WorkerId>, Error> {
        let (me, agency) = (Uid::from(self.actor.worker), Uid::from(self.actor.agency));
        let is_lead = self.actor.roles.iter().any(|role| role == Role::SafeguardingLead);
        let active = || worker::table.filter(worker::state.eq("active")).filter(worker::id.ne(me)).select(worker::id);
        let mut told: Vec<Uid> = on_either!(&mut *self.connection, c => active()
            .filter(worker::agency_id.eq(agency))
            .filter(worker::roles.like("%safeguarding_lead%"))
            .load(c))?;
        if is_lead || told.is_empty() {
            let auditors: Vec<Uid> =
                on_either!(&mut *self.connection, c => active().filter(worker::roles.like("%auditor%")).load(c))?;
            told.extend(auditors);
        }
        Ok(told.into_iter().map(WorkerId::from).collect())
    }
}

/// A notice that is written together with the audit event of the look it tells of.
#[derive(Clone, Copy)]
pub(crate) struct LookNotice {
    id: Uid,
    to: Uid,
    child: Uid,
    at: Stamp,
}

impl LookNotice {
    pub(crate) fn write(self, connection: &mut Connection) -> QueryResult<()> {
        let row = (
            notice::id.eq(self.id),
            notice::worker_id.eq(self.to),
            notice::kind.eq(NoticeKind::RecordRead.as_str()),
            notice::about_kind.eq("child"),
            notice::about_id.eq(self.child),
            notice::recorded_at.eq(self.at),
        );
        on_either!(connection, c => diesel::insert_into(notice::table).values(row).execute(c)).map(drop)
    }
}

/// How many looks are remembered as told.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// Whom this process has told of which look today, so that a day of reading is told once.
pub(crate) struct Told(Mutex<LruCache<(ChildId, WorkerId, NaiveDate), ()>>);

impl Default for Told {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Told {
    fn is_first(&self, child: ChildId, reader: WorkerId, day: NaiveDate) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.put((child, reader, day), ()).is_none()
    }
}

impl<A: Action> Granted<'_, A> {
    /// What to tell the workers in charge at other agencies of this look: the first of this reader today.
    pub(crate) fn notices_of_look(&mut self) -> Result<Vec<LookNotice>, Error> {
        let Some(child) = self.subject.child.as_ref().map(|child| child.id) else { return Ok(Vec::new()) };
        let relation = self.subject.relation;
        let others = self.subject.others_in_charge || relation.restriction != Restriction::Open;
        let shows = others && A::VERB.shows_record();
        if !shows || !self.shared.told.is_first(child, self.actor.worker, self.now.date_naive()) {
            return Ok(Vec::new());
        }
        let (own, in_charge) = (self.actor.agency, self.in_charge()?);
        let elsewhere = in_charge.into_iter().filter(|(_, agency)| *agency != own);
        let (ids, now) = (&self.shared.ids, self.now);
        Ok(elsewhere
            .map(|(to, _)| LookNotice { id: Uid(ids.next(now)), to: to.into(), child: child.into(), at: Stamp(now) })
            .collect())
    }
}

impl Granted<'_, ListNotices> {
    /// A page of what the actor was told, newest first.
    pub fn notices(&mut self, page: &PageRequest) -> Result<Page<Notice>, Error> {
        let mine = Uid::from(self.actor.worker);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = notice::table
                .filter(notice::worker_id.eq(mine))
                .select(NOTICE)
                .into_boxed();
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(notice::recorded_at.lt(at).or(notice::recorded_at.eq(at).and(notice::id.lt(id))));
            }
            query
                .order((notice::recorded_at.desc(), notice::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let notices = rows.into_iter().map(notice_of).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(notices, page.limit, |notice| Place { at: notice.at, id: notice.id.0 }))
    }
}

impl Granted<'_, AcknowledgeNotice> {
    /// Notes that the actor has read it. Another's notice is not there.
    pub fn acknowledge(&mut self) -> Result<(), Error> {
        let NoticeId(id) = self.action.notice;
        let own = notice::table.find(Uid(id)).filter(notice::worker_id.eq(Uid::from(self.actor.worker)));
        let known: i64 = on_either!(&mut *self.connection, c => own.count().get_result(c))?;
        if known == 0 {
            return Err(Error::Unknown);
        }
        let now: At = self.now;
        on_either!(&mut *self.connection, c => diesel::update(notice::table.find(Uid(id)))
            .filter(notice::acknowledged_at.is_null())
            .set(notice::acknowledged_at.eq(Stamp(now)))
            .execute(c))?;
        Ok(())
    }
}
