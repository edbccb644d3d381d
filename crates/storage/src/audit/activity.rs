//! How much each worker does. It is counted in the transaction that makes the audit event durable, so the counts hold
//! across servers and restarts, and no response is sent uncounted.
//!
//! Counting is the last step of a transaction and locks rows in a fixed order, so two writers cannot deadlock. What
//! this process remembers as counted needs no statement.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alongside_domain::audit::activity::{ActivityKind, Thresholds};
use alongside_domain::audit::event::AuditEvent;
use alongside_domain::{AgencyId, At, ChildId, IdSource, WorkerId};
use alongside_policy::{Action, Policy, Relation, Subject, Verb};
use lru::LruCache;
use uuid::Uuid;

use crate::database::error::Error;

/// How many days counts are kept.
pub(crate) const KEPT_DAYS: i64 = 2;
/// How many are remembered as counted: about 10 MB when full.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// What counts once in an hour, as far as this process knows.
type Counted = (WorkerId, ActivityKind, At, Uuid);

/// The thresholds, and what was counted already.
pub(crate) struct Watch {
    pub(crate) thresholds: Thresholds,
    pub(crate) ids: Arc<dyn IdSource>,
    counted: Mutex<LruCache<Counted, ()>>,
}

impl Watch {
    pub(crate) fn new(thresholds: Thresholds, ids: Arc<dyn IdSource>) -> Self {
        Self { thresholds, ids, counted: Mutex::new(LruCache::new(REMEMBERED)) }
    }

    fn counted(&self) -> MutexGuard<'_, LruCache<Counted, ()>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A record was read: once in an hour, and once in a day.
    Record(ChildId),
    /// An id that does not exist or is hidden from the caller: once in a day, and the same for both.
    UnknownId(Uuid),
    /// Counted each time.
    Times(ActivityKind, u32),
}

impl What {
    /// What an attempt counts as. `compared` is how many numbers it compared with those of other children.
    pub(crate) fn of<A: Action, T>(
        action: &A,
        event: &AuditEvent,
        result: &Result<T, Error>,
        compared: u32,
    ) -> Option<Self> {
        let once = |kind| Some(Self::Times(kind, 1));
        match (result, A::VERB) {
            _ if compared > 0 => Some(Self::Times(ActivityKind::Searches, compared)),
            (Err(Error::Unknown), verb) if verb.is_about_children() => match action.subject() {
                Subject::ChildAndWorker(child, _) => Some(Self::UnknownId(child.0)),
                _ => event.subject_id.map(Self::UnknownId),
            },
            (Ok(_), Verb::SearchChildren) => once(ActivityKind::Searches),
            (Ok(_), Verb::ClaimDuty) => once(ActivityKind::DutyClaims),
            (Ok(_), Verb::BeginEmergencyAccess) => once(ActivityKind::EmergencyAccesses),
            (Ok(_), Verb::StartInvolvement) => once(ActivityKind::PeopleAdded),
            (Ok(_), verb) if verb.shows_record() => event.child_id.map(Self::Record),
            _ => None,
        }
    }
}

/// Something to count, with what it needs.
#[derive(Clone)]
pub(crate) struct Activity {
    pub(crate) watch: Arc<Watch>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) worker: WorkerId,
    pub(crate) agency: AgencyId,
    pub(crate) at: At,
    pub(crate) what: What,
    /// For an emergency, or to find a missing child.
    urgent: bool,
}

impl Activity {
    /// What is to be counted, unless this process remembers it as counted.
    pub(crate) fn of(
        watch: &Arc<Watch>,
        policy: &Arc<Policy>,
        event: &AuditEvent,
        what: What,
        relation: Relation,
    ) -> Option<Self> {
        let (worker, agency) = (event.worker_id?, event.agency_id?);
        let urgent = relation.emergency || relation.responder;
        let (watch, policy) = (Arc::clone(watch), Arc::clone(policy));
        let activity = Self { watch, policy, worker, agency, at: event.at, what, urgent };
        let known = activity.key().is_some_and(|key| activity.watch.counted().get(&key).is_some());
        (!known).then_some(activity)
    }

    /// Whether it shows a record or search results, and can wait for a confirmation.
    pub(crate) fn may_be_withheld(&self) -> bool {
        matches!(self.what, What::Record(_) | What::Times(ActivityKind::Searches, _)) && !self.urgent
    }

    /// Its key in the memory, if it counts once.
    fn key(&self) -> Option<Counted> {
        let hour = ActivityKind::RecordsInHour.since(self.at);
        match self.what {
            What::Record(child) => Some((self.worker, ActivityKind::RecordsInHour, hour, child.0)),
            What::UnknownId(id) => {
                Some((self.worker, ActivityKind::UnknownIds, ActivityKind::UnknownIds.since(self.at), id))
            }
            What::Times(..) => None,
        }
    }

    /// Once it is durable.
    pub(crate) fn remember(&self) {
        if let Some(key) = self.key() {
            self.watch.counted().put(key, ());
        }
    }
}
