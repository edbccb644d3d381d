//! Whose confidence a recording is kept in, and which confidence is wider than another.

use crate::accounts::agency::Sector;

crate::codes! {
    /// Whose confidence a recording is kept in.
    pub enum Segment {
        /// Everybody who works with the child.
        Shared = "shared",
        /// The recording agency alone.
        OwnAgency = "own_agency",
        /// Health staff who work with the child.
        HealthRestricted = "health_restricted",
        /// Police staff who work with the child.
        PoliceRestricted = "police_restricted",
        /// The people who are named with the recording.
        NamedPeople = "named_people",
    }
}

impl Segment {
    /// Whether people read it here who would not in `narrow`, where it is written by staff of such an agency.
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
