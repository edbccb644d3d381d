//! Referrals: sent, answered, concluded. Both agencies see them, whatever else of the record they may see.

use alongside_domain::access::involvement::{InvolvementKind, NewInvolvement};
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::record::entry::{Entry, EntryKind, New, Segment};
use alongside_domain::statutory::referral::{
    Answer, Decision, DecisionKind, Outcome, Referral, ReferralStatus, ReferralView,
};
use alongside_domain::{At, ChildId, EntryId, Version, Violations};
use alongside_policy::action::{ConcludeReferral, DecideReferral, ListReferrals, Record, View};
use alongside_policy::{Action, EntryFacts, Facts, Subject, Verb};
use diesel::prelude::*;

use crate::context::granted::{Granted, OpenRecord};
use crate::context::repeatable::{REPEATING, Repeatable};
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::paging::{Page, PageRequest, Place};
use crate::database::schema::{agency, entry, referral, referral_answer, referral_concern};
use crate::database::sql_types::{Stamp, Uid};
use crate::record::child::CLOCK_SKEW;
use crate::sealing::keys::At as SealedAt;
use crate::standing::child::of_child;
use crate::standing::entry::{of_entries, of_entry};
use crate::standing::facts::{EntryHeadFacts, SubjectFacts};

type AnswerRow = (String, Uid, Stamp, Vec<u8>);

fn place(id: EntryId, child: ChildId, status: &str) -> SealedAt<'_> {
    SealedAt { table: "referral_answer", row: id.0, part: status, owner: child.0 }
}

impl<A: Action> Granted<'_, A> {
    /// Adds the receiver's answer, as it is now or as it was known at an instant. Leaves out concerns that are hidden
    /// from the caller. Each answer made a new version of the referral.
    pub(crate) fn with_answer(
        &mut self,
        record: &OpenRecord,
        mut referral: Entry<Referral>,
        as_known_at: Option<At>,
    ) -> Result<ReferralView, Error> {
        let (id, child) = (referral.head.id, referral.head.child_id);
        self.leave_out_hidden(record, &mut referral.content.concern_ids)?;
        let until = Stamp(as_known_at.unwrap_or(self.now + CLOCK_SKEW));
        let rows: Vec<AnswerRow> = on_either!(&mut *self.connection, c => referral_answer::table
            .filter(referral_answer::referral_id.eq(Uid::from(id)))
            .filter(referral_answer::recorded_at.le(until))
            .order((referral_answer::recorded_at.asc(), referral_answer::status.asc()))
            .select((referral_answer::status, referral_answer::author_id, referral_answer::recorded_at, referral_answer::content))
            .load(c))?;
        let mut answer = Answer {
            status: ReferralStatus::Sent,
            decision_reason: None,
            decided_at: None,
            decided_by: None,
            outcome: None,
            concluded_at: None,
        };
        for (status, author, at, content) in rows {
            let text: String = record.key().open_json(place(id, child, &status), &content)?;
            answer.status = status.parse().map_err(|_| Error::Corrupt("a referral has an unknown status"))?;
            if answer.status == ReferralStatus::Concluded {
                (answer.outcome, answer.concluded_at) = (Some(text), Some(at.0));
            } else {
                (answer.decision_reason, answer.decided_at) = (Some(text), Some(at.0));
                answer.decided_by = Some(author.into());
            }
            referral.head.version = referral.head.version.next();
        }
        Ok(ReferralView { referral, answer })
    }

    /// An id that leads to nothing would show that a recording for police or named people exists.
    fn leave_out_hidden(&mut self, record: &OpenRecord, concerns: &mut Vec<EntryId>) -> Result<(), Error> {
        if concerns.is_empty() {
            return Ok(());
        }
        let facts = of_entries(self.connection, &self.actor, concerns, self.now)?;
        let standing = Facts { relation: record.relation(), purpose_stated: true, ..*self.permit.facts() };
        let is_there = |concern: &EntryFacts| {
            let about = standing.about(*concern);
            [Verb::ViewConcern, Verb::KnowOfEntry].iter().any(|verb| self.policy().decide(*verb, about).allowed)
        };
        concerns.retain(|concern| facts.get(concern).is_some_and(is_there));
        Ok(())
    }

    /// The segment of a concern of this child that the caller may read and pass on: the receiver will read it. The
    /// caller may not share a withheld recording of another agency, even one disclosed to them.
    fn attachable(&mut self, concern: EntryId) -> Result<Option<Segment>, Error> {
        let child = self.child_facts()?.id;
        let found = of_entry(self.connection, &self.actor, concern, self.now)?;
        let with_purpose = Facts { purpose_stated: true, ..*self.permit.facts() };
        let may_attach = |(head, of, facts): &(EntryHeadFacts, ChildId, EntryFacts)| {
            head.kind == EntryKind::Concern
                && *of == child
                && (head.segment == Segment::Shared || (facts.own_agency && head.segment != Segment::NamedPeople))
                && self.policy().decide(Verb::ViewConcern, with_purpose.about(*facts)).allowed
        };
        Ok(found.filter(may_attach).map(|(head, ..)| head.segment))
    }

    fn whole_referral(&mut self, record: &OpenRecord, id: EntryId) -> Result<ReferralView, Error> {
        let referral = self.read_entry::<Referral>(record, id, None)?;
        self.with_answer(record, referral, None)
    }

    /// Records an answer, if the referral has none yet and the caller held its present version.
    fn answer(
        &mut self,
        record: &OpenRecord,
        id: EntryId,
        expected: Version,
        from: ReferralStatus,
        to: ReferralStatus,
        text: &str,
    ) -> Result<(), Error> {
        let present = self.whole_referral(record, id)?;
        if present.referral.head.version != expected {
            return Err(Error::Stale {
                current: present.referral.head.version,
                changed_at: present.answer.concluded_at.or(present.answer.decided_at).unwrap_or(self.now),
                changed_by: Some(present.answer.decided_by.unwrap_or(self.actor.worker)),
                changed_fields: vec!["answer".to_owned()],
            });
        }
        let moved = on_either!(&mut *self.connection, c => diesel::update(referral::table.find(Uid::from(id)))
            .filter(referral::status.eq(from.as_str()))
            .set(referral::status.eq(to.as_str()))
            .execute(c))?;
        if moved == 0 {
            return Err(Error::Conflict(
                "this referral has already been decided or concluded. Fetch it to see its current status",
            ));
        }
        let content = record.key().seal_json(place(id, record.child(), to.as_str()), &text)?;
        let row = (
            referral_answer::referral_id.eq(Uid::from(id)),
            referral_answer::status.eq(to.as_str()),
            referral_answer::author_id.eq(Uid::from(self.actor.worker)),
            referral_answer::recorded_at.eq(Stamp(self.now)),
            referral_answer::content.eq(content),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(referral_answer::table).values(row).execute(c))?;
        Ok(())
    }
}

