//! Emergency access: one child, one worker, one hour, a reason, and a review by another person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::event::AuditOutcome;
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, EmergencyId, Violations, WorkerId};

/// How long emergency access lasts, in minutes. It cannot be extended.
pub const EMERGENCY_MINUTES: i64 = 60;
/// The shortest explanation, in characters.
pub const SHORTEST_EXPLANATION: usize = 20;
/// How long a co-signature is valid, in minutes.
pub const COSIGNATURE_MINUTES: i64 = 30;
/// The number of emergency accesses in 30 days above which a worker's next one is marked as frequent.
pub const FREQUENT: i64 = 3;
/// The days over which they are counted.
pub const FREQUENT_DAYS: i64 = 30;

crate::codes! {
    /// Why a record must be read now.
    pub enum EmergencyReason {
        /// A person is in danger now.
        ImmediateDanger = "immediate_danger",
        /// The child is missing.
        MissingChild = "missing_child",
        /// The child is unconscious or acutely ill.
        UnconsciousOrAcuteHealth = "unconscious_or_acute_health",
        /// No one who works with the child is on duty.
        OutOfHoursDuty = "out_of_hours_duty",
        /// A court deadline cannot wait.
        CourtDeadline = "court_deadline",
    }
}

/// Emergency access to begin.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmergency {
    /// The reason, from the list.
    pub reason: EmergencyReason,
    /// What happened, in 20 to 1000 characters. Everyone who may review emergency access reads this, also in agencies
    /// that do not know the child: do not name anyone.
    #[schema(
        example = "Found alone at the station at night; home address not known to us.",
        min_length = 20,
        max_length = 1000
    )]
    pub explanation: String,
}

impl std::fmt::Debug for NewEmergency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewEmergency").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl NewEmergency {
    /// Checks that the explanation is long enough.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            check.text("explanation", &self.explanation, SENTENCE);
            check.rule("explanation", self.is_explained(), "is shorter than 20 characters; say what happened");
        })
    }

    /// Whether the explanation has at least the shortest length.
    pub fn is_explained(&self) -> bool {
        self.explanation.trim().chars().count() >= SHORTEST_EXPLANATION
    }
}

/// A supervisor's signature for a colleague's next emergency access.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCosignature {
    /// The colleague whose earlier access was not reviewed in time.
    pub worker_id: WorkerId,
}

crate::codes! {
    /// The outcome of a review.
    pub enum ReviewOutcome {
        /// The access was justified.
        Justified = "justified",
        /// The access was well meant and shows a need for training.
        Training = "training",
        /// The access was misuse.
        Misuse = "misuse",
    }
}

/// The review of an emergency access.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// The outcome.
    pub outcome: ReviewOutcome,
    /// The grounds for the outcome. The worker who had the access reads this, and everyone who may review: do not name
    /// anyone.
    #[schema(example = "The log of that night shows the call.", min_length = 1, max_length = 1000)]
    pub note: String,
}

impl std::fmt::Debug for NewReview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewReview").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl NewReview {
    /// Checks that grounds are given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("note", &self.note, SENTENCE))
    }
}

/// An emergency access as the worker who began it sees it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Emergency {
    /// The id of the emergency access. Notices and reviews refer to it.
    pub id: EmergencyId,
    /// The child whose record is open.
    pub child_id: ChildId,
    /// The worker who has the access.
    pub worker_id: WorkerId,
    /// The reason, from the list.
    pub reason: EmergencyReason,
    /// What happened, in the worker's words.
    pub explanation: String,
    /// When the access began.
    pub started_at: DateTime<Utc>,
    /// When the access ends.
    pub ends_at: DateTime<Utc>,
    /// When the review by another person is due.
    pub review_due_at: DateTime<Utc>,
}

/// An emergency access as reviewers see it, without the child's id.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmergencyForReview {
    /// The id of the emergency access.
    pub id: EmergencyId,
    /// The worker who had the access.
    pub worker_id: WorkerId,
    /// The agency of that worker.
    pub agency_id: AgencyId,
    /// The reason, from the list.
    pub reason: EmergencyReason,
    /// When the access began.
    pub started_at: DateTime<Utc>,
    /// When the access ended or ends.
    pub ends_at: DateTime<Utc>,
    /// When the review is due.
    pub review_due_at: DateTime<Utc>,
    /// The number of earlier emergency accesses of the same worker in the 30 days before.
    pub earlier_in_30_days: i64,
    /// Whether that number is unusual: more than three.
    pub frequent: bool,
    /// The outcome of the review. Absent until it is reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReviewOutcome>,
    /// The person who reviewed it. Absent until it is reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<WorkerId>,
    /// When it was reviewed. Absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<DateTime<Utc>>,
}

/// An emergency access in full, for its reviewers and for the worker who made it. Without the child's id.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmergencyInFull {
    /// The same fields as in the list.
    #[serde(flatten)]
    pub listed: EmergencyForReview,
    /// What happened, in the words of the worker who began it.
    pub explanation: String,
    /// The colleague who co-signed it. Absent if no co-signature was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned_by: Option<WorkerId>,
    /// When it was co-signed. Absent if no co-signature was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned_at: Option<DateTime<Utc>>,
    /// The grounds of the review. Absent until it is reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl std::fmt::Debug for EmergencyInFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmergencyInFull").field("listed", &self.listed).finish_non_exhaustive()
    }
}

/// One view of the record during emergency access.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmergencyLook {
    /// When the request was made.
    pub at: DateTime<Utc>,
    /// The action, as in the access history.
    #[schema(example = "view_chronology")]
    pub action: String,
    /// The kind of thing it was about: `child`, `entry` or another.
    #[schema(example = "child")]
    pub subject_kind: String,
    /// The outcome of the request.
    pub outcome: AuditOutcome,
}

/// The end of the second working day after `at`, without Saturdays and Sundays.
pub fn review_due(at: At) -> At {
    use chrono::Datelike as _;
    let (mut due, mut left) = (at, 2);
    while left > 0 {
        due += chrono::Duration::days(1);
        if due.weekday().number_from_monday() <= 5 {
            left -= 1;
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};

    use super::*;

    #[test]
    fn a_review_is_due_two_working_days_later() {
        let at = |day| Utc.with_ymd_and_hms(2026, 11, day, 22, 0, 0).unwrap();
        assert_eq!(review_due(at(23)), at(25), "from Monday to Wednesday");
        assert_eq!(review_due(at(27)), at(30) + chrono::Duration::days(1), "from Friday to Tuesday");
        assert_eq!(review_due(at(28)), at(30) + chrono::Duration::days(1), "from Saturday to Tuesday");
    }
}
