//! The second factor: a code that changes every 30 seconds (RFC 6238), and recovery codes for a lost device.

use serde::{Deserialize, Serialize};

/// How long a proof of the second factor is fresh, in minutes (OWASP ASVS 5.0, 7.5.3).
pub const FRESH_MINUTES: i64 = 5;
/// The number of recovery codes. Each works once.
pub const RECOVERY_CODES: usize = 10;

/// A code from the authenticator, or a recovery code.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Six digits, or a recovery code.
    #[schema(example = "492039", min_length = 6, max_length = 32)]
    pub code: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// The secret for an authenticator app.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// The secret in base 32, for typing.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The secret as a link, for a QR code.
    #[schema(example = "otpauth://totp/Alongside:amira.dunn?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Alongside")]
    pub link: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Recovery codes for a lost device. Shown once.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    /// The codes. Each works once, in place of the authenticator's code.
    pub recovery_codes: Vec<String>,
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}
