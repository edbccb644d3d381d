//! Agencies, workers, their roles, and signing in.

pub(crate) mod account;
pub(crate) mod account_version;
pub(crate) mod agency;
pub(crate) mod external_identity;
pub(crate) mod known_address;
pub(crate) mod password;
pub(crate) mod role_grant;
pub(crate) mod role_handover;
pub(crate) mod second_factor;
pub(crate) mod second_grant;
pub(crate) mod session;
pub(crate) mod take_up;
pub(crate) mod way_in;
pub(crate) mod worker;
