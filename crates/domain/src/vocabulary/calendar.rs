//! Months and years in their written form: a month is `2026-08`, a year is `2026`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// A month of a year, written `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month that a day belongs to.
    pub fn of(day: NaiveDate) -> Self {
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    pub const fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The first day after it.
    pub fn next_first_day(self) -> NaiveDate {
        self.first.checked_add_months(Months::new(1)).unwrap_or(self.first)
    }
}

/// A text that is not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a month, written YYYY-MM")]
pub struct NotAMonth;

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let digits = |(place, byte): (usize, u8)| if place == 4 { byte == b'-' } else { byte.is_ascii_digit() };
        let is_written_so = text.len() == 7 && text.bytes().enumerate().all(digits);
        let first = || format!("{text}-01").parse().ok();
        is_written_so.then(first).flatten().map(|first| Self { first }).ok_or(NotAMonth)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(MonthText)
    }
}

struct MonthText;

impl serde::de::Visitor<'_> for MonthText {
    type Value = Month;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a month, written YYYY-MM")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Month, E> {
        text.parse().map_err(E::custom)
    }
}

impl utoipa::PartialSchema for Month {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::schema::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])$"))
            .examples(["2026-08"])
            .into()
    }
}

impl utoipa::ToSchema for Month {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Month")
    }
}

/// A calendar year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "u16")]
#[schema(value_type = u16, minimum = 1900, maximum = 2999, example = 2026)]
pub struct Year(u16);

/// A number that is not a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a year from 1900 to 2999")]
pub struct NotAYear;

impl TryFrom<u16> for Year {
    type Error = NotAYear;

    fn try_from(year: u16) -> Result<Self, NotAYear> {
        if (1900..=2999).contains(&year) { Ok(Self(year)) } else { Err(NotAYear) }
    }
}

impl Year {
    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(self.0), 1, 1).unwrap_or_default()
    }

    /// The first day after it.
    pub fn next_first_day(self) -> NaiveDate {
        Self(self.0 + 1).first_day()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_in_one_form_only() {
        let read = |text: &str| text.parse::<Month>().map(|month| month.to_string());
        assert_eq!(read("2026-08"), Ok("2026-08".to_owned()));
        for bad in ["2026-8", "2026-13", "2026-00", "2026-08-01", "26-08", "+026-08", "2026/08", ""] {
            assert_eq!(read(bad), Err(NotAMonth), "{bad}");
        }
    }

    #[test]
    fn a_month_and_a_year_end_where_the_next_begins() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(Month::of(day("2026-12-31")).next_first_day(), day("2027-01-01"));
        assert_eq!(Year::try_from(2026).unwrap().next_first_day(), day("2027-01-01"));
        assert!(Year::try_from(1899).is_err() && Year::try_from(3000).is_err());
    }
}