impl Granted<'_, Record<Referral>> {
    /// Sends a referral with its attached concerns.
    pub fn refer(&mut self, new: &New<Referral>) -> Result<ReferralView, Error> {
        let (child, to) = (self.child_facts()?.id, new.content.to_agency_id);
        if to == self.actor.agency {
            return Err(Violations::one("/content/to_agency_id", "is your own agency. Name another one").into());
        }
        let receives: i64 = on_either!(&mut *self.connection, c => agency::table
            .filter(agency::id.eq(Uid::from(to)))
            .filter(agency::in_sharing_agreement.eq(true))
            .count()
            .get_result(c))?;
        if receives == 0 {
            let detail = "names no agency of the sharing agreement. GET /v1/agencies lists them";
            return Err(Violations::one("/content/to_agency_id", detail).into());
        }
        let mut attached = Vec::with_capacity(new.content.concern_ids.len());
        for (index, concern) in new.content.concern_ids.iter().enumerate() {
            let Some(segment) = self.attachable(*concern)? else {
                let pointer = format!("/content/concern_ids/{index}");
                return Err(Violations::one(&pointer, "names no concern of this child").into());
            };
            attached.push((*concern, segment));
        }
        let written = self.write_entry(new)?;
        let id = Uid::from(written.head.id);
        let row = (
            referral::id.eq(id),
            referral::child_id.eq(Uid::from(child)),
            referral::from_agency_id.eq(Uid::from(self.actor.agency)),
            referral::to_agency_id.eq(Uid::from(to)),
            referral::status.eq(ReferralStatus::Sent.as_str()),
            referral::recorded_at.eq(Stamp(self.now)),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(referral::table).values(row).execute(c))?;
        for (concern, segment) in attached {
            let row = (
                referral_concern::referral_id.eq(id),
                referral_concern::concern_id.eq(Uid::from(concern)),
                referral_concern::segment.eq(segment.as_str()),
            );
            on_either!(&mut *self.connection, c => diesel::insert_into(referral_concern::table).values(row).execute(c))?;
        }
        let record = self.opened()?;
        self.with_answer(&record, written, None)
    }
}

impl Granted<'_, View<Referral>> {
    /// The referral with its status and outcome.
    pub fn referral(&mut self) -> Result<ReferralView, Error> {
        self.whole_referral(&self.opened()?, self.action.entry())
    }
}

