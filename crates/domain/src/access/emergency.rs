//! Emergency access: one child, one worker, one hour, a reason, and a review by somebody else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::audit::event::AuditOutcome;
use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, EmergencyId, Violations, WorkerId};

/// How long emergency access lasts, in minutes. It is not prolonged.
pub const EMERGENCY_MINUTES: i64 = 60;
/// The shortest explanation, in characters.
pub const SHORTEST_EXPLANATION: usize = 20;
/// How long a co-signature is good for, in minutes.
pub const COSIGNATURE_MINUTES: i64 = 30;
/// How many emergency accesses of one worker in 30 days make the next one stand out.
pub const FREQUENT: i64 = 3;
/// The days in which they are counted.
pub const FREQUENT_DAYS: i64 = 30;

crate::codes! {
    /// Why a record must be read now.
    pub enum EmergencyReason {
        /// Somebody is in danger now.
        ImmediateDanger = "immediate_danger",
        /// The child is missing.
        MissingChild = "missing_child",
        /// The child is unconscious or acutely ill.
        UnconsciousOrAcuteHealth = "unconscious_or_acute_health",
        /// Nobody who works with the child is on duty.
        OutOfHoursDuty = "out_of_hours_duty",
        /// A court will not wait.
        CourtDeadline = "court_deadline",
    }
}

/// Emergency access to be begun.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEmergency {
    /// The reason.
    pub reason: EmergencyReason,
    /// What happened, in 20 to 1000 characters. Everybody who may review emergency access reads it, also of agencies
    /// that do not know the child: name nobody in it.
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
    /// An explanation that explains.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            check.text("explanation", &self.explanation, SENTENCE);
            check.rule("explanation", self.is_explained(), "is shorter than 20 characters; say what happened");
        })
    }

    /// Whether the explanation is long enough to be one.
    pub fn is_explained(&self) -> bool {
        self.explanation.trim().chars().count() >= SHORTEST_EXPLANATION
    }
}

/// A supervisor's signature under a colleague's next emergency access.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCosignature {
    /// The colleague whose earlier access was not reviewed in time.
    pub worker_id: WorkerId,
}

crate::codes! {
    /// What a review comes to.
    pub enum ReviewOutcome {
        /// It was right.
        Justified = "justified",
        /// It was meant well and shows a need for training.
        Training = "training",
        /// It was misuse.
        Misuse = "misuse",
    }
}

/// A review.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// What it comes to.
    pub outcome: ReviewOutcome,
    /// On what grounds. Whoever had the access reads it, and everybody who may review: name nobody in it.
    #[schema(example = "The log of that night shows the call.", min_length = 1, max_length = 1000)]
    pub note: String,
}

impl std::fmt::Debug for NewReview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewReview").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl NewReview {
    /// Grounds are given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("note", &self.note, SENTENCE))
    }
}

/// An emergency access as the one who began it sees it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Emergency {
    /// Its id: what notices and reviews refer to.
    pub id: EmergencyId,
    /// The child.
    pub child_id: ChildId,
    /// Who has it.
    pub worker_id: WorkerId,
    /// The reason.
    pub reason: EmergencyReason,
    /// What happened.
    pub explanation: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// By when somebody else will have reviewed it.
    pub review_due_at: DateTime<Utc>,
}

/// An emergency access as reviewers see it, without the child's id.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmergencyForReview {
    /// Its id.
    pub id: EmergencyId,
    /// Who had it.
    pub worker_id: WorkerId,
    /// Of which agency.
    pub agency_id: AgencyId,
    /// The reason.
    pub reason: EmergencyReason,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended or ends.
    pub ends_at: DateTime<Utc>,
    /// By when it is to be reviewed.
    pub review_due_at: DateTime<Utc>,
    /// How often the same worker had emergency access in the 30 days before; more than three stands out.
    pub earlier_in_30_days: i64,
    /// Whether it stands out by that.
    pub frequent: bool,
    /// What the review came to; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ReviewOutcome>,
    /// Who reviewed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<WorkerId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<DateTime<Utc>>,
}

/// An emergency access as whoever judges it reads it, and whoever made it: still without the child's id.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmergencyInFull {
    /// What the list shows.
    #[serde(flatten)]
    pub listed: EmergencyForReview,
    /// What happened, in the words of whoever began it.
    pub explanation: String,
    /// Who co-signed it, where an earlier one was not reviewed in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned_by: Option<WorkerId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned_at: Option<DateTime<Utc>>,
    /// On what grounds the review came to its outcome; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl std::fmt::Debug for EmergencyInFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmergencyInFull").field("listed", &self.listed).finish_non_exhaustive()
    }
}

/// A look at the record while emergency access opened it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmergencyLook {
    /// When.
    pub at: DateTime<Utc>,
    /// What was asked for, as in the access history.
    #[schema(example = "view_chronology")]
    pub action: String,
    /// The kind of thing it was about: `child`, `entry` or another.
    #[schema(example = "child")]
    pub subject_kind: String,
    /// What came of it.
    pub outcome: AuditOutcome,
}

/// The end of the second working day after `at`, Saturdays and Sundays left out.
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
