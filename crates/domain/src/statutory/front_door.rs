//! Front-door duty: for a time, a worker decides the referrals that were sent to their agency.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgencyId, At, Check, FrontDoorDutyId, Violations, WorkerId};

/// The longest duty that can be given at once, in days.
pub const LONGEST_DUTY_DAYS: i64 = 14;
/// How far ahead a duty may be planned, in days.
pub const PLANNED_AHEAD_DAYS: i64 = 28;
/// A start at most this long ago counts as now: clocks differ.
const START_BEHIND: Duration = Duration::minutes(5);

/// A front-door duty to give.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFrontDoorDuty {
    /// A colleague of your agency who works with records.
    pub worker_id: WorkerId,
    /// When it starts, at most 28 days ahead. Now, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends, at most 14 days after its start. To renew it, give another duty.
    pub ends_at: DateTime<Utc>,
}

impl NewFrontDoorDuty {
    /// When the duty begins to count: never before it was given.
    pub fn from(&self, now: At) -> At {
        self.starts_at.map_or(now, |start| start.max(now))
    }

    /// Checks the start and the end.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            if let Some(start) = self.starts_at {
                check.rule("starts_at", start >= now - START_BEHIND, "has passed; leave it out to start now");
                if start - now > Duration::days(PLANNED_AHEAD_DAYS) {
                    check.fault("starts_at", format!("is more than {PLANNED_AHEAD_DAYS} days ahead; plan it later"));
                }
            }
            let start = self.from(now);
            check.rule("ends_at", self.ends_at > start, "must be after the start and in the future");
            if self.ends_at - start > Duration::days(LONGEST_DUTY_DAYS) {
                check
                    .fault("ends_at", format!("is more than {LONGEST_DUTY_DAYS} days after the start; renew it later"));
            }
        })
    }
}

/// A front-door duty.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FrontDoorDuty {
    /// The id of the duty.
    pub id: FrontDoorDutyId,
    /// The agency for which the worker is on duty.
    pub agency_id: AgencyId,
    /// The worker on duty.
    pub worker_id: WorkerId,
    /// When it starts or started.
    pub starts_at: DateTime<Utc>,
    /// When it ends, unless it was ended before.
    pub ends_at: DateTime<Utc>,
    /// The supervisor or safeguarding lead who gave it.
    pub given_by: WorkerId,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// When it was ended before its time. Absent if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The worker who ended it. Absent if it was not ended before its time, or was ended from the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<WorkerId>,
}
