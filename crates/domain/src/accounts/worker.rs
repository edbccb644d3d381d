//! The staff of the agencies.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::LABEL;
use crate::{AgencyId, Check, Version, Violations, WorkerId, accounts::password};

crate::codes! {
    /// What a worker may be. Rights come from a role together with a relationship, never from a role alone.
    pub enum Role {
        /// Works with children: social worker, police officer, nurse.
        Practitioner = "practitioner",
        /// Oversees the work of an agency's practitioners.
        Supervisor = "supervisor",
        /// Holds an agency's confidences: designated or named lead, Caldicott Guardian.
        SafeguardingLead = "safeguarding_lead",
        /// Draws statistics for the board. Never sees a row.
        BoardAnalyst = "board_analyst",
        /// Sees who looked, never what at.
        Auditor = "auditor",
        /// Keeps agencies and accounts. Never sees a record.
        Administrator = "administrator",
    }
}

impl Role {
    /// Whether two people grant it: it opens records, shows who looked at them, or grants roles.
    pub const fn needs_two(self) -> bool {
        !matches!(self, Self::BoardAnalyst)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Roles(u8);

impl Roles {
    /// Whether `role` is among them.
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// The roles, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }

    /// The roles as written in the audit: their codes, comma-separated.
    pub fn to_text(self) -> String {
        self.iter().map(Role::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads what [`Roles::to_text`] wrote. Unknown words are an error: a right must not vanish silently.
    pub fn from_text(text: &str) -> Result<Self, crate::vocabulary::codes::UnknownCode> {
        text.split(',').filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | (1 << role as u8)))
    }
}

crate::codes! {
    /// Whether a worker may act.
    pub enum WorkerState {
        /// May sign in.
        Active = "active",
        /// May not, for now.
        Suspended = "suspended",
        /// Has left the agency.
        Left = "left",
    }
}

/// Which workers a list shows. Every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct WorkerFilter {
    /// Only workers of this agency.
    pub agency: Option<AgencyId>,
    /// Only workers whose display name contains this, in capitals or not.
    pub name: Option<String>,
}

impl WorkerFilter {
    /// Whether a worker of this name is listed.
    pub fn names(&self, display_name: &str) -> bool {
        let contains = |part: &String| display_name.to_lowercase().contains(&part.trim().to_lowercase());
        self.name.as_ref().is_none_or(contains)
    }
}

/// What an administrator says of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerDetails {
    /// The agency that employs the worker.
    pub agency_id: AgencyId,
    /// The name colleagues know, at most 200 characters.
    #[schema(example = "Amira Dunn", min_length = 1, max_length = 200)]
    pub display_name: String,
    /// The post held, at most 200 characters.
    #[schema(example = "Social worker", min_length = 1, max_length = 200)]
    pub job_title: String,
    /// What the worker may be. Without any, they look after their own account. Two people grant every role but
    /// `board_analyst`: one that the worker does not have yet is proposed, and shown in `proposed_roles`.
    pub roles: Vec<Role>,
    /// Whether the worker may act.
    #[serde(default = "active")]
    pub state: WorkerState,
    /// Who manages the worker. Nobody reviews the emergency access of their own manager or staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervisor_id: Option<WorkerId>,
}

fn active() -> WorkerState {
    WorkerState::Active
}

impl WorkerDetails {
    fn rules(&self, check: &mut Check) {
        check.name("display_name", &self.display_name, LABEL);
        check.name("job_title", &self.job_title, LABEL);
        check.distinct("roles", &self.roles);
        let closed = [Role::BoardAnalyst, Role::Auditor, Role::Administrator];
        let works_with_records = self.roles.iter().any(|role| !closed.contains(role));
        check.rule(
            "roles",
            !(works_with_records && self.roles.iter().any(|role| closed.contains(role))),
            "mixes work with children and a role that must not see records; use a second account",
        );
    }

    /// Bounded texts, and no account that both works with records and oversees them.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| self.rules(check))
    }

    /// What one administrator can say of an account of which `present` is said (of a new one, nothing is), and the
    /// roles that a second person has to confirm. A worker who moves to another agency, or comes back, keeps none; for
    /// one who has left, none is proposed.
    pub fn said_by_one(&self, present: Option<&Self>) -> (Self, Vec<Role>) {
        let stays = present.filter(|present| {
            let returns = present.state == WorkerState::Left && self.state != WorkerState::Left;
            present.agency_id == self.agency_id && !returns
        });
        let held = |role: &Role| stays.is_some_and(|present| present.roles.contains(role));
        let (roles, proposed) = self.roles.iter().partition(|role| !role.needs_two() || held(role));
        let proposed = if self.state == WorkerState::Left { Vec::new() } else { proposed };
        (Self { roles, ..self.clone() }, proposed)
    }
}

/// A worker to be added, with the first password.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorker {
    /// The name to sign in with: 3 to 64 of a-z, 0-9, dot, hyphen.
    #[schema(example = "amira.dunn", pattern = "^[a-z0-9][a-z0-9.-]{2,63}$", min_length = 3, max_length = 64)]
    pub sign_in_name: String,
    /// The first password, which the worker has to replace: 15 to 128 characters, any, besides the names of the worker
    /// and the agency.
    #[schema(example = "four ordinary words together", min_length = 15, max_length = 128)]
    pub password: String,
    /// What is said of the worker.
    pub details: WorkerDetails,
}

impl std::fmt::Debug for NewWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewWorker").field("details", &self.details).finish_non_exhaustive()
    }
}

impl NewWorker {
    /// As [`WorkerDetails::validate`], with the rules for names and passwords.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            let name = &self.sign_in_name;
            let first_is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
            if check.visible("sign_in_name", name) {
                check.rule(
                    "sign_in_name",
                    (3..=64).contains(&name.len()) && first_is_plain && name.chars().all(plain),
                    "must be 3 to 64 of a-z, 0-9, dot and hyphen, and begin with a letter or digit",
                );
            }
            password::rules(check, "password", &self.password, &[name, &self.details.display_name]);
            check.within("details", |check| self.details.rules(check));
        })
    }

    /// Whether the first password is one at this agency.
    pub fn validate_password(&self, agency: &str) -> Result<(), Violations> {
        let names = [self.sign_in_name.as_str(), &self.details.display_name, agency];
        password::validate("password", &self.password, &names)
    }
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Worker {
    /// Their id.
    pub id: WorkerId,
    /// The name they sign in with.
    pub sign_in_name: String,
    /// What is said of them.
    pub details: WorkerDetails,
    /// Roles that have no effect yet: a second person has not confirmed them, or the worker has not taken them up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed_roles: Vec<Role>,
    /// When they were added.
    pub recorded_at: DateTime<Utc>,
    /// The version of their account.
    pub version: Version,
}

/// The authenticated person acting, as proved by an access token. What they are — agency, roles, whether
/// they may still act — is read afresh at every action and never taken from the token.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The worker.
    pub worker: WorkerId,
    /// The session the token belongs to.
    pub session: crate::SessionId,
    /// The request, for the audit.
    pub request: uuid::Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_survive_their_written_form_and_unknown_roles_are_an_error() {
        let roles: Roles = [Role::Supervisor, Role::Practitioner].into_iter().collect();
        assert_eq!(roles.to_text(), "practitioner,supervisor");
        assert_eq!(Roles::from_text(&roles.to_text()), Ok(roles));
        assert!(Roles::from_text("practitioner,king").is_err());
    }
}
