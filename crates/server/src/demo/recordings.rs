//! Turns the script into requests to the service.

use alongside_domain::record::child::{Address, ChildDetails, Identity, NewChild};
use alongside_domain::record::concern::{Concern, Told};
use alongside_domain::record::contact::{Contact, Kept, Promise};
use alongside_domain::record::entry::{New, Segment};
use alongside_domain::record::identifier::{Identifier, IdentifierKind};
use alongside_domain::record::observation::Observation;
use alongside_domain::record::occurred::{Occurred, OccurredAt, OccurredInMonth, Precision};
use alongside_domain::statutory::referral::Referral;
use alongside_domain::vocabulary::calendar::Month;
use alongside_domain::{AgencyId, At, EntryId};
use chrono::Duration;

use super::script::{ConcernEvent, ContactEvent, Known, ObservationEvent, ReferralEvent, ScriptChild};

/// The child's record to begin.
pub(super) fn child(script: &ScriptChild) -> NewChild {
    let number = |kind, value: &Option<String>| value.clone().map(|value| Identifier { kind, value, system: None });
    let identifiers = [number(IdentifierKind::NhsNumber, &script.nhs_number), number(IdentifierKind::Upn, &script.upn)];
    NewChild {
        details: ChildDetails {
            identity: Identity {
                given_name: script.given_name.clone(),
                family_name: script.family_name.clone(),
                other_names: Vec::new(),
                born_on: Some(script.date_of_birth),
                expected_on: None,
                sex: script.sex,
                gender_identity: None,
                ethnicity: script.ethnicity,
                language: Some(script.language.clone()),
                communication_needs: script.communication_needs.clone(),
            },
            identifiers: identifiers.into_iter().flatten().collect(),
            address: Some(Address {
                line: script.address_line.clone(),
                town: Some(script.town.clone()),
                postcode: Some(script.postcode.clone()),
            }),
        },
        new_because: None,
    }
}

/// A time before the recording, as far back as its exactness suggests.
fn occurred(recorded: At, known: Known, earlier: Duration) -> Occurred {
    match known {
        Known::Exact => Occurred::exactly(recorded - earlier),
        Known::Approximate => {
            Occurred::At(OccurredAt { at: recorded - Duration::hours(3), precision: Precision::Approximate })
        }
        Known::Day => Occurred::on((recorded - Duration::days(1)).date_naive()),
        Known::Month => {
            Occurred::InMonth(OccurredInMonth { month: Month::of((recorded - Duration::days(12)).date_naive()) })
        }
    }
}

fn new<C>(occurred: Occurred, segment: Segment, content: C) -> New<C> {
    New { segment: Some(segment), ..New::shared(occurred, content) }
}

/// A concern written down at `now`.
pub(super) fn concern(event: &ConcernEvent, now: At) -> New<Concern> {
    let content = Concern {
        exploitation_types: event.exploitation_types.clone(),
        told: Some(Told { by: event.who_told, to: event.told_to.clone() }),
        seen: event.seen.clone(),
        said: event.said.clone(),
        opinion: event.opinion.clone(),
        child_words: event.child_words.clone(),
        professional_judgement: None,
        immediate_safety: event.immediate_safety,
        action_taken: event.action_taken.clone(),
    };
    new(occurred(now, event.time_known, Duration::minutes(50)), event.segment, content)
}

/// An observation written down at `now`.
pub(super) fn observation(event: &ObservationEvent, now: At) -> New<Observation> {
    let content = Observation {
        indicator: event.indicator.clone(),
        catalogue_version: None,
        status: event.status,
        last_noticed: None,
        frequency: event.frequency,
        basis: event.basis,
        source: event.source,
        narrative: event.narrative.clone(),
        child_words: Vec::new(),
        contact_id: None,
    };
    new(occurred(now, Known::Exact, Duration::minutes(40)), event.segment, content)
}

/// A contact written down at `now`, a quarter of an hour after it ended. Its promises are still open.
pub(super) fn contact(event: &ContactEvent, now: At) -> New<Contact> {
    let lasted = Duration::minutes(i64::from(event.duration_minutes) + 15);
    let today = now.date_naive();
    let promise = |index: usize| {
        event.promises.get(index).map(|promise| Promise {
            text: promise.text.clone(),
            due_on: promise.due_in_days.map(|days| today + Duration::days(days)),
            kept: Kept::Pending,
            explained_if_not: None,
        })
    };
    let content = Contact {
        mode: event.mode,
        setting: event.setting,
        chosen_by_child: event.chosen_by_child,
        privacy: event.privacy,
        privacy_action: event.privacy_action.clone(),
        started_by: event.started_by,
        duration_minutes: Some(event.duration_minutes),
        purpose: event.purpose.clone(),
        confidentiality_explained: event.confidentiality_explained,
        principles: event.principles.clone(),
        child_words: event.child_words.clone(),
        not_heard_because: None,
        choices: event.choices.clone(),
        next_steps: event.next_steps.clone(),
        promises: (0..event.promises.len()).filter_map(promise).collect(),
        worker_observation: Some(event.worker_observation.clone()),
    };
    new(occurred(now, Known::Exact, lasted), event.segment, content)
}

/// The days after which all promises of the contact are due, if the script says whether they were kept.
pub(super) fn promises_due_in(event: &ContactEvent) -> Option<i64> {
    let told = event.promises.iter().filter(|promise| promise.kept != Kept::Pending);
    told.map(|promise| promise.due_in_days.unwrap_or(7)).max()
}

/// The contact after the promises are due: it records whether they were kept.
pub(super) fn promises_told(event: &ContactEvent, mut contact: New<Contact>) -> New<Contact> {
    for (promise, told) in contact.content.promises.iter_mut().zip(&event.promises) {
        promise.kept = told.kept;
        promise.explained_if_not.clone_from(&told.explained_if_not);
    }
    contact
}

/// A referral sent at `now`, with the concerns that the sender shares.
pub(super) fn referral(event: &ReferralEvent, to: AgencyId, concerns: Vec<EntryId>, now: At) -> New<Referral> {
    let content = Referral {
        to_agency_id: to,
        concern_ids: concerns,
        asks_for: event.asks_for.clone(),
        reason: event.reason.clone(),
    };
    new(occurred(now, Known::Exact, Duration::minutes(5)), Segment::Shared, content)
}
