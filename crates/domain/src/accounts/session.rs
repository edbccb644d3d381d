//! Signing in, and sessions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::SessionId;

/// How long an access token is valid, in seconds (OWASP ASVS 5.0, 9.2.1: short-lived).
pub const ACCESS_TOKEN_SECONDS: i64 = 600;
/// How long a session may be unused, in minutes.
pub const IDLE_MINUTES: i64 = 60;
/// How long a session may last in all, in hours: a long shift.
pub const SESSION_HOURS: i64 = 12;

/// A name, a password and a code, to sign in with.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The sign-in name.
    #[schema(example = "amira.dunn", max_length = 64)]
    pub sign_in_name: String,
    /// The password.
    #[schema(example = "four ordinary words together", max_length = 128)]
    pub password: String,
    /// The authenticator's code, or a recovery code. If it is left out, the session can only manage the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "492039", max_length = 32)]
    pub code: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// A session of a worker.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionView {
    /// The id of the session.
    pub id: SessionId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub refreshed_at: DateTime<Utc>,
    /// When it ends, however often it is refreshed.
    pub ends_at: DateTime<Utc>,
    /// When the second factor was last proved in it. Absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor_at: Option<DateTime<Utc>>,
}

/// A session with the refresh token that refreshes it once.
#[derive(Clone)]
pub struct Session {
    /// The id of the session.
    pub id: SessionId,
    /// The worker who signed in.
    pub worker: crate::WorkerId,
    /// 256 random bits. The database stores only their digest.
    pub refresh_token: [u8; 32],
    /// When it ends, however often it is refreshed.
    pub ends_at: DateTime<Utc>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).finish_non_exhaustive()
    }
}
