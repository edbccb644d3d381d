//! Referrals, and who is on front-door duty.

pub(crate) mod front_door;
pub(crate) mod referral;
