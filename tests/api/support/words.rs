//! What made-up people write about made-up children.

use chrono::Duration;
use serde_json::{Value, json};

use super::client::Worker;
use super::world::beginning;

/// The instant that most recordings are about.
pub(crate) const YESTERDAY: &str = "2026-11-21T16:30:00Z";

/// The nth valid NHS number of the range that is set aside for tests.
pub(crate) fn nhs_number(n: usize) -> String {
    let with_check = |body: u32| {
        let digits = format!("999{body:06}");
        let sum: u32 =
            digits.chars().zip((2..=10).rev()).map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight).sum();
        match 11 - sum % 11 {
            10 => None,
            11 => Some(format!("{digits}0")),
            check => Some(format!("{digits}{check}")),
        }
    };
    (0..1_000_000).filter_map(with_check).nth(n).expect("a number")
}

pub(crate) fn details(given: &str, nhs_number: Option<&str>) -> Value {
    let identifiers: Vec<Value> =
        nhs_number.iter().map(|number| json!({ "kind": "nhs_number", "value": number })).collect();
    json!({
        "identity": {
            "given_name": given, "family_name": "Aldercott", "born_on": "2011-04-09",
            "sex": "F", "ethnicity": "NOBT", "language": "English",
        },
        "identifiers": identifiers,
        "address": { "line": "4 Quarry Rise", "town": "Larkmoor", "postcode": "ZZ9 4QR" },
    })
}

/// A child with a number.
pub(crate) fn child(n: usize) -> Value {
    json!({ "details": details("Robin", Some(&nhs_number(n))) })
}

pub(crate) fn recording(content: &Value) -> Value {
    json!({ "occurred": { "at": YESTERDAY, "precision": "exact" }, "content": content })
}

/// The same recording in a segment.
pub(crate) fn kept_in(segment: &str, mut recording: Value) -> Value {
    recording["segment"] = json!(segment);
    recording
}

pub(crate) fn amendment(corrected: &Value) -> Value {
    json!({ "because": "The note was read again with the log.", "corrected": corrected })
}

pub(crate) fn concern() -> Value {
    recording(&json!({
        "exploitation_types": ["county_lines"],
        "told": { "by": "school", "to": "Duty officer" },
        "seen": "Came to school with a second telephone and did not want to say whose it is.",
        "immediate_safety": "no_immediate_concern",
    }))
}

pub(crate) fn observation() -> Value {
    recording(&json!({
        "indicator": "FAM06", "status": "observed", "frequency": "repeated", "basis": "observed_fact",
        "source": "school", "narrative": "Leaves early each day to fetch a brother.",
    }))
}

pub(crate) fn contact() -> Value {
    recording(&json!({
        "mode": "in_person", "setting": "school", "chosen_by_child": true, "privacy": "private",
        "started_by": "worker", "purpose": ["hear_child"],
        "child_words": [{ "words": "I would like to meet on Thursdays.", "medium": "spoken" }],
        "promises": [{ "text": "To ask about a quiet room.", "kept": "pending" }],
    }))
}

pub(crate) fn referral(to: &alongside_domain::accounts::agency::Agency, concerns: &[&str]) -> Value {
    recording(&json!({
        "to_agency_id": to.id, "concern_ids": concerns,
        "asks_for": "An assessment of what the child needs to be safe.",
        "reason": "The school is worried and so is the family.",
    }))
}

pub(crate) fn involvement(worker: &Worker, kind: &str) -> Value {
    json!({
        "worker_id": worker.id, "kind": kind, "ends_at": beginning() + Duration::days(60),
        "reason": "Asked by the child to be part of the plan.",
    })
}

pub(crate) fn emergency() -> Value {
    json!({ "reason": "missing_child", "explanation": "Not seen since yesterday; the family cannot be reached." })
}

pub(crate) fn sanitised_line() -> Value {
    json!({ "line": "A partner believes that the way home from school is not safe.", "handling": "not_for_family" })
}

/// A suppression for some hours from an instant.
pub(crate) fn suppression(from: alongside_domain::At) -> Value {
    json!({
        "reason": "would_warn_suspect", "explanation": "An arrest is prepared; the family may be warned.",
        "ends_at": from + Duration::hours(6),
    })
}

pub(crate) fn conflict(worker: &Worker) -> Value {
    json!({ "worker_id": worker.id, "kind": "relative", "note": "The families are close." })
}

/// Another name and number for a child, and the people on the list of its record. The first is its owner.
pub(crate) fn new_identity(n: usize, open_to: &[&Worker]) -> Value {
    let mut details = details("Rowan", Some(&nhs_number(n)));
    details["identity"]["family_name"] = json!("Fairholme");
    details["address"] = json!({ "line": "9 Mill Lane", "town": "Brackwater", "postcode": "ZZ9 7ML" });
    let mut restriction = restriction(open_to);
    restriction["reason"] = json!("adoption_placement");
    json!({ "details": details, "restriction": restriction })
}

/// A restriction that names these people. The first is its owner.
pub(crate) fn restriction(open_to: &[&Worker]) -> Value {
    let ids: Vec<_> = open_to.iter().map(|worker| &worker.id).collect();
    json!({
        "reason": "staff_or_relative_of_staff", "note": "A relative works in the contact centre.",
        "owner_id": ids[0], "open_to": ids, "review_on": "2027-03-01",
    })
}

/// These people as the list of a closed record names them: by id.
pub(crate) fn listed(people: &[&Worker]) -> Value {
    let mut ids: Vec<_> = people.iter().map(|worker| &worker.id).collect();
    ids.sort_unstable();
    json!(ids)
}
