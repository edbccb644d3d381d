//! Roles that one administrator proposes and a second person confirms.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use crate::accounts::worker::Role;
use crate::vocabulary::check::{LABEL, SENTENCE};
use crate::{AgencyId, At, Check, RoleGrantId, Violations, WorkerId};

/// For how many days a proposal can be decided about.
pub const DAYS_TO_DECIDE: i64 = 14;

/// For how many days a confirmed role can be taken up.
pub const DAYS_TO_TAKE_UP: i64 = 14;

/// How many proposals can be decided about in one request.
pub const DECISIONS_AT_ONCE: usize = 100;

crate::codes! {
    /// Where a proposed role stands.
    pub enum RoleGrantStatus {
        /// Waits for a second person.
        Proposed = "proposed",
        /// Confirmed. The worker has the role, or takes it up with the code that the second person hands over.
        Approved = "approved",
        /// Not confirmed.
        Declined = "declined",
        /// Nobody decided in time, and nobody can any more.
        RanOut = "ran_out",
    }
}

crate::codes! {
    /// What the second person says.
    pub enum RoleGrantAnswer {
        /// This person works there and needs the role.
        Approve = "approve",
        /// They do not, or you cannot tell.
        Decline = "decline",
    }
}

/// A role that a worker should be given.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoleGrant {
    /// Any but `board_analyst`, which one administrator grants.
    pub role: Role,
    /// Why the worker needs it.
    #[schema(example = "Named as the agency's designated lead from December.", min_length = 1, max_length = 1000)]
    pub reason: String,
}

impl NewRoleGrant {
    /// A role that needs two, and a reason.
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

/// What the second person decides.
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
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<WorkerId>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<DateTime<Utc>>,
    /// Why they decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_because: Option<String>,
    /// Until when the worker can take the confirmed role up. Absent where they have it, or cannot any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_up_until: Option<DateTime<Utc>>,
    /// Given once, to whoever confirmed: hand it to the worker in person, or by a way that the proposer cannot read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<HandoverCode>,
}

impl RoleGrant {
    /// When what was proposed at an instant can no longer be decided about.
    pub fn runs_out_at(proposed_at: At) -> At {
        proposed_at + Duration::days(DAYS_TO_DECIDE)
    }

    /// With the code for its owner, where there is one, and until when it is good.
    #[must_use]
    pub fn handed_over(self, handover: Option<(HandoverCode, At)>) -> Self {
        let (code, taken_up_until) = handover.unzip();
        Self { taken_up_until, code, ..self }
    }

    /// As it stands now: what nobody decided in time has run out.
    #[must_use]
    pub fn as_of(self, now: At) -> Self {
        let ran_out = self.status == RoleGrantStatus::Proposed && self.runs_out_at <= now;
        Self { status: if ran_out { RoleGrantStatus::RanOut } else { self.status }, ..self }
    }
}

/// What whoever confirmed a role hands to its owner, so that nobody who only knows the account's password has it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(value_type = String, example = "JBSWY3DPEHPK3PXP")]
pub struct HandoverCode(pub String);

impl std::fmt::Debug for HandoverCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandoverCode(…)")
    }
}

/// With what a worker takes up the roles that were confirmed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeUp {
    /// The code that whoever confirmed handed over.
    pub code: HandoverCode,
}

impl TakeUp {
    /// A code that could be one.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("code", &self.code.0, LABEL))
    }
}

/// What the second person decides about one of several proposals.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantChoice {
    /// The proposal.
    pub grant_id: RoleGrantId,
    /// What is decided about it.
    pub decision: RoleGrantDecision,
}

/// Decisions about several proposals.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleGrantChoices {
    /// 1 to 100, each about another proposal.
    #[schema(min_items = 1, max_items = 100)]
    pub decisions: Vec<RoleGrantChoice>,
}

impl RoleGrantChoices {
    /// Bounded, with a reason for each, and none twice.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            let number = self.decisions.len();
            let bounded = (1..=DECISIONS_AT_ONCE).contains(&number);
            check.rule("decisions", bounded, "must have 1 to 100 items; send the rest in another request");
            let proposals: HashSet<_> = self.decisions.iter().map(|choice| choice.grant_id).collect();
            check.rule("decisions", proposals.len() == number, "names one proposal twice; name each once");
            for (index, choice) in self.decisions.iter().take(DECISIONS_AT_ONCE).enumerate() {
                let field = format!("decisions/{index}/decision");
                check.within(&field, |check| check.text("because", &choice.decision.because, SENTENCE));
            }
        })
    }
}
