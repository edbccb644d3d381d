//! Who viewed a child's record, when and why.

use std::collections::HashSet;

use alongside_domain::access::own_access::AccessEvent;
use alongside_domain::accounts::worker::Role;
use alongside_domain::audit::event::AuditEvent;
use alongside_domain::{AuditEventId, EntryId};
use alongside_policy::action::ViewAccessHistory;
use alongside_policy::{Action, Verb};
use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::rows::AuditRow;
use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::{audit_event, suppressed_look};
use crate::database::sql_types::{Stamp, Uid};
use crate::notices::suppression;
use crate::record::sight::Shown;
use crate::standing::entry::of_entries;

/// Actions that make a recording. They are listed only for callers who know of the recording.
const RECORDING: [Verb; 4] = [Verb::RaiseConcern, Verb::ObserveIndicator, Verb::RecordContact, Verb::ReferChild];

/// Actions that would show that a suppression exists.
const SUPPRESSION: [Verb; 2] = [Verb::SuppressNotices, Verb::ViewNoticeSuppression];

impl Granted<'_, ViewAccessHistory> {
    /// Every decision about the child's record, refusals included, newest first. Auditors see all of them. Other
    /// callers see no event about a recording that is hidden from them. Access under a suppression is shown to
    /// auditors, to the overseers of the officer, and to the officer.
    pub fn accesses(&mut self, page: &PageRequest) -> Result<Page<AccessEvent>, Error> {
        let confirmed = |page: &PageRequest| {
            let mut found = self.events(page)?;
            let hidden = self.about_hidden_recordings(&found.items)?;
            found.items.retain(|event| !hidden.contains(&event.id));
            Ok(found)
        };
        let Page { items: events, next } =
            Page::fill(page, confirmed, |event: &AuditEvent| Place { at: event.at, id: event.id.0 })?;
        let marked = suppression::marked(self.connection, &events)?;
        let mark = |event: AuditEvent| AccessEvent { notices_suppressed: marked.contains(&event.id), event };
        Ok(Page { items: events.into_iter().map(mark).collect(), next })
    }

    fn events(&mut self, page: &PageRequest) -> Result<Page<AuditEvent>, Error> {
        let (child, me) = (Uid::from(self.child_facts()?.id), Uid::from(self.actor.worker));
        let sees_all = self.actor.roles.contains(Role::Auditor);
        let overseen = self.oversees_looks_of().map_or(Uid(Uuid::nil()), Uid::from);
        let unseen = suppressed_look::table
            .filter(suppressed_look::child_id.eq(child))
            .filter(suppressed_look::worker_id.ne(me))
            .filter(suppressed_look::agency_id.ne(overseen))
            .select(suppressed_look::event_id);
        let rows: Vec<AuditRow> = on_either!(&mut *self.connection, c => {
            let mut query = audit_event::table
                .filter(audit_event::child_id.eq(child))
                .select(AuditRow::as_select())
                .into_boxed();
            if !sees_all {
                let shown = audit_event::action
                    .ne_all(SUPPRESSION.map(Verb::as_str))
                    .or(audit_event::worker_id.assume_not_null().eq(me))
                    .or(audit_event::agency_id.assume_not_null().eq(overseen));
                query = query.filter(shown).filter(audit_event::id.ne_all(unseen));
            }
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(audit_event::at.lt(at).or(audit_event::at.eq(at).and(audit_event::id.lt(id))));
            }
            query
                .order((audit_event::at.desc(), audit_event::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let events = rows.into_iter().map(AuditEvent::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::unconfirmed(events, page.limit, |event| Place { at: event.at, id: event.id.0 }))
    }
}

impl<A: Action> Granted<'_, A> {
    /// The events about a recording that is hidden from the caller. Nothing is hidden from auditors.
    pub(crate) fn about_hidden_recordings(&mut self, events: &[AuditEvent]) -> Result<HashSet<AuditEventId>, Error> {
        if self.actor.roles.contains(Role::Auditor) {
            return Ok(HashSet::new());
        }
        let about = |event: &AuditEvent| event.subject_id.filter(|_| event.subject_kind == "entry").map(EntryId);
        let mut recordings: Vec<EntryId> = events.iter().filter_map(about).collect();
        recordings.sort_unstable();
        recordings.dedup();
        let facts = of_entries(self.connection, &self.actor, &recordings, self.now)?;
        let is_there = |entry: EntryId| facts.get(&entry).is_some_and(|f| !matches!(self.shown(*f), Shown::Hidden));
        let mine = self.actor.agency;
        let hidden = |event: &&AuditEvent| match about(event) {
            Some(entry) => !is_there(entry),
            None if ["sanitised_line", "disclosure_request"].contains(&event.subject_kind.as_str()) => {
                event.agency_id != Some(mine)
            }
            None => RECORDING.iter().any(|verb| verb.as_str() == event.action),
        };
        Ok(events.iter().filter(hidden).map(|event| event.id).collect())
    }
}
