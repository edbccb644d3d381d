//! The staff of the agencies.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::LABEL;
use crate::{AgencyId, Check, Version, Violations, WorkerId, accounts::password};

crate::codes! {
    /// The role of a worker. Rights come from a role together with a relationship to a child, never from a role alone.
    pub enum Role {
        /// Works with children: social worker, police officer, nurse.
        Practitioner = "practitioner",
        /// Oversees the work of an agency's practitioners.
        Supervisor = "supervisor",
        /// Answers for an agency's withheld recordings: designated or named lead, Caldicott Guardian.
        SafeguardingLead = "safeguarding_lead",
        /// Draws statistics for the board. Never sees a record.
        BoardAnalyst = "board_analyst",
        /// Sees who accessed records, but not what the records say.
        Auditor = "auditor",
        /// Manages agencies and accounts. Never sees a record.
        Administrator = "administrator",
    }
}

impl Role {
    /// Whether two people must grant the role: it opens records, shows who accessed them, or grants roles.
    pub const fn needs_two(self) -> bool {
        !matches!(self, Self::BoardAnalyst)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Roles(u8);

impl Roles {
    /// Whether the set contains `role`.
    pub fn contains(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// The roles, in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.contains(*role))
    }

    /// The roles as stored in the audit: their codes, comma-separated.
    pub fn to_text(self) -> String {
        self.iter().map(Role::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads the text that [`Roles::to_text`] wrote. An unknown word is an error: a right must not vanish silently.
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
    /// Whether a worker may sign in.
    pub enum WorkerState {
        /// May sign in.
        Active = "active",
        /// May not sign in for now.
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

/// The details of a worker, as an administrator enters them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerDetails {
    /// The agency that employs the worker.
    pub agency_id: AgencyId,
    /// The name that colleagues know, at most 200 characters.
    #[schema(example = "Amira Dunn", min_length = 1, max_length = 200)]
    pub display_name: String,
    /// The worker's post, at most 200 characters.
    #[schema(example = "Social worker", min_length = 1, max_length = 200)]
    pub job_title: String,
    /// The worker's roles. A worker without roles can only manage their own account. Two people grant every role except
    /// `board_analyst`: a role that the worker does not have yet is proposed, and listed in `proposed_roles`.
    pub roles: Vec<Role>,
    /// Whether the worker may sign in. `active` if left out.
    #[serde(default = "active")]
    pub state: WorkerState,
    /// The worker's manager. A worker cannot review emergency access by their manager or their staff. Absent if none is
    /// recorded.
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
            "combines work with children and a role that must not see records; use a second account for one of them",
        );
    }

    /// Checks the texts, and that no account both works with records and oversees them.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| self.rules(check))
    }

    /// The details that one administrator can set, given the `present` details (none for a new account), and the roles
    /// that a second person has to confirm. A worker who moves to another agency, or comes back, keeps no role. No role
    /// is proposed for a worker who has left.
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

/// A worker to add, with the first password.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorker {
    /// The name to sign in with: 3 to 64 of a-z, 0-9, dot, hyphen.
    #[schema(example = "amira.dunn", pattern = "^[a-z0-9][a-z0-9.-]{2,63}$", min_length = 3, max_length = 64)]
    pub sign_in_name: String,
    /// The first password, which the worker must replace: 15 to 128 characters, any, in addition to the names of the
    /// worker and the agency.
    #[schema(example = "four ordinary words together", min_length = 15, max_length = 128)]
    pub password: String,
    /// The worker's details.
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

    /// Checks the first password against the name of this agency.
    pub fn validate_password(&self, agency: &str) -> Result<(), Violations> {
        let names = [self.sign_in_name.as_str(), &self.details.display_name, agency];
        password::validate("password", &self.password, &names)
    }
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Worker {
    /// The id of the worker.
    pub id: WorkerId,
    /// The name with which the worker signs in.
    pub sign_in_name: String,
    /// The worker's details.
    pub details: WorkerDetails,
    /// Roles that have no effect yet: a second person has not confirmed them, or the worker has not taken them up.
    /// Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proposed_roles: Vec<Role>,
    /// When the worker was added.
    pub recorded_at: DateTime<Utc>,
    /// The version of the account.
    pub version: Version,
}

/// The authenticated person, as proved by an access token. Their agency, roles and state are read from the database at
/// every action, and never taken from the token.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The worker.
    pub worker: WorkerId,
    /// The session of the token.
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
