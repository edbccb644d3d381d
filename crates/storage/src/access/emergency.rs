//! Emergency access: begun, co-signed, reviewed.

use alongside_domain::access::emergency::{
    EMERGENCY_MINUTES, Emergency, EmergencyForReview, EmergencyInFull, EmergencyLook, FREQUENT, FREQUENT_DAYS,
    NewEmergency, NewReview, review_due,
};
use alongside_domain::audit::event::{AuditEvent, AuditOutcome};
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::{At, ChildId, EmergencyId, WorkerId};
use alongside_policy::action::{
    BeginEmergencyAccess, CosignEmergencyAccess, ListEmergencyReviews, ReviewEmergencyAccess, ViewEmergencyAccess,
};
use alongside_policy::{Action, Subject, Verb};
use chrono::Duration;
use diesel::prelude::*;

use crate::audit::rows::AuditRow;
use crate::context::granted::Granted;
use crate::context::repeatable::{Repeatable, repeatable_without_body};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place as Row};
use crate::database::schema::{audit_event, cosignature, emergency_access, emergency_review};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::At as Place;
use crate::standing::subject;
use crate::standing::whose::{self, waiting_cosignature};

fn place(id: EmergencyId, child: ChildId, part: &'static str) -> Place<'static> {
    Place { table: "emergency_access", row: id.0, part, owner: child.0 }
}

/// How many times the worker had emergency access in the days before.
fn earlier(connection: &mut Connection, worker: WorkerId, at: At) -> Result<i64, Error> {
    Ok(on_either!(connection, c => emergency_access::table
        .filter(emergency_access::worker_id.eq(Uid::from(worker)))
        .filter(emergency_access::started_at.ge(Stamp(at - Duration::days(FREQUENT_DAYS))))
        .filter(emergency_access::started_at.lt(Stamp(at)))
        .count()
        .get_result(c))?)
}

impl Granted<'_, BeginEmergencyAccess> {
    /// Opens the record for an hour, and notifies the workers who answer for it. A second hour for the same child
    /// cannot begin while the first runs, because that would extend it without review.
    pub fn begin(&mut self, new: &NewEmergency) -> Result<Emergency, Error> {
        if self.subject.relation.emergency {
            return Err(Error::Conflict("you already have emergency access to this record, and it cannot be extended"));
        }
        let (child, key, worker) = (self.child_facts()?.id, self.child_key()?, self.actor.worker);
        let id = EmergencyId(self.shared.ids.next(self.now));
        let emergency = Emergency {
            id,
            child_id: child,
            worker_id: worker,
            reason: new.reason,
            explanation: new.explanation.clone(),
            started_at: self.now,
            ends_at: self.now + Duration::minutes(EMERGENCY_MINUTES),
            review_due_at: review_due(self.now),
        };
        let row = (
            emergency_access::id.eq(Uid::from(id)),
            emergency_access::child_id.eq(Uid::from(child)),
            emergency_access::worker_id.eq(Uid::from(worker)),
            emergency_access::agency_id.eq(Uid::from(self.actor.agency)),
            emergency_access::reason.eq(new.reason.as_str()),
            emergency_access::explanation_sealed.eq(key.seal_json(place(id, child, "explanation"), &new.explanation)?),
            emergency_access::started_at.eq(Stamp(emergency.started_at)),
            emergency_access::ends_at.eq(Stamp(emergency.ends_at)),
            emergency_access::review_due_at.eq(Stamp(emergency.review_due_at)),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(emergency_access::table).values(row).execute(c))?;
        if let Some(signature) = waiting_cosignature(self.connection, worker, child, self.now)? {
            on_either!(&mut *self.connection, c => diesel::update(cosignature::table.find(signature))
                .set(cosignature::used_for.eq(Uid::from(id)))
                .execute(c))?;
        }
        let told = self.told_of_emergency(id, child)?;
        self.tell(told, NoticeKind::EmergencyAccess, Subject::Emergency(id))?;
        if earlier(self.connection, worker, self.now)? >= FREQUENT {
            let overseers = self.overseers(Verb::ViewEmergencyAccess, Subject::Child(child))?;
            self.tell(overseers, NoticeKind::FrequentEmergencies, Subject::Worker(worker))?;
        }
        Ok(emergency)
    }
}

impl Granted<'_, CosignEmergencyAccess> {
    /// Co-signs the next emergency access of a colleague to this child. The signature is valid for half an hour.
    pub fn cosign(&mut self) -> Result<(), Error> {
        let row = (
            cosignature::id.eq(Uid(self.shared.ids.next(self.now))),
            cosignature::child_id.eq(Uid::from(self.child_facts()?.id)),
            cosignature::worker_id.eq(Uid::from(self.action.worker)),
            cosignature::signed_by.eq(Uid::from(self.actor.worker)),
            cosignature::signed_at.eq(Stamp(self.now)),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(cosignature::table).values(row).execute(c))?;
        Ok(())
    }
}

