//! Notices: what workers are notified of.

use std::sync::Arc;

use alongside_domain::access::restriction::Restriction;
use alongside_domain::notices::notice::{Notice, NoticeKind};
use alongside_domain::{At, NoticeId, WorkerId};
use alongside_policy::action::{AcknowledgeNotice, ListNotices};
use alongside_policy::{Action, Subject};
use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::event::named;
use crate::audit::unusual::with_counts;
use crate::context::granted::Granted;
use crate::context::looks::{FirstLook, Look, LookNotice};
use crate::context::store::Shared;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::notice;
use crate::database::sql_types::{Stamp, Uid};
use crate::notices::link::Links;
use crate::notices::row::{NOTICE, Row};
use crate::sealing::keys::Keys;

impl<A: Action> Granted<'_, A> {
    /// Sends a notice to these workers, one to each, and never to the caller.
    pub(crate) fn tell(&mut self, mut workers: Vec<WorkerId>, kind: NoticeKind, about: Subject) -> Result<(), Error> {
        let (about_kind, about) = named(about);
        let about = about.ok_or(Error::Corrupt("a notice has no subject"))?;
        workers.sort_unstable();
        workers.dedup();
        workers.retain(|worker| *worker != self.actor.worker);
        workers
            .into_iter()
            .try_for_each(|worker| write(self.shared, self.connection, self.now, (worker, kind, about_kind, about)))
    }
}

/// Sends a notice to one worker.
pub(crate) fn write(
    shared: &Shared,
    connection: &mut Connection,
    now: At,
    (to, kind, about_kind, about): (WorkerId, NoticeKind, &str, Uuid),
) -> Result<(), Error> {
    let row = (
        notice::id.eq(Uid(shared.ids.next(now))),
        notice::worker_id.eq(Uid::from(to)),
        notice::kind.eq(kind.as_str()),
        notice::about_kind.eq(about_kind),
        notice::about_id.eq(Uid(about)),
        notice::recorded_at.eq(Stamp(now)),
    );
    on_either!(connection, c => diesel::insert_into(notice::table).values(row).execute(c))?;
    Ok(())
}

impl<A: Action> Granted<'_, A> {
    /// The notice due for this access, if workers in charge at other agencies must be notified. It is the caller's
    /// first access today.
    pub(crate) fn first_look(&mut self) -> Result<Option<FirstLook>, Error> {
        let Some(child) = self.subject.child.as_ref().map(|child| child.id) else { return Ok(None) };
        let relation = self.subject.relation;
        let others = self.subject.others_in_charge || relation.restriction != Restriction::Open;
        let look = (child, self.actor.worker, self.now.date_naive());
        if !others || !A::VERB.shows_record() || self.shared.told.known().get(&look).is_some() {
            return Ok(None);
        }
        let (own, in_charge) = (self.actor.agency, self.in_charge()?);
        let elsewhere = in_charge.into_iter().filter(|told| told.agency != own);
        let (keys, at) = (&self.shared.keys, Stamp(self.now));
        let mut notices: Vec<LookNotice> = elsewhere
            .map(|told| told.worker)
            .map(|to| LookNotice { id: id_of(keys, look, to), to: to.into(), child: child.into(), at })
            .collect();
        // Always in the same order, so that two writers of notices for the same access cannot deadlock.
        notices.sort_unstable_by_key(|notice| notice.id.0);
        Ok(Some(FirstLook { told: Arc::clone(&self.shared.told), look, notices }))
    }
}

/// The id of a notice of access. Two accesses at the same moment, or in two processes, give the same id, and the
/// database keeps one. It is keyed, so that it does not reveal who viewed the record.
fn id_of(keys: &Keys, (child, reader, day): Look, to: WorkerId) -> Uid {
    let digest = keys.token("notice_of_look", &format!("{child} {reader} {day} {to}"));
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of_digest)| *byte = of_digest);
    Uid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

impl Granted<'_, ListNotices> {
    /// A page of the caller's notices, newest first.
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
        let mut links = Links::new(self.connection, &self.policy, self.now);
        let notices = rows.into_iter().map(|row| links.open(&self.actor, row)).collect::<Result<Vec<_>, _>>()?;
        let notices = with_counts(self.connection, notices)?;
        Ok(Page::cut(notices, page.limit, |notice| Place { at: notice.at, id: notice.id.0 }))
    }
}

impl Granted<'_, AcknowledgeNotice> {
    /// Notes that the caller has read it. The notices of other workers are not found.
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
