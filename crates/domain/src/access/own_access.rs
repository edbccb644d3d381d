//! What an actor may do to a child's record, in plain words.

use serde::{Deserialize, Serialize};

use crate::ChildId;
use crate::audit::event::AuditEvent;

/// A decision about a child's record, as the access history shows it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccessEvent {
    /// The decision.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// Nobody was told of this look of police, and others do not see it here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notices_suppressed: bool,
}

/// A rule as people read it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rule {
    /// What it says.
    pub title: String,
    /// Why.
    pub because: String,
}

/// Something the actor may do.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AllowedAction {
    /// Its name, as in the access history.
    #[schema(example = "view_chronology")]
    pub action: String,
    /// The rules that allow it.
    pub because: Vec<Rule>,
}

/// What an actor may do to a child's record now. What is not listed is for others, or for nobody.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Access {
    /// The child.
    pub child_id: ChildId,
    /// How the actor stands to the child.
    pub standing: Vec<String>,
    /// What they may do, with a stated purpose, and a fresh second factor where one is needed.
    pub may: Vec<AllowedAction>,
}
