//! A worker's identity at another issuer of tokens, such as the identity provider of their agency.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Check, Violations, WorkerId};

/// A link between an account and a subject of an issuer's tokens.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LinkedIdentity {
    /// The issuer's name in the settings.
    #[schema(example = "larkmoor")]
    pub issuer: String,
    /// The subject, as it appears in the issuer's tokens.
    #[schema(example = "7c1e0f5a-larkmoor")]
    pub subject: String,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
    /// The administrator who linked it.
    pub linked_by: WorkerId,
}

impl std::fmt::Debug for LinkedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkedIdentity").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// The subject in an issuer's tokens.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalIdentity {
    /// The subject, as it appears in the issuer's tokens, at most 255 characters. Upper and lower case differ.
    #[schema(example = "7c1e0f5a-larkmoor", min_length = 1, max_length = 255)]
    pub subject: String,
}

impl std::fmt::Debug for ExternalIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExternalIdentity(…)")
    }
}

impl ExternalIdentity {
    /// Checks the length of the subject.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            let length = self.subject.chars().count();
            check.rule("subject", (1..=255).contains(&length), "must have 1 to 255 characters");
            check.visible("subject", &self.subject);
        })
    }
}
