//! Front-door duty: a worker decides for their agency, for a time, about the referrals that it was sent.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgencyId, At, Check, FrontDoorDutyId, Violations, WorkerId};

/// The longest duty that is given at once, in days.
pub const LONGEST_DUTY_DAYS: i64 = 14;
/// How far ahead a duty may be planned, in days.
pub const PLANNED_AHEAD_DAYS: i64 = 28;
/// A start that lies this far back at most is taken for now: clocks differ.
const START_BEHIND: Duration = Duration::minutes(5);

/// A front-door duty to be given.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFrontDoorDuty {
    /// A colleague of your agency who works with records.
    pub worker_id: WorkerId,
    /// When it starts: at most 28 days ahead. Now, if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends: at most 14 days after its start. Give another duty to renew it.
    pub ends_at: DateTime<Utc>,
}

impl NewFrontDoorDuty {
    /// From when it counts: never from before it was given.
    pub fn from(&self, now: At) -> At {
        self.starts_at.map_or(now, |start| start.max(now))
    }

    /// A start near enough, and an end after it.
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
    /// Its id.
    pub id: FrontDoorDutyId,
    /// The agency.
    pub agency_id: AgencyId,
    /// The worker on duty.
    pub worker_id: WorkerId,
    /// When it starts or started.
    pub starts_at: DateTime<Utc>,
    /// When it ends, unless it was ended before.
    pub ends_at: DateTime<Utc>,
    /// The supervisor or safeguarding lead who gave it.
    pub given_by: WorkerId,
    /// When they gave it.
    pub given_at: DateTime<Utc>,
    /// When it was ended before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who ended it. Absent where it ended by command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<WorkerId>,
}
