//! The credentials of every worker in the demonstration.

/// The password of every worker in the demonstration.
pub(super) const PASSWORD: &str = "alongside-demo-2026";
/// The authenticator secret of every worker in the demonstration.
pub(crate) const AUTHENTICATOR: &str = "ALONGSIDEDEMOALONGSIDEDEMOALONGS";
