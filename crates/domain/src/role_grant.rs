//! Roles that one administrator proposes and another grants.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::check::SENTENCE;
use crate::worker::Role;
use crate::{AgencyId, At, Check, RoleGrantId, Violations, WorkerId};

/// For how many days a proposal can be decided about.
pub const DAYS_TO_DECIDE: i64 = 14;

crate::codes! {
    /// Where a proposed role stands.
    pub enum RoleGrantStatus {
        /// Waits for another administrator.
        Proposed = "proposed",
        /// The worker was given the role.
        Approved = "approved",
        /// The worker was not.
        Declined = "declined",
        /// Nobody decided in time, and nobody can any more.
        RanOut = "ran_out",
    }
}

crate::codes! {
    /// What the other administrator says.
    pub enum RoleGrantAnswer {
        /// Give the role.
        Approve = "approve",
        /// Do not.
        Decline = "decline",
    }
}

/// A role that a worker should be given.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleGrant {
    /// One of those that two administrators grant: `safeguarding_lead`, `auditor`, `administrator`.
    pub role: Role,
    /// Why the worker needs it.
    #[schema(example = "Named as the agency's designated lead from December.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl NewRoleGrant {
    /// A role that needs two, and a reason.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            check.rule("role", self.role.needs_two(), "is granted by one; add it with PUT /v1/workers/{worker}");
            check.text("reason", &self.reason, SENTENCE);
        })
    }
}

/// What another administrator decides.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantDecision {
    /// The answer.
    pub answer: RoleGrantAnswer,
    /// Why.
    #[schema(example = "The head of service confirmed it by telephone.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl RoleGrantDecision {
    /// A reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

/// A role that was proposed for a worker, and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleGrant {
    /// Its id.
    pub id: RoleGrantId,
    /// The worker who should have the role.
    pub worker_id: WorkerId,
    /// The agency for which it was proposed.
    pub agency_id: AgencyId,
    /// The role.
    pub role: Role,
    /// Where it stands.
    pub status: RoleGrantStatus,
    /// Why the worker needs it.
    pub reason: String,
    /// The administrator who proposed it.
    pub proposed_by: WorkerId,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// From when on nobody can decide any more.
    pub runs_out_at: DateTime<Utc>,
    /// The administrator who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why they decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_because: Option<String>,
}

impl RoleGrant {
    /// When what was proposed at an instant can no longer be decided about.
    pub fn runs_out_at(proposed_at: At) -> At {
        proposed_at + Duration::days(DAYS_TO_DECIDE)
    }

    /// As it stands now: what nobody decided in time has run out.
    #[must_use]
    pub fn as_of(self, now: At) -> Self {
        let ran_out = self.status == RoleGrantStatus::Proposed && self.runs_out_at <= now;
        Self { status: if ran_out { RoleGrantStatus::RanOut } else { self.status }, ..self }
    }
}
