//! Segments: who a recording is kept for, and which segment is wider than another.

use crate::accounts::agency::Sector;

crate::codes! {
    /// Who a recording is kept for.
    pub enum Segment {
        /// Everyone who works with the child.
        Shared = "shared",
        /// Staff of the agency that recorded it.
        OwnAgency = "own_agency",
        /// Health staff who work with the child.
        HealthRestricted = "health_restricted",
        /// Police staff who work with the child.
        PoliceRestricted = "police_restricted",
        /// The people named with the recording.
        NamedPeople = "named_people",
    }
}

impl Segment {
    /// Whether this segment has readers whom `narrow` does not have, for a recording by staff of such an agency.
    pub const fn is_wider_than(self, narrow: Self, authors: Sector) -> bool {
        match (self, narrow) {
            (Self::NamedPeople | Self::HealthRestricted, Self::HealthRestricted) => false,
            (Self::OwnAgency, Self::HealthRestricted) => !matches!(authors, Sector::Health),
            (_, narrow) => matches!(narrow, Self::HealthRestricted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agency_keeps_is_wider_than_the_confidence_of_health_unless_it_is_a_health_agency() {
        use Segment::{HealthRestricted, NamedPeople, OwnAgency, PoliceRestricted, Shared};
        let wider = |segment: Segment, authors| segment.is_wider_than(HealthRestricted, authors);
        for authors in [Sector::SocialCare, Sector::Police, Sector::Health] {
            assert!(wider(Shared, authors) && wider(PoliceRestricted, authors));
            assert!(!wider(HealthRestricted, authors) && !wider(NamedPeople, authors));
            assert_eq!(wider(OwnAgency, authors), authors != Sector::Health);
            assert!(Segment::ALL.iter().all(|segment| !segment.is_wider_than(Shared, authors)));
        }
    }
}
