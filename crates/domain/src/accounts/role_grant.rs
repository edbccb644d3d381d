//! Roles that one administrator proposes and a second person confirms.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::accounts::worker::Role;
use crate::vocabulary::check::{LABEL, SENTENCE};
use crate::{AgencyId, At, Check, RoleGrantId, Violations, WorkerId};

/// The days in which a proposal can be decided.
pub const DAYS_TO_DECIDE: i64 = 14;

/// The days in which a confirmed role can be taken up.
pub const DAYS_TO_TAKE_UP: i64 = 14;

/// The most proposals that can be decided in one request.
pub const DECISIONS_AT_ONCE: usize = 100;

crate::codes! {
    /// The status of a proposed role.
    pub enum RoleGrantStatus {
        /// Waits for a second person.
        Proposed = "proposed",
        /// Confirmed. The worker has the role, or takes it up with the code from the person who confirmed it.
        Approved = "approved",
        /// Declined.
        Declined = "declined",
        /// Not decided in time. It can no longer be decided.
        RanOut = "ran_out",
    }
}

crate::codes! {
    /// The second person's answer.
    pub enum RoleGrantAnswer {
        /// The worker works there and needs the role.
        Approve = "approve",
        /// The worker does not need the role, or the second person cannot confirm it.
        Decline = "decline",
    }
}

/// A role to propose for a worker.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleGrant {
    /// Any role except `board_analyst`, which one administrator grants alone.
    pub role: Role,
    /// Why the worker needs the role.
    #[schema(example = "Named as the agency's designated lead from December.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl NewRoleGrant {
    /// Checks that the role needs two people and that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            check.rule(
                "role",
                self.role.needs_two(),
                "is granted by one administrator; add it with PUT /v1/workers/{worker}",
            );
            check.text("reason", &self.reason, SENTENCE);
        })
    }
}

/// The second person's decision.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantDecision {
    /// Whether the role is confirmed or declined.
    pub answer: RoleGrantAnswer,
    /// The reason for the decision.
    #[schema(example = "The head of service confirmed it by telephone.", min_length = 1, max_length = 1000)]
    pub because: String,
}

impl RoleGrantDecision {
    /// Checks that a reason is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("because", &self.because, SENTENCE))
    }
}

/// A role that was proposed for a worker, with its outcome.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleGrant {
    /// The id of the proposal.
    pub id: RoleGrantId,
    /// The worker for whom the role is proposed.
    pub worker_id: WorkerId,
    /// The worker's agency when it was proposed.
    pub agency_id: AgencyId,
    /// The role.
    pub role: Role,
    /// The status of the proposal.
    pub status: RoleGrantStatus,
    /// Why the worker needs the role.
    pub reason: String,
    /// The administrator who proposed it.
    pub proposed_by: WorkerId,
    /// When it was proposed.
    pub proposed_at: DateTime<Utc>,
    /// When it expires if it is not decided.
    pub runs_out_at: DateTime<Utc>,
    /// The second person. Absent until it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When it was decided. Absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// The reason for the decision. Absent until it is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_because: Option<String>,
    /// When the confirmed role can no longer be taken up. Absent if the worker has the role already or can no longer
    /// take it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_up_until: Option<DateTime<Utc>>,
    /// The code for the worker. Returned once, to the person who confirmed. Give it to the worker in person, or in a
    /// way that the proposer cannot read. Absent if no code is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<HandoverCode>,
}

impl RoleGrant {
    /// When a proposal made at an instant can no longer be decided.
    pub fn runs_out_at(proposed_at: At) -> At {
        proposed_at + Duration::days(DAYS_TO_DECIDE)
    }

    /// Adds the code for the worker, if there is one, and until when it is valid.
    #[must_use]
    pub fn handed_over(self, handover: Option<(HandoverCode, At)>) -> Self {
        let (code, taken_up_until) = handover.unzip();
        Self { taken_up_until, code, ..self }
    }

    /// The status now: a proposal that was not decided in time has expired.
    #[must_use]
    pub fn as_of(self, now: At) -> Self {
        let ran_out = self.status == RoleGrantStatus::Proposed && self.runs_out_at <= now;
        Self { status: if ran_out { RoleGrantStatus::RanOut } else { self.status }, ..self }
    }
}

/// The code from the person who confirmed a role. It proves that the worker, and not only a person who knows the
/// account's password, takes up the role.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(value_type = String, example = "JBSWY3DPEHPK3PXP")]
pub struct HandoverCode(pub String);

impl std::fmt::Debug for HandoverCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandoverCode(…)")
    }
}

/// The code with which a worker takes up confirmed roles.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeUp {
    /// The code from the person who confirmed the role.
    pub code: HandoverCode,
}

impl TakeUp {
    /// Checks the form of the code.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("code", &self.code.0, LABEL))
    }
}

/// One decision in a request with several.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantChoice {
    /// The proposal.
    pub grant_id: RoleGrantId,
    /// The decision.
    pub decision: RoleGrantDecision,
}

/// Decisions about several proposals.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantChoices {
    /// 1 to 100 decisions, each about a different proposal.
    #[schema(min_items = 1, max_items = 100)]
    pub decisions: Vec<RoleGrantChoice>,
}

impl RoleGrantChoices {
    /// Checks the number of decisions, that each has a reason, and that no proposal is named twice.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            let number = self.decisions.len();
            let bounded = (1..=DECISIONS_AT_ONCE).contains(&number);
            check.rule("decisions", bounded, "must have 1 to 100 items; send the rest in another request");
            let proposals: HashSet<_> = self.decisions.iter().map(|choice| choice.grant_id).collect();
            check.rule("decisions", proposals.len() == number, "names a proposal twice; send each once");
            for (index, choice) in self.decisions.iter().take(DECISIONS_AT_ONCE).enumerate() {
                let field = format!("decisions/{index}/decision");
                check.within(&field, |check| check.text("because", &choice.decision.because, SENTENCE));
            }
        })
    }
}
