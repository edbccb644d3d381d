//! Asking the holder of a confidence to share one recording with one person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::record::entry::{EntryKind, Segment};
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, DisclosureRequestId, EntryId, Violations, WorkerId};

/// The longest time for which a recording is disclosed, in days.
pub const LONGEST_DISCLOSURE_DAYS: i64 = 90;

/// Somebody asks to read a recording that is withheld from them.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisclosureRequest {
    /// What they need it for. The holder reads it.
    #[schema(
        example = "The strategy meeting decides on Thursday whether home is safe.",
        min_length = 1,
        max_length = 1000
    )]
    pub reason: String,
}

impl NewDisclosureRequest {
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("reason", &self.reason, SENTENCE))
    }
}

crate::codes! {
    /// What the holder says.
    pub enum DisclosureAnswer {
        /// They may read it, for a time.
        Grant = "grant",
        /// They may not.
        Refuse = "refuse",
    }
}

/// The holder's answer. A refusal to share is a decision with reasons, like any other.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosureDecision {
    /// The answer.
    pub answer: DisclosureAnswer,
    /// Why. Whoever asked reads it.
    #[schema(example = "It bears on the child's safety tonight.", min_length = 1, max_length = 1000)]
    pub because: String,
    /// Until when it is disclosed; needed for `grant`, at most 90 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

/// What was granted is taken back before its end.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosureRevocation {
    /// Why. Whoever asked reads it.
    #[schema(example = "The meeting was called off.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl DisclosureRevocation {
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

macro_rules! redacted {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
redacted!(NewDisclosureRequest, DisclosureDecision, DisclosureRevocation, DisclosureRequest);

impl DisclosureDecision {
    /// A reason, and an end for what is granted and for nothing else.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        let latest = now + chrono::Duration::days(LONGEST_DISCLOSURE_DAYS);
        Check::all(|check| {
            check.text("because", &self.because, SENTENCE);
            match (self.answer, self.ends_at) {
                (DisclosureAnswer::Grant, None) => check.fault("ends_at", "is missing; say until when it is disclosed"),
                (DisclosureAnswer::Grant, Some(end)) => {
                    check.rule("ends_at", end > now, "has passed; give an instant in the future, in UTC");
                    check.rule("ends_at", end <= latest, "lies more than 90 days ahead; it can be granted again");
                }
                (DisclosureAnswer::Refuse, end) => {
                    check.rule("ends_at", end.is_none(), "is given and nothing is disclosed; leave it out");
                }
            }
        })
    }
}

/// A request with what became of it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DisclosureRequest {
    /// Its id.
    pub id: DisclosureRequestId,
    /// The child.
    pub child_id: ChildId,
    /// The recording.
    pub recording_id: EntryId,
    /// Its kind.
    pub kind: EntryKind,
    /// Whose confidence it is kept in.
    pub segment: Segment,
    /// The agency that holds it.
    pub agency_id: AgencyId,
    /// Who asked.
    pub requested_by: WorkerId,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// What they need it for.
    pub reason: String,
    /// What the holder said; absent while the request waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<DisclosureAnswer>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Who answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Until when it is disclosed, while whoever asked works with the child. It ends at once when they move to another
    /// agency or leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Why it was taken back before; absent where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_because: Option<String>,
    /// Who took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<WorkerId>,
    /// When: from then on it is disclosed no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}
