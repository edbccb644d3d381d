//! The second factor: a code that changes every half minute (RFC 6238), and codes for the day the device is lost.

use serde::{Deserialize, Serialize};

/// How long a second factor counts as fresh, in minutes (OWASP ASVS 5.0, 7.5.3).
pub const FRESH_MINUTES: i64 = 5;
/// How many recovery codes there are; each is good once.
pub const RECOVERY_CODES: usize = 10;

/// A code of the authenticator, or a recovery code.
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

/// What an authenticator needs to know.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// The secret, in base 32, for typing.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same as a link, for a QR code.
    #[schema(example = "otpauth://totp/Alongside:amira.dunn?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Alongside")]
    pub link: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Codes for the day the device is lost. Shown once.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    /// Each is good once, in the place of the authenticator's code.
    pub recovery_codes: Vec<String>,
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}
