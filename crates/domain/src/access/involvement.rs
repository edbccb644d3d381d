//! Involvement: a worker's relationship to a child, with a reason and an end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{AgencyId, At, Check, ChildId, EntryId, InvolvementId, Version, Violations, WorkerId};

/// How long duty lasts that a worker claims, in hours.
pub const DUTY_HOURS: i64 = 12;
/// The longest involvement that can be set at once, in days. It can be renewed or started again.
const LONGEST_DAYS: i64 = 366;
/// How long the worker who begins a record is involved unless it is renewed, in days.
pub const BEGINNER_DAYS: i64 = 90;
/// How long before the end of an allocation the worker, and the people who may renew it, are notified, in days.
pub const NOTIFIED_DAYS_BEFORE_END: i64 = 14;

crate::codes! {
    /// A worker's relationship to a child.
    pub enum InvolvementKind {
        /// The worker in charge of an agency's work with the child.
        Allocated = "allocated",
        /// A member of the team around the child.
        Team = "team",
        /// On duty for the child's agency, for a shift.
        Duty = "duty",
        /// Invited to a meeting about the child.
        Meeting = "meeting",
        /// Searching for the child, who is missing.
        MissingResponse = "missing_response",
        /// Examining the record in an audit of cases.
        AuditCase = "audit_case",
    }
}

impl InvolvementKind {
    /// The longest time that may be set at once, in days.
    pub const fn longest_days(self) -> i64 {
        match self {
            Self::Allocated | Self::Team => LONGEST_DAYS,
            Self::Duty => 1,
            Self::MissingResponse => 7,
            Self::Meeting => 14,
            Self::AuditCase => 30,
        }
    }
}

/// A worker's claim of duty for a child.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimDuty {
    /// Why you take duty.
    #[schema(example = "Covering for the allocated worker, who is ill.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl std::fmt::Debug for ClaimDuty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClaimDuty(…)")
    }
}

impl ClaimDuty {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("reason", &self.reason, SENTENCE))
    }
}

/// An involvement to start.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvolvement {
    /// The worker to involve.
    pub worker_id: WorkerId,
    /// The worker's relationship to the child.
    pub kind: InvolvementKind,
    /// When it ends, unless it is ended or renewed before. Not after your allocation ends, unless you are a supervisor
    /// or safeguarding lead of the worker's agency. At most 366 days from now if allocated or in the team, 1 on duty, 7
    /// to search for a missing child, 14 for a meeting, 30 in an audit.
    pub ends_at: DateTime<Utc>,
    /// Why the worker needs to be involved.
    #[schema(
        example = "Named school nurse; asked by the child to be part of the plan.",
        min_length = 1,
        max_length = 1000
    )]
    pub reason: String,
}

impl std::fmt::Debug for NewInvolvement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewInvolvement").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl NewInvolvement {
    /// Checks the end against the longest time for the kind, and that a reason is given.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.rule("ends_at", self.ends_at > now, "has passed; send an instant in the future");
            let longest = self.kind.longest_days();
            if self.ends_at > now + chrono::Duration::days(longest) {
                let kind = self.kind;
                check.fault("ends_at", format!("must be at most {longest} day(s) from now for {kind}"));
            }
            check.text("reason", &self.reason, SENTENCE);
        })
    }
}

/// The end of an involvement before its time.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndInvolvement {
    /// Why it ends.
    #[schema(example = "Handed over to a new worker after a visit together.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl std::fmt::Debug for EndInvolvement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EndInvolvement(…)")
    }
}

impl EndInvolvement {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("reason", &self.reason, SENTENCE))
    }
}

/// A later end of an involvement.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewInvolvement {
    /// The new end. The limit is the same as for starting an involvement of this kind. If the acceptance of a referral
    /// made the involvement, the limit is the length of such an acceptance.
    pub ends_at: DateTime<Utc>,
    /// Why the worker is still needed.
    #[schema(example = "The assessment is waiting for the paediatric report.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl std::fmt::Debug for RenewInvolvement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RenewInvolvement(…)")
    }
}

impl RenewInvolvement {
    /// Checks that the end is in the future and a reason is given.
    pub fn validate(&self, now: At) -> Result<(), Violations> {
        Check::all(|check| {
            check.rule("ends_at", self.ends_at > now, "has passed; send an instant in the future");
            check.text("reason", &self.reason, SENTENCE);
        })
    }
}

/// A renewal of an involvement.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Renewal {
    /// The supervisor or safeguarding lead who renewed it.
    pub renewed_by: WorkerId,
    /// When it was renewed.
    pub renewed_at: DateTime<Utc>,
    /// The end before the renewal.
    pub ended_at_before: DateTime<Utc>,
    /// The end after the renewal.
    pub ends_at: DateTime<Utc>,
    /// Why it was renewed.
    pub reason: String,
}

impl std::fmt::Debug for Renewal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewal(…)")
    }
}

/// A worker's relationship to a child.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Involvement {
    /// The id of the involvement.
    pub id: InvolvementId,
    /// The child.
    pub child_id: ChildId,
    /// The worker.
    pub worker_id: WorkerId,
    /// The agency to which the worker belonged when the involvement started.
    pub agency_id: AgencyId,
    /// The worker's relationship to the child.
    pub kind: InvolvementKind,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ends or ended.
    pub ends_at: DateTime<Utc>,
    /// Why it was started.
    pub reason: String,
    /// Why it was ended before its time. Absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// The referral whose acceptance made this allocation. It ends with the outcome of the referral. Absent for other
    /// involvements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral_id: Option<EntryId>,
    /// The renewals, earliest first. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renewals: Vec<Renewal>,
    /// The version of the involvement.
    pub version: Version,
}
