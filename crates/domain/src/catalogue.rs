//! The catalogue of indicators: data with a version, in `catalogue/indicators.toml`.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

crate::codes! {
    /// What an entry of the catalogue is a sign of. The kinds are never added together.
    pub enum IndicatorKind {
        /// A circumstance that exploiters use. Says nothing about what the child does.
        Vulnerability = "vulnerability",
        /// A sign that something may be happening.
        Indicator = "indicator",
        /// A sign that harm may be happening or have happened.
        StrongIndicator = "strong_indicator",
        /// Something that keeps the child safe or well. Never a deduction.
        ProtectiveFactor = "protective_factor",
    }
}

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its code; never used again for another meaning.
    #[schema(example = "MIS05")]
    pub code: String,
    /// The part of life it belongs to.
    #[schema(example = "missing_travel")]
    pub category: String,
    /// What it is a sign of.
    pub kind: IndicatorKind,
    /// A neutral name.
    pub label: String,
    /// What it covers.
    pub description: String,
    /// Whether a manager looks the same day, whatever else is recorded.
    #[serde(default)]
    pub same_day_review: bool,
    /// The confidence it is kept in unless the recorder says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<crate::entry::Segment>,
}

/// One edition of the catalogue.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The edition.
    #[schema(example = "2026-11")]
    pub version: String,
    /// How it came about.
    pub source: String,
    /// Its entries.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
}

static CURRENT: LazyLock<Catalogue> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the catalogue is compiled in, and a test reads it")]
    toml::from_str(include_str!("../../../catalogue/indicators.toml")).expect("catalogue/indicators.toml is valid")
});

impl Catalogue {
    /// The present edition.
    pub fn current() -> &'static Self {
        &CURRENT
    }

    /// The entry with `code`.
    pub fn find(&self, code: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_catalogue_has_67_entries_with_their_kinds_apart() {
        let catalogue = Catalogue::current();
        let of = |kind| catalogue.indicators.iter().filter(|i| i.kind == kind).count();
        assert_eq!(of(IndicatorKind::Vulnerability), 17);
        assert_eq!(of(IndicatorKind::Indicator), 21);
        assert_eq!(of(IndicatorKind::StrongIndicator), 20);
        assert_eq!(of(IndicatorKind::ProtectiveFactor), 9);
        let codes: HashSet<_> = catalogue.indicators.iter().map(|i| &i.code).collect();
        assert_eq!(codes.len(), catalogue.indicators.len());
    }
}
