//! With what everybody signs in to the demonstration.

/// Everybody's password in the demonstration.
pub(super) const PASSWORD: &str = "alongside-demo-2026";
/// The secret of everybody's authenticator in the demonstration.
pub(crate) const AUTHENTICATOR: &str = "ALONGSIDEDEMOALONGSIDEDEMOALONGS";
