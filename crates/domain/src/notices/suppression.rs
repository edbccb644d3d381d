//! Notices of looks that are held back for a while, so that an enquiry of police does not give itself away.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::emergency::SHORTEST_EXPLANATION;
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, SuppressionId, Violations, WorkerId};

/// The longest time for which notices are held back, in hours. It is not prolonged.
pub const LONGEST_SUPPRESSION_HOURS: i64 = 24;

crate::codes! {
    /// Why nobody is to be told of a look.
    pub enum SuppressionReason {
        /// The look would warn somebody who is suspected.
        WouldWarnSuspect = "would_warn_suspect",
        /// Evidence would be lost or destroyed.
        WouldLoseEvidence = "would_lose_evidence",
        /// Somebody who works in an agency is suspected.
        SuspectInAgency = "suspect_in_agency",
        /// The child or somebody else would be in danger.
        WouldEndanger = "would_endanger",
    }
}

/// The notices of one's own looks at one record are to be held back.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuppression {
    /// Why.
    pub reason: SuppressionReason,
    /// What makes it necessary, in 20 to 1000 characters. The leads of the agency and auditors read it, also those for
    /// whom the record is closed: name nobody in it.
    #[schema(
        example = "An arrest is prepared for tonight; somebody at the home may be warned.",
        min_length = 20,
        max_length = 1000
    )]
    pub explanation: String,
    /// Until when; at most 24 hours from now. It begins now.
    pub ends_at: DateTime<Utc>,
}

impl std::fmt::Debug for NewSuppression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSuppression").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl NewSuppression {
    /// An explanation that explains, and an end within a day.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        let latest = now + chrono::Duration::hours(LONGEST_SUPPRESSION_HOURS);
        let explained = self.explanation.trim().chars().count() >= SHORTEST_EXPLANATION;
        Check::all(|check| {
            check.text("explanation", &self.explanation, SENTENCE);
            check.rule("explanation", explained, "is shorter than 20 characters; say what makes it necessary");
            check.rule("ends_at", self.ends_at > now, "has passed; give an instant in the coming 24 hours");
            check.rule("ends_at", self.ends_at <= latest, "lies more than 24 hours ahead; give an earlier instant");
        })
    }
}

/// Notices of looks are held back.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// The child.
    pub child_id: ChildId,
    /// Whose looks.
    pub worker_id: WorkerId,
    /// Why.
    pub reason: SuppressionReason,
    /// What makes it necessary.
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

/// The same as those who oversee whoever does it read it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SuppressionForOverseers {
    /// Its id.
    pub id: SuppressionId,
    /// The child; absent where the record is closed to the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_id: Option<ChildId>,
    /// Whose looks.
    pub worker_id: WorkerId,
    /// Of which agency.
    pub agency_id: AgencyId,
    /// Why.
    pub reason: SuppressionReason,
    /// What makes it necessary.
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
