//! A referral: a request from one agency to another that must be answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::record::child_words::ChildWords;
use crate::record::entry::{Content, EntryKind};
use crate::vocabulary::check::NARRATIVE;
use crate::{AgencyId, At, Check, EntryId, Violations, WorkerId};

/// What an agency asks of another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Referral {
    /// The agency that is asked.
    pub to_agency_id: AgencyId,
    /// The concerns that go with it: shared ones, or your own agency's. The receiver reads them unless it declines.
    /// Answers leave out those that are not there for the reader.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub concern_ids: Vec<EntryId>,
    /// What is asked for.
    #[schema(example = "An assessment of what the child needs to be safe.", min_length = 1, max_length = 10000)]
    pub asks_for: String,
    /// Why now.
    #[schema(min_length = 1, max_length = 10000)]
    pub reason: String,
}

impl std::fmt::Debug for Referral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Referral(…)")
    }
}

impl Content for Referral {
    const KIND: EntryKind = EntryKind::Referral;

    fn check(&self, check: &mut Check, _now: At) {
        check.distinct("concern_ids", &self.concern_ids);
        check.text("asks_for", &self.asks_for, NARRATIVE);
        check.text("reason", &self.reason, NARRATIVE);
    }

    fn codes(&self) -> String {
        String::new()
    }

    fn child_words(&mut self) -> Option<&mut Vec<ChildWords>> {
        None
    }

    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        [&mut self.asks_for, &mut self.reason].into_iter().for_each(visit);
    }
}

crate::codes! {
    /// Where a referral stands.
    pub enum ReferralStatus {
        /// Waiting for an answer.
        Sent = "sent",
        /// Taken on.
        Accepted = "accepted",
        /// Not taken on; the reason says why.
        Declined = "declined",
        /// Taken on and concluded; the outcome says how.
        Concluded = "concluded",
    }
}

crate::codes! {
    /// The receiver's answer.
    pub enum DecisionKind {
        /// The receiver takes it on.
        Accept = "accept",
        /// The receiver does not.
        Decline = "decline",
    }
}

/// The receiver's answer with its reasons, which the referrer reads.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Accept or decline.
    pub decision: DecisionKind,
    /// Why.
    #[schema(example = "The threshold for an assessment is met.", min_length = 1, max_length = 10000)]
    pub reason: String,
}

/// What became of an accepted referral, which the referrer reads.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What was done and decided.
    #[schema(
        example = "Assessment completed; a plan is agreed with the child and family.",
        min_length = 1,
        max_length = 10000
    )]
    pub outcome: String,
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
redacted!(Decision, Outcome, Answer);

impl Decision {
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("reason", &self.reason, NARRATIVE))
    }
}

impl Outcome {
    /// An outcome is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("outcome", &self.outcome, NARRATIVE))
    }
}

/// What the receiver has said so far. The referrer always sees this, with or without access to the record.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// Where the referral stands.
    pub status: ReferralStatus,
    /// Why it was accepted or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_reason: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// When the outcome was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concluded_at: Option<DateTime<Utc>>,
}

/// A referral with what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReferralView {
    /// What the agency asked.
    #[serde(flatten)]
    pub referral: crate::record::entry::Entry<Referral>,
    /// What the other agency answered.
    pub answer: Answer,
}
