//! The steps that statute or statutory guidance prescribes: a referral and the front door that decides it.

pub mod front_door;
pub mod referral;
