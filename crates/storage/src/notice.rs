//! What workers are told without having asked.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alongside_domain::notice::{Notice, NoticeKind};
use alongside_domain::restriction::Restriction;
use alongside_domain::worker::{Role, Roles};
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
use crate::keys::Keys;
use crate::paging::{Page, PageRequest, Place};
use crate::schema::{agency, conflict, involvement, listed_person, notice, worker};
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

    /// Who is told of an emergency: whoever answers for the record, and the leads of the agencies concerned. Where none
    /// of them can act on it, the leads of any agency; and where there is none of those either, auditors.
    pub(crate) fn told_of_emergency(&mut self, child: ChildId) -> Result<Vec<WorkerId>, Error> {
        let mut told: Vec<WorkerId> = self.in_charge()?.into_iter().map(|(worker, _)| worker).collect();
        told.extend(self.leads_for(child)?);
        let able = self.able_to_act(child, &told)?;
        for role in [Role::SafeguardingLead, Role::Auditor] {
            if able.iter().any(|(worker, _)| told.contains(worker)) {
                break;
            }
            told.extend(able.iter().filter(|(_, roles)| roles.contains(role)).map(|(worker, _)| worker));
        }
        Ok(told)
    }

    /// Those of these workers, and of all leads and auditors, who may act and have no conflict with this child. Never
    /// the actor.
    fn able_to_act(&mut self, child: ChildId, workers: &[WorkerId]) -> Result<Vec<(WorkerId, Roles)>, Error> {
        let oversee = worker::roles.like("%safeguarding_lead%").or(worker::roles.like("%auditor%"));
        let ids: Vec<Uid> = workers.iter().copied().map(Uid::from).collect();
        let tied = conflict::table
            .filter(conflict::child_id.eq(Uid::from(child)))
            .filter(conflict::lifted_at.is_null())
            .select(conflict::worker_id);
        let me = Uid::from(self.actor.worker);
        let rows: Vec<(Uid, String)> = on_either!(&mut *self.connection, c => worker::table
            .inner_join(agency::table)
            .filter(worker::state.eq("active").and(agency::in_sharing_agreement))
            .filter(worker::id.ne(me).and(worker::id.ne_all(tied)))
            .filter(oversee.or(worker::id.eq_any(ids)))
            .select((worker::id, worker::roles))
            .load(c))?;
        let unknown = |_| Error::Corrupt("a worker has an unknown code");
        rows.into_iter().map(|(id, roles)| Ok((id.into(), Roles::from_text(&roles).map_err(unknown)?))).collect()
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
struct LookNotice {
    id: Uid,
    to: Uid,
    child: Uid,
    at: Stamp,
}

impl LookNotice {
    fn write(self, connection: &mut Connection) -> QueryResult<()> {
        let row = (
            notice::id.eq(self.id),
            notice::worker_id.eq(self.to),
            notice::kind.eq(NoticeKind::RecordRead.as_str()),
            notice::about_kind.eq("child"),
            notice::about_id.eq(self.child),
            notice::recorded_at.eq(self.at),
        );
        on_either!(connection, c => diesel::insert_into(notice::table)
            .values(row)
            .on_conflict(notice::id)
            .do_nothing()
            .execute(c))
        .map(drop)
    }
}

/// How many looks are remembered as told.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// Who looked at which record on which day.
type Look = (ChildId, WorkerId, NaiveDate);

/// Which looks of today are told for good, as far as this process knows, so that a day of reading is told once.
pub(crate) struct Told(Mutex<LruCache<Look, ()>>);

impl Default for Told {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Told {
    fn known(&self) -> MutexGuard<'_, LruCache<Look, ()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look of which nobody is told for good yet, with the notices to write.
pub(crate) struct FirstLook {
    told: Arc<Told>,
    look: Look,
    notices: Vec<LookNotice>,
}

impl FirstLook {
    /// Whether there is anything to write.
    pub(crate) fn tells(&self) -> bool {
        !self.notices.is_empty()
    }

    pub(crate) fn write(&self, connection: &mut Connection) -> QueryResult<()> {
        self.notices.iter().try_for_each(|notice| notice.write(connection))
    }

    /// Once the notices are durable: before, a look whose commit fails would keep the next from being told.
    pub(crate) fn remember(self) {
        self.told.known().put(self.look, ());
    }
}

impl<A: Action> Granted<'_, A> {
    /// The look that this is, if workers in charge at other agencies are to be told: the first of this reader today.
    pub(crate) fn first_look(&mut self) -> Result<Option<FirstLook>, Error> {
        let Some(child) = self.subject.child.as_ref().map(|child| child.id) else { return Ok(None) };
        let relation = self.subject.relation;
        let others = self.subject.others_in_charge || relation.restriction != Restriction::Open;
        let look = (child, self.actor.worker, self.now.date_naive());
        if !others || !A::VERB.shows_record() || self.shared.told.known().get(&look).is_some() {
            return Ok(None);
        }
        let (own, in_charge) = (self.actor.agency, self.in_charge()?);
        let elsewhere = in_charge.into_iter().filter(|(_, agency)| *agency != own);
        let (keys, at) = (&self.shared.keys, Stamp(self.now));
        let mut notices: Vec<LookNotice> = elsewhere
            .map(|(to, _)| LookNotice { id: id_of(keys, look, to), to: to.into(), child: child.into(), at })
            .collect();
        // Two writers who tell of the same look wait for each other in one order.
        notices.sort_unstable_by_key(|notice| notice.id.0);
        Ok(Some(FirstLook { told: Arc::clone(&self.shared.told), look, notices }))
    }
}

/// The id of the notice that tells somebody of a look. Two looks at the same moment, or of two processes, make the same,
/// and the database keeps one. Keyed, since it must not tell who looked.
fn id_of(keys: &Keys, (child, reader, day): Look, to: WorkerId) -> Uid {
    let digest = keys.token("notice_of_look", &format!("{child} {reader} {day} {to}"));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    Uid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
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
