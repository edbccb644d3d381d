//! Requests to the holder of a withheld recording to disclose it to one worker.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::record::entry::{EntryKind, Segment};
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, DisclosureRequestId, EntryId, Violations, WorkerId};

/// The longest time for which a recording is disclosed, in days.
pub const LONGEST_DISCLOSURE_DAYS: i64 = 90;

/// A request to read a recording that is withheld from the caller.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisclosureRequest {
    /// Why you need to read it. The holder reads this.
    #[schema(
        example = "The strategy meeting decides on Thursday whether home is safe.",
        min_length = 1,
        max_length = 1000
    )]
    pub reason: String,
}

impl NewDisclosureRequest {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("reason", &self.reason, SENTENCE))
    }
}

crate::codes! {
    /// The holder's answer.
    pub enum DisclosureAnswer {
        /// The worker may read the recording, for a time.
        Grant = "grant",
        /// The worker may not read the recording.
        Refuse = "refuse",
    }
}

/// The holder's answer, with reasons. A refusal needs a reason like any other decision.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosureDecision {
    /// Whether the request is granted or refused.
    pub answer: DisclosureAnswer,
    /// Why. The worker who made the request reads this.
    #[schema(example = "It bears on the child's safety tonight.", min_length = 1, max_length = 1000)]
    pub because: String,
    /// When the disclosure ends, at most 90 days from now. Needed for `grant`; leave it out for `refuse`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

/// The end of a disclosure before its time.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisclosureRevocation {
    /// Why. The worker who made the request reads this.
    #[schema(example = "The meeting was called off.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl DisclosureRevocation {
    /// Checks that a reason is given.
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
    /// Checks that a reason is given, and an end for a grant only.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        let latest = now + chrono::Duration::days(LONGEST_DISCLOSURE_DAYS);
        Check::all(|check| {
            check.text("because", &self.because, SENTENCE);
            match (self.answer, self.ends_at) {
                (DisclosureAnswer::Grant, None) => check.fault("ends_at", "is missing; say until when it is disclosed"),
                (DisclosureAnswer::Grant, Some(end)) => {
                    check.rule("ends_at", end > now, "has passed; send an instant in the future, in UTC");
                    check.rule(
                        "ends_at",
                        end <= latest,
                        "is more than 90 days ahead; send an earlier instant. It can be granted again later",
                    );
                }
                (DisclosureAnswer::Refuse, end) => {
                    check.rule("ends_at", end.is_none(), "is only allowed with grant; leave it out");
                }
            }
        })
    }
}

/// A disclosure request with its outcome.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DisclosureRequest {
    /// The id of the request.
    pub id: DisclosureRequestId,
    /// The child whom the recording is about.
    pub child_id: ChildId,
    /// The recording that is requested.
    pub recording_id: EntryId,
    /// The kind of the recording.
    pub kind: EntryKind,
    /// The segment of the recording.
    pub segment: Segment,
    /// The agency that holds the recording.
    pub agency_id: AgencyId,
    /// The worker who made the request.
    pub requested_by: WorkerId,
    /// When the request was made.
    pub requested_at: DateTime<Utc>,
    /// Why the worker needs to read the recording.
    pub reason: String,
    /// The holder's answer. Absent while the request is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<DisclosureAnswer>,
    /// The reason for the answer. Absent while the request is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The worker who answered. Absent while the request is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When the request was answered. Absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// When the disclosure ends. Absent unless it was granted. It lasts only while the worker works with the child, and
    /// ends at once if they move to another agency or leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Why the disclosure was revoked. Absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_because: Option<String>,
    /// The worker who revoked it. Absent if it was not revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<WorkerId>,
    /// When it was revoked; the recording is no longer disclosed from then on. Absent if it was not revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}
