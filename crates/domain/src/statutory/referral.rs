//! A referral: a request from one agency to another that must be answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::record::child_words::ChildWords;
use crate::record::entry::{Content, EntryKind};
use crate::vocabulary::check::NARRATIVE;
use crate::{AgencyId, At, Check, EntryId, Violations, WorkerId};

/// What one agency asks another to do.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Referral {
    /// The agency that is asked.
    pub to_agency_id: AgencyId,
    /// The concerns to send with the referral: shared ones, or your own agency's. The receiver reads them unless it
    /// declines. Responses leave out concerns that are hidden from the caller.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub concern_ids: Vec<EntryId>,
    /// What you ask the agency to do.
    #[schema(example = "An assessment of what the child needs to be safe.", min_length = 1, max_length = 10000)]
    pub asks_for: String,
    /// Why it is needed now.
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
    /// The status of a referral.
    pub enum ReferralStatus {
        /// Sent. The receiver has not answered yet.
        Sent = "sent",
        /// Accepted by the receiver.
        Accepted = "accepted",
        /// Declined by the receiver, with a reason.
        Declined = "declined",
        /// Accepted and concluded, with an outcome.
        Concluded = "concluded",
    }
}

crate::codes! {
    /// The receiver's decision.
    pub enum DecisionKind {
        /// Accept the referral.
        Accept = "accept",
        /// Decline the referral.
        Decline = "decline",
    }
}

/// The receiver's decision with its reasons. The agency that sent the referral reads this.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Whether the referral is accepted or declined.
    pub decision: DecisionKind,
    /// The reason for the decision.
    #[schema(example = "The threshold for an assessment is met.", min_length = 1, max_length = 10000)]
    pub reason: String,
}

/// The outcome of an accepted referral. The agency that sent it reads this.
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
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("reason", &self.reason, NARRATIVE))
    }
}

impl Outcome {
    /// Checks that an outcome is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("outcome", &self.outcome, NARRATIVE))
    }
}

/// The receiver's answer so far. Staff of the agency that sent the referral always see this, with or without access to
/// the record.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    /// The status of the referral.
    pub status: ReferralStatus,
    /// Why it was accepted or declined. Absent until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_reason: Option<String>,
    /// When it was decided. Absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// The worker who decided it. Absent until it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// The outcome. Absent until it is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// When the outcome was recorded. Absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concluded_at: Option<DateTime<Utc>>,
}

/// A referral with the receiver's answer.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ReferralView {
    /// The referral, as it was sent.
    #[serde(flatten)]
    pub referral: crate::record::entry::Entry<Referral>,
    /// The receiver's answer so far.
    pub answer: Answer,
}
