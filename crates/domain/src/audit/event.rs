//! The audit: one event for every decision, and what those who may look at it see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{AgencyId, AuditEventId, ChildId, Purpose, SessionId, WorkerId};

crate::codes! {
    /// What came of a decision.
    pub enum AuditOutcome {
        /// It was allowed and done.
        Permitted = "permitted",
        /// It was not allowed.
        Refused = "refused",
        /// It was allowed and could not be done; nothing changed.
        Failed = "failed",
        /// It had been done before; the first answer was given again.
        Replayed = "replayed",
    }
}

/// One line of the audit. Carries ids and codes only: never a name, a date of birth or a word of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AuditEvent {
    /// Its id.
    pub id: AuditEventId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who. Absent where nobody could be identified, such as a sign-in with an unknown name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker_id: Option<WorkerId>,
    /// Their agency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agency_id: Option<AgencyId>,
    /// Their roles, comma-separated.
    pub roles: String,
    /// Their session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// What they asked to do.
    #[schema(example = "view_child")]
    pub action: String,
    /// The kind of thing it was about.
    #[schema(example = "child")]
    pub subject_kind: String,
    /// Which one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_id: Option<uuid::Uuid>,
    /// The child it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_id: Option<ChildId>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The policies that decided, comma-separated.
    pub policies: String,
    /// The groups of fields granted, comma-separated.
    pub fields: String,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// The request it belongs to.
    pub request_id: uuid::Uuid,
}

impl AuditEvent {
    /// The same event, of something that was allowed and done.
    #[must_use]
    pub fn permitted(self) -> Self {
        Self { outcome: AuditOutcome::Permitted, ..self }
    }
}
