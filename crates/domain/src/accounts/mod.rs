//! Agencies, their workers, the workers' roles, and how workers sign in.

pub mod agency;
pub mod external_identity;
pub mod password;
pub mod role_grant;
pub mod second_factor;
pub mod session;
pub mod worker;
