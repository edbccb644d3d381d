//! The catalogue of indicators: data in editions, in `catalogue/`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

crate::codes! {
    /// What an indicator is a sign of. The kinds are never added together.
    pub enum IndicatorKind {
        /// A circumstance that exploiters use. It says nothing about the child's behaviour.
        Vulnerability = "vulnerability",
        /// A sign that something may be happening.
        Indicator = "indicator",
        /// A sign that harm may be happening or have happened.
        StrongIndicator = "strong_indicator",
        /// Something that keeps the child safe or well. Never a deduction.
        ProtectiveFactor = "protective_factor",
    }
}

/// An indicator in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its code. A code is never used again for another meaning.
    #[schema(example = "MIS05")]
    pub code: String,
    /// The part of life it belongs to.
    #[schema(example = "missing_travel")]
    pub category: String,
    /// What the indicator is a sign of.
    pub kind: IndicatorKind,
    /// A neutral name.
    pub label: String,
    /// What it covers.
    pub description: String,
    /// Whether a manager must review it on the same day, whatever else is recorded.
    #[serde(default)]
    pub same_day_review: bool,
    /// The segment of its observations, unless the author sets another. Absent if it is `shared`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<crate::record::entry::Segment>,
}

/// One edition of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The edition, such as `2026-12`.
    #[schema(example = "2026-12")]
    pub version: String,
    /// The sources of this edition.
    pub source: String,
    /// The indicators of this edition.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
}

/// Every edition, newest first.
static EDITIONS: LazyLock<[Catalogue; 2]> = LazyLock::new(|| {
    [
        read(include_str!("../../../../catalogue/indicators.toml")),
        read(include_str!("../../../../catalogue/earlier/2026-11.toml")),
    ]
});

#[expect(clippy::expect_used, reason = "the editions are compiled in, and a test reads them")]
fn read(edition: &str) -> Catalogue {
    toml::from_str(edition).expect("the edition is valid")
}

impl Catalogue {
    /// The current edition.
    pub fn current() -> &'static Self {
        let [current, ..] = &*EDITIONS;
        current
    }

    /// The edition with this version, or the current one if none is named.
    pub fn edition(version: Option<&str>) -> Option<&'static Self> {
        version.map_or_else(|| Some(Self::current()), |version| EDITIONS.iter().find(|one| one.version == version))
    }

    /// The available editions, newest first, in words.
    pub fn editions() -> String {
        EDITIONS.iter().map(|edition| edition.version.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The indicator with `code`.
    pub fn find(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_kinds_stand_apart_and_each_code_once() {
        for (version, counts) in [("2026-12", [17, 24, 23, 9]), ("2026-11", [17, 21, 20, 9])] {
            let catalogue = Catalogue::edition(Some(version)).unwrap();
            let of = |kind: &IndicatorKind| catalogue.indicators.iter().filter(|i| i.kind == *kind).count();
            assert_eq!(IndicatorKind::ALL.iter().map(of).collect::<Vec<_>>(), counts);
            let codes: HashSet<_> = catalogue.indicators.iter().map(|i| &i.code).collect();
            assert_eq!(codes.len(), catalogue.indicators.len());
        }
    }

    #[test]
    fn every_strong_indicator_is_reviewed_the_same_day() {
        let strong = |i: &&Indicator| i.kind == IndicatorKind::StrongIndicator;
        let indicators = &Catalogue::current().indicators;
        assert!(indicators.iter().filter(strong).all(|i| i.same_day_review));
    }

    #[test]
    fn a_code_keeps_its_meaning_from_edition_to_edition() {
        let current = Catalogue::current();
        for earlier in EDITIONS.iter().skip(1).flat_map(|edition| &edition.indicators) {
            if let Some(now) = current.find(&earlier.code) {
                assert_eq!((&now.category, now.kind), (&earlier.category, earlier.kind), "{}", earlier.code);
            }
        }
    }

    #[test]
    fn no_wording_names_a_childs_conduct_as_the_cause() {
        let blaming = [
            "promiscuous",
            "risky behaviour",
            "puts themselves",
            "putting themselves",
            "lifestyle",
            "choices",
            "prostitut",
            "streetwise",
            "attention-seeking",
            "absconded",
            "child porn",
            "sugar dadd",
            "boyfriend",
        ];
        for indicator in &Catalogue::current().indicators {
            let text = format!("{} {}", indicator.label, indicator.description).to_lowercase();
            assert!(blaming.iter().all(|word| !text.contains(word)), "{}", indicator.code);
        }
    }
}
