//! The audit: one event for every decision.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgencyId, AuditEventId, ChildId, Purpose, SessionId, WorkerId};

crate::codes! {
    /// The outcome of a decision.
    pub enum AuditOutcome {
        /// It was allowed and done.
        Permitted = "permitted",
        /// It was not allowed.
        Refused = "refused",
        /// It was allowed but could not be done; nothing changed.
        Failed = "failed",
        /// It had been done before; the first result was returned again.
        Replayed = "replayed",
    }
}

/// One event of the audit. It contains only ids and codes: never a name, a date of birth or a word of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEvent {
    /// The id of the event.
    pub id: AuditEventId,
    /// When the decision was made.
    pub at: DateTime<Utc>,
    /// The worker. Absent if the caller could not be identified, for example at a sign-in with an unknown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<WorkerId>,
    /// The worker's agency. Absent if the caller could not be identified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency_id: Option<AgencyId>,
    /// The worker's roles, comma-separated.
    pub roles: String,
    /// The session. Absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The action that was requested.
    #[schema(example = "view_child")]
    pub action: String,
    /// The kind of thing it was about.
    #[schema(example = "child")]
    pub subject_kind: String,
    /// The id of the thing it was about. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<uuid::Uuid>,
    /// The child whom it concerns. Absent if it concerns no child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_id: Option<ChildId>,
    /// The stated purpose. Absent if none was stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The policies that decided, comma-separated.
    pub policies: String,
    /// The groups of fields that were granted, comma-separated.
    pub fields: String,
    /// The outcome.
    pub outcome: AuditOutcome,
    /// The id of the request.
    pub request_id: uuid::Uuid,
}

impl AuditEvent {
    /// The same event for an action that was allowed and done.
    #[must_use]
    pub fn permitted(self) -> Self {
        Self { outcome: AuditOutcome::Permitted, ..self }
    }
}