impl Granted<'_, DecideReferral> {
    /// Accepts or declines. The worker who accepts is allocated to the child until the outcome is recorded, up to the
    /// limit in the settings. The workers who already answer for the child are notified.
    pub fn decide(&mut self, expected: Version, decision: &Decision) -> Result<ReferralView, Error> {
        let (id, record) = (self.action.referral, self.opened()?);
        let to = match decision.decision {
            DecisionKind::Accept => ReferralStatus::Accepted,
            DecisionKind::Decline => ReferralStatus::Declined,
        };
        self.answer(&record, id, expected, ReferralStatus::Sent, to, &decision.reason)?;
        if to == ReferralStatus::Accepted {
            let answering = self.answering_for(self.child_facts()?.id)?;
            self.tell(answering, NoticeKind::ReferralAccepted, Subject::Entry(id))?;
            let allocation = NewInvolvement {
                worker_id: self.actor.worker,
                kind: InvolvementKind::Allocated,
                ends_at: self.now + chrono::Duration::days(self.shared.referral_days),
                reason: "Accepted a referral.".to_owned(),
            };
            self.involve_for(&record, &allocation, Some(id))?;
        }
        self.whole_referral(&record, id)
    }
}

impl Granted<'_, ConcludeReferral> {
    /// Records the outcome of an accepted referral. The allocation made by the acceptance ends.
    pub fn conclude(&mut self, expected: Version, outcome: &Outcome) -> Result<ReferralView, Error> {
        let (id, record) = (self.action.referral, self.opened()?);
        self.answer(&record, id, expected, ReferralStatus::Accepted, ReferralStatus::Concluded, &outcome.outcome)?;
        self.end_allocations_of(id)?;
        self.whole_referral(&record, id)
    }
}

macro_rules! repeatable {
    ($($action:ty),+) => {$(
        impl Repeatable for $action {
            type Answer = ReferralView;
            type Made = EntryId;

            fn made(view: &ReferralView) -> EntryId {
                view.referral.head.id
            }

            fn again(granted: &mut Granted<'_, Self>, referral: EntryId) -> Result<ReferralView, Error> {
                granted.recorded = Some(("entry", referral.0));
                granted.look_again(&View::<Referral>::new(referral, REPEATING), |granted| granted.referral())
            }
        }
    )+};
}

repeatable!(Record<Referral>, DecideReferral, ConcludeReferral);

/// The referral, its child, the sending and the receiving agency, and when it was recorded.
type Row = (Uid, Uid, Uid, Uid, Stamp);

fn place_of((id, .., at): &Row) -> Place {
    Place { at: at.0, id: id.0 }
}

impl Granted<'_, ListReferrals> {
    /// The referrals to and from the caller's agency, newest first.
    pub fn referrals(&mut self, page: &PageRequest) -> Result<Page<ReferralView>, Error> {
        let confirmed = |page: &PageRequest| self.rows(page)?.keep(|row| self.confirmed(row));
        Page::fill(page, confirmed, |(row, _)| place_of(row))?
            .each(|((id, ..), record)| self.whole_referral(&record, id.into()))
    }

    fn confirmed(&mut self, row: Row) -> Result<Option<(Row, OpenRecord)>, Error> {
        let (_, child, from, to, _) = row;
        let mine = Uid::from(self.actor.agency);
        let ends = EntryFacts {
            sent_by_my_agency: from == mine,
            sent_to_my_agency: to == mine,
            ..EntryFacts::of(EntryKind::Referral, Segment::Shared)
        };
        let subject = of_child(self.connection, &self.actor, child.into(), self.now)?;
        let subject = subject.ok_or(Error::Corrupt("a referral concerns no child"))?;
        let record = self.confirm_row(Verb::ViewReferral, &SubjectFacts { entry_facts: Some(ends), ..subject })?;
        Ok(record.map(|record| (row, record)))
    }

    fn rows(&mut self, page: &PageRequest) -> Result<Page<Row>, Error> {
        let mine = Uid::from(self.actor.agency);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => {
            let mut query = referral::table
                .inner_join(entry::table)
                .filter(referral::from_agency_id.eq(mine).or(referral::to_agency_id.eq(mine)))
                .select((
                    referral::id,
                    referral::child_id,
                    referral::from_agency_id,
                    referral::to_agency_id,
                    referral::recorded_at,
                ))
                .into_boxed();
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(referral::recorded_at.lt(at).or(referral::recorded_at.eq(at).and(referral::id.lt(id))));
            }
            query
                .order((referral::recorded_at.desc(), referral::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        Ok(Page::unconfirmed(rows, page.limit, place_of))
    }
}
