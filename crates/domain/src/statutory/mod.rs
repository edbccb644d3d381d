//! The steps that statute or statutory guidance prescribes: referrals, and the front door that decides them.

pub mod front_door;
pub mod referral;
