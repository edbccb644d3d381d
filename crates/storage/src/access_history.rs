//! Who looked at a child's record, when and why.

use std::collections::HashMap;

use alongside_domain::access::AccessEvent;
use alongside_domain::audit::AuditEvent;
use alongside_domain::entry::EntryKind;
use alongside_domain::worker::Role;
use alongside_domain::{EntryId, WorkerId};
use alongside_policy::action::ViewAccessHistory;
use alongside_policy::{EntryFacts, Verb};
use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::AuditRow;
use crate::chronology::Shown;
use crate::connection::on_either;
use crate::door::Granted;
use crate::entry_ties::Ties;
use crate::error::Error;
use crate::paging::{Page, PageRequest, Place};
use crate::schema::{audit_event, entry, suppressed_look};
use crate::sql_types::{Stamp, Uid};
use crate::suppression;

/// What brings a recording into being: shown with the recording or not at all.
const RECORDING: [Verb; 4] = [Verb::RaiseConcern, Verb::ObserveIndicator, Verb::RecordContact, Verb::ReferChild];

/// What would tell that somebody holds notices back.
const SUPPRESSION: [Verb; 2] = [Verb::SuppressNotices, Verb::ViewNoticeSuppression];

impl Granted<'_, ViewAccessHistory> {
    /// Every decision about the child's record, refusals included, newest first. To auditors all of them; to others
    /// those that tell of no recording that is not there for them. Looks of which nobody is told are for auditors, for
    /// those who oversee whoever looked, and for whoever looked.
    pub fn accesses(&mut self, page: &PageRequest) -> Result<Page<AccessEvent>, Error> {
        let (mut events, mut rest) = (Vec::new(), *page);
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let next = loop {
            let found = self.events(&rest)?;
            events.extend(self.without_hidden_recordings(found.items)?);
            if events.len() > wanted || (events.len() == wanted && found.next.is_some()) {
                events.truncate(wanted);
                break events.last().map(|event: &AuditEvent| Place { at: event.at, id: event.id.0 });
            }
            if found.next.is_none() {
                break None;
            }
            rest.after = found.next;
        };
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
        Ok(Page::cut(events, page.limit, |event| Place { at: event.at, id: event.id.0 }))
    }

    fn without_hidden_recordings(&mut self, mut events: Vec<AuditEvent>) -> Result<Vec<AuditEvent>, Error> {
        if self.actor.roles.contains(Role::Auditor) {
            return Ok(events);
        }
        let about = |event: &AuditEvent| event.subject_id.filter(|_| event.subject_kind == "entry").map(EntryId);
        let mut recordings: Vec<EntryId> = events.iter().filter_map(about).collect();
        recordings.sort_unstable();
        recordings.dedup();
        let facts = self.facts_of(&recordings)?;
        let is_there = |entry: EntryId| facts.get(&entry).is_some_and(|f| !matches!(self.shown(*f), Shown::Hidden));
        let mine = self.actor.agency;
        events.retain(|event| match about(event) {
            Some(entry) => is_there(entry),
            None if ["sanitised_line", "disclosure_request"].contains(&event.subject_kind.as_str()) => {
                event.agency_id == Some(mine)
            }
            None => RECORDING.iter().all(|verb| verb.as_str() != event.action),
        });
        Ok(events)
    }

    /// How the actor stands to recordings of this child. An unknown id has no facts.
    fn facts_of(&mut self, recordings: &[EntryId]) -> Result<HashMap<EntryId, EntryFacts>, Error> {
        type Row = (Uid, String, String, Uid, Uid);
        let ties = Ties::of(self.connection, &self.actor, recordings, self.now)?;
        let ids: Vec<Uid> = recordings.iter().copied().map(Uid::from).collect();
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => entry::table
            .filter(entry::id.eq_any(&ids))
            .select((entry::id, entry::kind, entry::segment, entry::agency_id, entry::author_id))
            .load(c))?;
        let unknown = |_| Error::Corrupt("a recording has an unknown code");
        rows.into_iter()
            .map(|(id, kind, segment, agency, author)| {
                let (id, kind): (EntryId, EntryKind) = (id.into(), kind.parse().map_err(unknown)?);
                let segment = segment.parse().map_err(unknown)?;
                let own_agency = self.actor.agency == agency.into();
                let facts = EntryFacts {
                    own_agency,
                    author: self.actor.worker == WorkerId::from(author),
                    named: ties.named.contains(&id),
                    released: ties.released(id, segment),
                    attached_to_referral: ties.attached(id, segment),
                    sent_by_my_agency: kind == EntryKind::Referral && own_agency,
                    ..EntryFacts::of(kind, segment)
                };
                Ok((id, facts))
            })
            .collect()
    }
}
