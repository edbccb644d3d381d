//! Sign-in and what follows from it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::SessionId;

/// How long an access token is good for, in seconds (OWASP ASVS 5.0, 9.2.1: short-lived).
pub const ACCESS_TOKEN_SECONDS: i64 = 600;
/// How long a session may be left unused, in minutes.
pub const IDLE_MINUTES: i64 = 60;
/// How long a session may last in all, in hours: a long shift.
pub const SESSION_HOURS: i64 = 12;

/// A name and a password, as given at sign-in.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The sign-in name.
    #[schema(example = "amira.dunn", max_length = 64)]
    pub sign_in_name: String,
    /// The password.
    #[schema(example = "four ordinary words together", max_length = 128)]
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A running session and the refresh token that prolongs it once.
#[derive(Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub worker: crate::WorkerId,
    /// 256 random bits; the database holds their digest only.
    pub refresh_token: [u8; 32],
    /// The instant at which it ends whatever happens.
    pub ends_at: DateTime<Utc>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).finish_non_exhaustive()
    }
}
