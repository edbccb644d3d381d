//! Suppression of notices, so that police access to a record does not reveal an enquiry.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::emergency::SHORTEST_EXPLANATION;
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, SuppressionId, Violations, WorkerId};

/// The longest time for which notices are suppressed, in hours. It cannot be extended.
pub const LONGEST_SUPPRESSION_HOURS: i64 = 24;

crate::codes! {
    /// Why the notices of an access are suppressed.
    pub enum SuppressionReason {
        /// The access would warn a suspect.
        WouldWarnSuspect = "would_warn_suspect",
        /// Evidence would be lost or destroyed.
        WouldLoseEvidence = "would_lose_evidence",
        /// A person who works in an agency is suspected.
        SuspectInAgency = "suspect_in_agency",
        /// The child or another person would be in danger.
        WouldEndanger = "would_endanger",
    }
}

/// A suppression of the notices of the caller's own access to one record.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuppression {
    /// The reason, from the list.
    pub reason: SuppressionReason,
    /// What makes it necessary, in 20 to 1000 characters. The leads of the agency and auditors read this, also those
    /// for whom the record is closed: do not name anyone.
    #[schema(
        example = "An arrest is planned for tonight; a person at the home may be warned.",
        min_length = 20,
        max_length = 1000
    )]
    pub explanation: String,
    /// When it ends, at most 24 hours from now. It begins now.
    pub ends_at: DateTime<Utc>,
}

impl std::fmt::Debug for NewSuppression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSuppression").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl NewSuppression {
    /// Checks the length of the explanation, and that the end is within a day.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        let latest = now + chrono::Duration::hours(LONGEST_SUPPRESSION_HOURS);
        let explained = self.explanation.trim().chars().count() >= SHORTEST_EXPLANATION;
        Check::all(|check| {
            check.text("explanation", &self.explanation, SENTENCE);
            check.rule("explanation", explained, "is shorter than 20 characters; say what makes it necessary");
            check.rule("ends_at", self.ends_at > now, "has passed; send an instant in the next 24 hours");
            check.rule("ends_at", self.ends_at <= latest, "is more than 24 hours ahead; send an earlier instant");
        })
    }
}

/// A suppression of notices.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suppression {
    /// The id of the suppression.
    pub id: SuppressionId,
    /// The child whose record it concerns.
    pub child_id: ChildId,
    /// The officer whose access is not notified.
    pub worker_id: WorkerId,
    /// The reason, from the list.
    pub reason: SuppressionReason,
    /// What makes it necessary, in the officer's words.
    pub explanation: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

impl std::fmt::Debug for Suppression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suppression").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A suppression as the people who oversee the officer see it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SuppressionForOverseers {
    /// The id of the suppression.
    pub id: SuppressionId,
    /// The child whose record it concerns. Absent if the record is closed to the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_id: Option<ChildId>,
    /// The officer whose access is not notified.
    pub worker_id: WorkerId,
    /// The officer's agency.
    pub agency_id: AgencyId,
    /// The reason, from the list.
    pub reason: SuppressionReason,
    /// What makes it necessary, in the officer's words.
    pub explanation: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
}

impl std::fmt::Debug for SuppressionForOverseers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SuppressionForOverseers").field("id", &self.id).finish_non_exhaustive()
    }
}
