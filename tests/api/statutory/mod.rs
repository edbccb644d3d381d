//! Referrals and the front door.

mod front_doors;
mod referrals;
