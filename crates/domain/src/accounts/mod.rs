//! Agencies, the people who work for them, their roles, and how they prove who they are.

pub mod agency;
pub mod external_identity;
pub mod password;
pub mod role_grant;
pub mod second_factor;
pub mod session;
pub mod worker;