impl Granted<'_, ReviewEmergencyAccess> {
    /// Records the result of a review, once. Notifies the worker who had the access, unless the record is hidden from
    /// them.
    pub fn review(&mut self, new: &NewReview) -> Result<(), Error> {
        let (id, child, key) = (self.action.emergency, self.child_facts()?.id, self.child_key()?);
        let reviewed: i64 = on_either!(&mut *self.connection, c => emergency_review::table
            .find(Uid::from(id))
            .count()
            .get_result(c))?;
        if reviewed > 0 {
            return Err(Error::Conflict("this emergency access has already been reviewed"));
        }
        let row = (
            emergency_review::emergency_id.eq(Uid::from(id)),
            emergency_review::reviewer_id.eq(Uid::from(self.actor.worker)),
            emergency_review::outcome.eq(new.outcome.as_str()),
            emergency_review::note_sealed.eq(key.seal_json(place(id, child, "review"), &new.note)?),
            emergency_review::recorded_at.eq(Stamp(self.now)),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(emergency_review::table).values(row).execute(c))?;
        let (_, worker) = whose::emergency(self.connection, id)?.ok_or(Error::Unknown)?;
        let told = self.who_may(Verb::ViewEmergencyAccess, Subject::Emergency(id), &[worker])?;
        self.tell(told, NoticeKind::EmergencyReviewed, Subject::Emergency(id))
    }
}

type ReviewRow = (Uid, Uid, Uid, String, Stamp, Stamp, Stamp, Option<String>, Option<Uid>, Option<Stamp>);

/// The columns of a [`ReviewRow`].
macro_rules! listed {
    () => {
        (
            emergency_access::id,
            emergency_access::worker_id,
            emergency_access::agency_id,
            emergency_access::reason,
            emergency_access::started_at,
            emergency_access::ends_at,
            emergency_access::review_due_at,
            emergency_review::outcome.nullable(),
            emergency_review::reviewer_id.nullable(),
            emergency_review::recorded_at.nullable(),
        )
    };
}

fn place_of((id, _, _, _, started_at, ..): &ReviewRow) -> Row {
    Row { at: started_at.0, id: id.0 }
}

