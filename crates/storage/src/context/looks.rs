//! What a worker's first access to a record on a day leaves: notices to the staff who work with the child, or a mark
//! that none was sent.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alongside_domain::audit::event::AuditEvent;
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::{ChildId, WorkerId};
use chrono::NaiveDate;
use diesel::prelude::*;
use lru::LruCache;

use crate::database::connection::{Connection, on_either};
use crate::database::schema::{notice, suppressed_look};
use crate::database::sql_types::{Stamp, Uid};

/// A notice of an access, written together with its audit event.
#[derive(Clone, Copy)]
pub(crate) struct LookNotice {
    pub(crate) id: Uid,
    pub(crate) to: Uid,
    pub(crate) child: Uid,
    pub(crate) at: Stamp,
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

/// How many accesses are remembered as notified.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// Which worker accessed which child's record on which day.
pub(crate) type Look = (ChildId, WorkerId, NaiveDate);

/// Today's accesses whose notices are durable, as far as this process knows: one notice is sent for a day of reading.
pub(crate) struct Told(Mutex<LruCache<Look, ()>>);

impl Default for Told {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(REMEMBERED)))
    }
}

impl Told {
    pub(crate) fn known(&self) -> MutexGuard<'_, LruCache<Look, ()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An access whose notices are not durable yet, with the notices to write.
pub(crate) struct FirstLook {
    pub(crate) told: Arc<Told>,
    pub(crate) look: Look,
    pub(crate) notices: Vec<LookNotice>,
}

impl FirstLook {
    /// Whether there is anything to write.
    pub(crate) fn tells(&self) -> bool {
        !self.notices.is_empty()
    }

    pub(crate) fn write(&self, connection: &mut Connection) -> QueryResult<()> {
        self.notices.iter().try_for_each(|notice| notice.write(connection))
    }

    /// Call it when the notices are durable. If it were called before, an access whose commit fails would suppress the
    /// notice of the next one.
    pub(crate) fn remember(self) {
        self.told.known().put(self.look, ());
    }
}

/// The mark of an access without a notice, written together with its audit event.
#[derive(Clone, Copy)]
pub(crate) struct UnseenLook {
    event: Uid,
    child: Uid,
    worker: Uid,
    agency: Uid,
}

impl UnseenLook {
    /// The mark of an event about a child, by a worker who was identified.
    pub(crate) fn of(event: &AuditEvent) -> Option<Self> {
        Some(Self {
            event: event.id.into(),
            child: event.child_id?.into(),
            worker: event.worker_id?.into(),
            agency: event.agency_id?.into(),
        })
    }

    pub(crate) fn write(self, connection: &mut Connection) -> QueryResult<()> {
        let row = (
            suppressed_look::event_id.eq(self.event),
            suppressed_look::child_id.eq(self.child),
            suppressed_look::worker_id.eq(self.worker),
            suppressed_look::agency_id.eq(self.agency),
        );
        on_either!(connection, c => diesel::insert_into(suppressed_look::table).values(row).execute(c)).map(drop)
    }
}
