//! How much a worker does in an hour or a day, and when that is unusual. Counts are about staff, never about a child.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, UnusualAccessId, Violations, WorkerId};

crate::codes! {
    /// What is counted, and over what time. Days and hours are in UTC.
    pub enum ActivityKind {
        /// Different records that the worker read in an hour.
        RecordsInHour = "records_in_hour",
        /// Different records that the worker read in a day.
        RecordsInDay = "records_in_day",
        /// Different ids that were answered with "not found" in a day.
        UnknownIds = "unknown_ids",
        /// Searches in a day. Each number that a change compares counts as one.
        Searches = "searches",
        /// Claims of duty in a day.
        DutyClaims = "duty_claims",
        /// Emergency accesses begun in a day.
        EmergencyAccesses = "emergency_accesses",
        /// People whom the worker involved with children in a day.
        PeopleAdded = "people_added",
    }
}

impl ActivityKind {
    /// The beginning of the hour or day in which an instant is counted.
    pub fn since(self, at: At) -> At {
        match self {
            Self::RecordsInHour => at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at),
            _ => day_of(at),
        }
    }
}

/// The beginning of the day.
pub fn day_of(at: At) -> At {
    at.duration_trunc(TimeDelta::days(1)).unwrap_or(at)
}

/// The counts above which access is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// Above this count, the people who oversee the worker are notified.
    pub notify: u32,
    /// Above this count, the worker waits until a colleague confirms. `None` if the worker never waits.
    pub hold: Option<u32>,
}

impl Threshold {
    /// Counted, but never unusual.
    pub const NEVER: Self = Self { notify: u32::MAX, hold: None };

    /// Notifies above the first count, and makes the worker wait above the second.
    pub const fn new(notify: u32, hold: u32) -> Self {
        Self { notify, hold: Some(hold) }
    }
}

/// The thresholds of every count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Different records read in an hour.
    pub records_in_hour: Threshold,
    /// Different records read in a day.
    pub records_in_day: Threshold,
    /// Different ids that were not found in a day.
    pub unknown_ids: Threshold,
    /// Searches in a day.
    pub searches: Threshold,
    /// Claims of duty in a day.
    pub duty_claims: Threshold,
    /// Emergency accesses in a day. They are reported, but the worker never waits: each access is reviewed anyway.
    pub emergency_accesses: Threshold,
    /// People added to teams in a day.
    pub people_added: Threshold,
}

impl Thresholds {
    /// Counts everything and finds nothing unusual.
    pub const NEVER: Self = Self {
        records_in_hour: Threshold::NEVER,
        records_in_day: Threshold::NEVER,
        unknown_ids: Threshold::NEVER,
        searches: Threshold::NEVER,
        duty_claims: Threshold::NEVER,
        emergency_accesses: Threshold::NEVER,
        people_added: Threshold::NEVER,
    };

    /// The threshold of one count.
    pub const fn of(&self, kind: ActivityKind) -> Threshold {
        match kind {
            ActivityKind::RecordsInHour => self.records_in_hour,
            ActivityKind::RecordsInDay => self.records_in_day,
            ActivityKind::UnknownIds => self.unknown_ids,
            ActivityKind::Searches => self.searches,
            ActivityKind::DutyClaims => self.duty_claims,
            ActivityKind::EmergencyAccesses => self.emergency_accesses,
            ActivityKind::PeopleAdded => self.people_added,
        }
    }
}

/// `docs/operations.md` describes the working days from which these numbers follow.
impl Default for Thresholds {
    fn default() -> Self {
        Self {
            records_in_hour: Threshold::new(60, 120),
            records_in_day: Threshold::new(200, 400),
            unknown_ids: Threshold::new(100, 200),
            searches: Threshold::new(400, 800),
            duty_claims: Threshold::new(20, 40),
            emergency_accesses: Threshold { notify: 3, hold: None },
            people_added: Threshold::new(40, 80),
        }
    }
}

/// What was unusual: the count when it was noticed, and the threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnusualCount {
    /// The worker whose access was counted.
    pub worker_id: WorkerId,
    /// What was counted.
    pub kind: ActivityKind,
    /// The count when it was noticed.
    #[schema(example = 61)]
    pub count: u32,
    /// The threshold that it exceeded.
    #[schema(example = 60)]
    pub threshold: u32,
    /// Whether the worker has to wait for a confirmation, or had to.
    pub held: bool,
}

/// A day on which a worker's access was unusual, with the confirmation that the work needs it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct UnusualAccess {
    /// The id of the unusual access.
    pub id: UnusualAccessId,
    /// The agency of the worker at that time.
    pub agency_id: AgencyId,
    /// The worker, the count and the threshold.
    #[serde(flatten)]
    pub what: UnusualCount,
    /// When it was noticed.
    pub at: DateTime<Utc>,
    /// The colleague who confirmed it. Absent until it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<WorkerId>,
    /// When it was confirmed. Absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The reason for the confirmation. Absent until it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_because: Option<String>,
}

/// The confirmation that a colleague's work needs unusual access.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfirmation {
    /// The reason. Do not name a child.
    #[schema(example = "Reviews all cases of a colleague who has left.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl NewConfirmation {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}
