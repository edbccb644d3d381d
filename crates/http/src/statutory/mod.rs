//! Handlers for referrals and front-door duties.

pub(crate) mod front_door;
pub(crate) mod referral;