impl Granted<'_, ListEmergencyReviews> {
    /// Emergency accesses that the caller may read, newest first, with the results of their reviews.
    pub fn emergencies(&mut self, page: &PageRequest) -> Result<Page<EmergencyForReview>, Error> {
        let confirmed = |page: &PageRequest| self.rows(page)?.keep(|row| self.confirmed(row));
        Page::fill(page, confirmed, place_of)?.each(|row| self.for_review(row))
    }

    /// The row, if the policy lets the caller read it. A worker in conflict with the child must not learn of it, nor a
    /// worker who is not on the list of a sealed record.
    fn confirmed(&mut self, row: ReviewRow) -> Result<Option<ReviewRow>, Error> {
        let subject = subject::subject(self.connection, &self.actor, Subject::Emergency(row.0.into()), self.now)?;
        let subject = subject.ok_or(Error::Corrupt("an emergency access is about no child"))?;
        let may_read = self.policy.allows_for(&self.permit, Verb::ViewEmergencyAccess, subject.relation);
        Ok(may_read.then_some(row))
    }

    fn rows(&mut self, page: &PageRequest) -> Result<Page<ReviewRow>, Error> {
        let rows: Vec<ReviewRow> = on_either!(&mut *self.connection, c => {
            let mut query = emergency_access::table
                .left_join(emergency_review::table)
                .select(listed!())
                .into_boxed();
            if let Some(Row { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(
                    emergency_access::started_at
                        .lt(at)
                        .or(emergency_access::started_at.eq(at).and(emergency_access::id.lt(id))),
                );
            }
            query
                .order((emergency_access::started_at.desc(), emergency_access::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        Ok(Page::unconfirmed(rows, page.limit, place_of))
    }
}

impl Granted<'_, ViewEmergencyAccess> {
    /// Why the access began, the result of its review, and a page of the events in that hour.
    pub fn emergency(&mut self, page: &PageRequest) -> Result<(EmergencyInFull, Page<EmergencyLook>), Error> {
        type Sealed = (Vec<u8>, Option<Vec<u8>>);
        let (id, child, key) = (self.action.emergency, self.child_facts()?.id, self.child_key()?);
        let (row, sealed): (ReviewRow, Sealed) = on_either!(&mut *self.connection, c => emergency_access::table
            .left_join(emergency_review::table)
            .filter(emergency_access::id.eq(Uid::from(id)))
            .select((listed!(), (emergency_access::explanation_sealed, emergency_review::note_sealed.nullable())))
            .first(c))?;
        let cosignature: Option<(Uid, Stamp)> = on_either!(&mut *self.connection, c => cosignature::table
            .filter(cosignature::used_for.eq(Uid::from(id)))
            .select((cosignature::signed_by, cosignature::signed_at))
            .first(c)
            .optional())?;
        let looks = self.looks(&row, child, page)?;
        let (explanation, note) = sealed;
        let emergency = EmergencyInFull {
            listed: self.for_review(row)?,
            explanation: key.open_json(place(id, child, "explanation"), &explanation)?,
            cosigned_by: cosignature.map(|(by, _)| by.into()),
            cosigned_at: cosignature.map(|(_, at)| at.0),
            note: note.map(|note| key.open_json(place(id, child, "review"), &note)).transpose()?,
        };
        Ok((emergency, looks))
    }

    /// What the worker did with the access in that hour. A refused recording is shown only to callers from whom the
    /// recording is not hidden.
    fn looks(&mut self, row: &ReviewRow, child: ChildId, page: &PageRequest) -> Result<Page<EmergencyLook>, Error> {
        let confirmed = |page: &PageRequest| {
            let mut found = self.events(row, child, page)?;
            let hidden = self.about_hidden_recordings(&found.items)?;
            found.items.retain(|look| look.outcome != AuditOutcome::Refused || !hidden.contains(&look.id));
            Ok(found)
        };
        let place = |look: &AuditEvent| Row { at: look.at, id: look.id.0 };
        Page::fill(page, confirmed, place)?.each(|event| {
            let AuditEvent { at, action, subject_kind, outcome, .. } = event;
            Ok(EmergencyLook { at, action, subject_kind, outcome })
        })
    }

    /// An event does not name the emergency access. It is found by worker, agency, record and time.
    fn events(&mut self, row: &ReviewRow, child: ChildId, page: &PageRequest) -> Result<Page<AuditEvent>, Error> {
        let (_, worker, agency, _, started_at, ends_at, ..) = *row;
        let looking = Verb::ALL.iter().filter(|verb| verb.shows_record()).map(|verb| verb.as_str());
        let rows: Vec<AuditRow> = on_either!(&mut *self.connection, c => {
            let mut query = audit_event::table
                .filter(audit_event::child_id.eq(Uid::from(child)))
                .filter(audit_event::worker_id.eq(worker))
                .filter(audit_event::agency_id.eq(agency))
                .filter(audit_event::at.ge(started_at))
                .filter(audit_event::at.lt(ends_at))
                .filter(audit_event::action.eq_any(looking))
                .select(AuditRow::as_select())
                .into_boxed();
            if let Some(Row { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(audit_event::at.lt(at).or(audit_event::at.eq(at).and(audit_event::id.lt(id))));
            }
            query
                .order((audit_event::at.desc(), audit_event::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let events = rows.into_iter().map(AuditEvent::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::unconfirmed(events, page.limit, |event| Row { at: event.at, id: event.id.0 }))
    }
}

impl Repeatable for BeginEmergencyAccess {
    type Answer = Emergency;
    type Made = EmergencyId;

    fn made(emergency: &Emergency) -> EmergencyId {
        emergency.id
    }

    fn again(granted: &mut Granted<'_, Self>, emergency: EmergencyId) -> Result<Emergency, Error> {
        granted.look_again(&ViewEmergencyAccess { emergency }, |granted| granted.begun())
    }
}

impl Granted<'_, ViewEmergencyAccess> {
    /// The emergency access as it was begun.
    fn begun(&mut self) -> Result<Emergency, Error> {
        type Row = (Uid, String, Vec<u8>, Stamp, Stamp, Stamp);
        let (id, child, key) = (self.action.emergency, self.child_facts()?.id, self.child_key()?);
        let row: Row = on_either!(&mut *self.connection, c => emergency_access::table
            .find(Uid::from(id))
            .select((
                emergency_access::worker_id,
                emergency_access::reason,
                emergency_access::explanation_sealed,
                emergency_access::started_at,
                emergency_access::ends_at,
                emergency_access::review_due_at,
            ))
            .first(c))?;
        let (worker, reason, explanation, started_at, ends_at, review_due_at) = row;
        Ok(Emergency {
            id,
            child_id: child,
            worker_id: worker.into(),
            reason: reason.parse().map_err(|_| Error::Corrupt("an emergency access has an unknown code"))?,
            explanation: key.open_json(place(id, child, "explanation"), &explanation)?,
            started_at: started_at.0,
            ends_at: ends_at.0,
            review_due_at: review_due_at.0,
        })
    }
}

repeatable_without_body!(CosignEmergencyAccess, ReviewEmergencyAccess);

impl<A: Action> Granted<'_, A> {
    fn for_review(&mut self, row: ReviewRow) -> Result<EmergencyForReview, Error> {
        let (id, worker, agency, reason, started_at, ends_at, due, outcome, reviewer, reviewed_at) = row;
        let unknown = |_| Error::Corrupt("an emergency access has an unknown code");
        let earlier = earlier(self.connection, worker.into(), started_at.0)?;
        Ok(EmergencyForReview {
            id: id.into(),
            worker_id: worker.into(),
            agency_id: agency.into(),
            reason: reason.parse().map_err(unknown)?,
            started_at: started_at.0,
            ends_at: ends_at.0,
            review_due_at: due.0,
            earlier_in_30_days: earlier,
            frequent: earlier >= FREQUENT,
            outcome: outcome.map(|outcome| outcome.parse()).transpose().map_err(unknown)?,
            reviewed_by: reviewer.map(WorkerId::from),
            reviewed_at: reviewed_at.map(|at| at.0),
        })
    }
}
