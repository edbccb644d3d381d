//! Handlers for agencies, workers, their roles, and signing in.

pub(crate) mod agency;
pub(crate) mod external_identity;
pub(crate) mod password;
pub(crate) mod role_grant;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod worker;
