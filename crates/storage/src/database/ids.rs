//! New ids: the instant and 74 random bits.

use alongside_domain::{At, IdSource};
use aws_lc_rs::rand;
use uuid::Uuid;

/// Ids from the machine's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn next(&self, at: At) -> Uuid {
        let mut random = [0; 10];
        // The generator of aws-lc aborts rather than fails, so its error cannot occur.
        let _ = rand::fill(&mut random);
        let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
