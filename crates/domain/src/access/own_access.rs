//! What an actor may do to a child's record, and why.

use serde::{Deserialize, Serialize};

use crate::ChildId;
use crate::audit::event::AuditEvent;

/// An access to a child's record, as the access history shows it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccessEvent {
    /// The audit event.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// Whether the notices of this access were suppressed. Absent if not. Only auditors and the people who oversee the
    /// officer see such an access.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notices_suppressed: bool,
}

/// A policy, in words.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rule {
    /// What the policy says.
    pub title: String,
    /// Why the policy exists.
    pub because: String,
}

/// An action that the actor may take.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AllowedAction {
    /// The name of the action, as in the access history.
    #[schema(example = "view_chronology")]
    pub action: String,
    /// The policies that allow it.
    pub because: Vec<Rule>,
}

/// What an actor may do to a child's record now. Actions that are not listed are not allowed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Access {
    /// The child.
    pub child_id: ChildId,
    /// The actor's relationships to the child.
    pub standing: Vec<String>,
    /// The actions that are allowed, given a stated purpose and, where one is needed, a fresh second factor.
    pub may: Vec<AllowedAction>,
}
