//! An observation: an indicator that was noticed, or checked for, in this child's life. It is never counted into a
//! score.

use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::record::catalogue::Catalogue;
use crate::record::child_words::ChildWords;
use crate::record::entry::{Content, EntryKind, Segment, Source};
use crate::record::occurred::Occurred;
use crate::vocabulary::check::NARRATIVE;
use crate::{At, Check, EntryId};

crate::codes! {
    /// What is known. Only a check that found nothing is a negative; without a check, nothing is known.
    pub enum ObservationStatus {
        /// It was seen or is documented.
        Observed = "observed",
        /// It was reported and is not confirmed.
        ReportedNotConfirmed = "reported_not_confirmed",
        /// It was asked about or checked for, and not found.
        ExploredNotFound = "explored_not_found",
        /// It has not been checked yet.
        NotExplored = "not_explored",
    }
}

crate::codes! {
    /// How often it was noticed.
    pub enum Frequency {
        /// Once.
        Once = "once",
        /// More than once.
        Repeated = "repeated",
        /// It is ongoing.
        Ongoing = "ongoing",
        /// Not known.
        Unknown = "unknown",
    }
}

crate::codes! {
    /// The kind of knowledge.
    pub enum Basis {
        /// The author or a document shows it.
        ObservedFact = "observed_fact",
        /// A person who was there reports it.
        ReportedByOther = "reported_by_other",
        /// A professional's view.
        ProfessionalOpinion = "professional_opinion",
        /// A person heard it from another person.
        ThirdPartyHearsay = "third_party_hearsay",
    }
}

crate::codes! {
    /// How long ago it was last noticed. Computed at each request, never stored. A record never expires because of it.
    pub enum Recency {
        /// Within three months.
        Current = "current",
        /// Within six months.
        Recent = "recent",
        /// Within twelve months.
        PastYear = "past_year",
        /// Longer ago.
        Historic = "historic",
    }
}

impl Recency {
    /// The band of an indicator last noticed at `last`, as seen at `as_of`.
    pub fn of(last: At, as_of: At) -> Self {
        let within = |months| as_of.checked_sub_months(Months::new(months)).is_some_and(|start| last >= start);
        if within(3) {
            Self::Current
        } else if within(6) {
            Self::Recent
        } else if within(12) {
            Self::PastYear
        } else {
            Self::Historic
        }
    }
}

/// An indicator in this child's life. `occurred` is when it was first noticed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The code of the indicator in the catalogue.
    #[schema(example = "MIS05", pattern = "^[A-Z]{3}[0-9]{2}$")]
    pub indicator: String,
    /// The edition of the catalogue from which the code was chosen, which may be an earlier one. The current edition if
    /// left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-12", max_length = 20)]
    pub catalogue_version: Option<String>,
    /// What is known.
    pub status: ObservationStatus,
    /// When it was last noticed. If it is left out, when it was first noticed.
    #[serde(
        default,
        alias = "last_noticed_at",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "last_noticed"
    )]
    pub last_noticed: Option<Occurred>,
    /// How often it was noticed.
    pub frequency: Frequency,
    /// The kind of knowledge.
    pub basis: Basis,
    /// The source of the information.
    pub source: Source,
    /// What was noticed, in words. A code without words is not an observation.
    #[schema(
        example = "Two train tickets from a town the child has no known link to.",
        min_length = 1,
        max_length = 10000
    )]
    pub narrative: String,
    /// The child's own words about it.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub child_words: Vec<ChildWords>,
    /// The contact in which it came up. Absent if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<EntryId>,
}

impl std::fmt::Debug for Observation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observation(…)")
    }
}

/// Early observations were stored with an instant instead of a time and its precision.
fn last_noticed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Occurred>, D::Error> {
    Ok(Option::<LastNoticed>::deserialize(deserializer)?.map(|LastNoticed(last)| last))
}

struct LastNoticed(Occurred);

impl<'de> Deserialize<'de> for LastNoticed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> serde::de::Visitor<'de> for Either {
            type Value = Occurred;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Occurred, E> {
                text.parse::<DateTime<Utc>>().map(Occurred::exactly).map_err(E::custom)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Occurred, A::Error> {
                Occurred::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(Either).map(Self)
    }
}

impl Observation {
    fn edition(&self) -> Option<&'static Catalogue> {
        Catalogue::edition(self.catalogue_version.as_deref())
    }

    /// Sets the edition of the catalogue from which the code was chosen.
    #[must_use]
    pub fn pinned(mut self) -> Self {
        self.catalogue_version.get_or_insert_with(|| Catalogue::current().version.clone());
        self
    }
}

impl Content for Observation {
    const KIND: EntryKind = EntryKind::Observation;

    fn check(&self, check: &mut Check, now: At) {
        match self.edition() {
            None => check.fault("catalogue_version", format!("is not known; must be one of {}", Catalogue::editions())),
            Some(catalogue) => check.rule(
                "indicator",
                catalogue.find(&self.indicator).is_some(),
                "is not in this edition of the catalogue; GET /v1/indicators lists the codes",
            ),
        }
        check.text("narrative", &self.narrative, NARRATIVE);
        check.each("child_words", &self.child_words, |check, words| words.check(check));
        if let Some(last) = self.last_noticed {
            check.within("last_noticed", |check| last.check(check, now));
        }
    }

    fn begins_in(&self) -> Segment {
        let indicator = self.edition().and_then(|catalogue| catalogue.find(&self.indicator));
        indicator.and_then(|indicator| indicator.segment).unwrap_or(Segment::Shared)
    }

    fn codes(&self) -> String {
        format!("{},{}", self.indicator, self.status)
    }

    fn child_words(&mut self) -> Option<&mut Vec<ChildWords>> {
        Some(&mut self.child_words)
    }

    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.narrative);
        self.child_words.iter_mut().for_each(|words| words.each_text(visit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn recency_is_a_matter_of_calendar_months() {
        let as_of = chrono::Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap();
        let on = |y, m, d| chrono::Utc.with_ymd_and_hms(y, m, d, 12, 0, 0).unwrap();
        assert_eq!(Recency::of(on(2026, 8, 22), as_of), Recency::Current);
        assert_eq!(Recency::of(on(2026, 8, 21), as_of), Recency::Recent);
        assert_eq!(Recency::of(on(2026, 5, 22), as_of), Recency::Recent);
        assert_eq!(Recency::of(on(2026, 5, 21), as_of), Recency::PastYear);
        assert_eq!(Recency::of(on(2025, 11, 22), as_of), Recency::PastYear);
        assert_eq!(Recency::of(on(2025, 11, 21), as_of), Recency::Historic);
    }
}
