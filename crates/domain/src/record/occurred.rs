//! When something happened, as exactly as it is known: an instant, a day, a month or a year. A day is a date on the
//! calendar and has no time, so it is the same day for readers in every time zone.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::vocabulary::calendar::{Month, Year};
use crate::vocabulary::codes::UnknownCode;
use crate::{At, Check};

crate::codes! {
    /// How exactly a time of day is known.
    pub enum Precision {
        /// To the minute or better.
        Exact = "exact",
        /// To the hour.
        Hour = "hour",
        /// An estimate.
        Approximate = "approximate",
    }
}

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OccurredAt {
    /// The instant, in UTC.
    #[schema(example = "2026-09-14T15:30:00Z")]
    pub at: DateTime<Utc>,
    /// How exactly it is known.
    pub precision: Precision,
}

/// A day whose time is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OccurredOn {
    /// The day, as on the calendar where it happened.
    #[schema(example = "2026-08-16")]
    pub on: NaiveDate,
}

/// A month whose day is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OccurredInMonth {
    /// The month.
    #[schema(value_type = String, pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$", example = "2026-08")]
    pub month: Month,
}

/// A year whose month is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OccurredInYear {
    /// The year.
    #[schema(value_type = u16, minimum = 1900, maximum = 2999, example = 2026)]
    pub year: Year,
}

/// When something happened, as exactly as it is known. In lists, a day, month or year is sorted by its beginning in
/// UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged, try_from = "Sent")]
pub enum Occurred {
    /// An instant.
    At(OccurredAt),
    /// A day.
    On(OccurredOn),
    /// A month.
    InMonth(OccurredInMonth),
    /// A year.
    InYear(OccurredInYear),
}

/// Midnight in England is an hour before midnight in UTC while summer time lasts.
const SUMMER_TIME: Duration = Duration::hours(1);

impl Occurred {
    /// An instant known to the minute.
    pub const fn exactly(at: At) -> Self {
        Self::At(OccurredAt { at, precision: Precision::Exact })
    }

    /// A day.
    pub const fn on(on: NaiveDate) -> Self {
        Self::On(OccurredOn { on })
    }

    /// The instant by which it is sorted: its own, or the beginning in UTC of the day, month or year.
    pub fn begins_at(&self) -> At {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        match self {
            Self::At(known) => known.at,
            Self::On(known) => midnight(known.on),
            Self::InMonth(known) => midnight(known.month.first_day()),
            Self::InYear(known) => midnight(known.year.first_day()),
        }
    }

    /// The last instant that it may mean, so that nothing is called older than it may be.
    pub fn may_last_until(&self) -> At {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        match self {
            Self::At(known) => known.at,
            Self::On(known) => midnight(known.on.succ_opt().unwrap_or(known.on)),
            Self::InMonth(known) => midnight(known.month.next_first_day()),
            Self::InYear(known) => midnight(known.year.next_first_day()),
        }
    }

    /// Whether it has begun at an instant. A day begins at midnight in England.
    pub fn has_begun_at(&self, instant: At) -> bool {
        match self {
            Self::At(known) => known.at <= instant,
            _ => self.begins_at() - instant <= SUMMER_TIME,
        }
    }

    /// The code of its exactness, stored with [`Occurred::begins_at`].
    pub const fn stored_precision(&self) -> &'static str {
        match self {
            Self::At(known) => known.precision.as_str(),
            Self::On(_) => "day",
            Self::InMonth(_) => "month",
            Self::InYear(_) => "year",
        }
    }

    /// The value that was stored as an instant and a code.
    ///
    /// # Errors
    ///
    /// The code is unknown.
    pub fn from_stored(at: At, precision: &str) -> Result<Self, UnknownCode> {
        Ok(match precision {
            "day" => Self::on(day_meant(at)),
            "month" => Self::InMonth(OccurredInMonth { month: Month::of(day_meant(at)) }),
            "year" => Self::InYear(OccurredInYear { year: year_of(day_meant(at))? }),
            code => Self::At(OccurredAt { at, precision: code.parse()? }),
        })
    }

    /// Checks that it has begun, within the last 120 years.
    pub fn check(&self, check: &mut Check, now: At) {
        let field = match self {
            Self::At(_) => "at",
            Self::On(_) => "on",
            Self::InMonth(_) => "month",
            Self::InYear(_) => "year",
        };
        check.rule(field, self.has_begun_at(now), "must not be in the future. Send when it happened");
        let earliest = now - Duration::days(120 * 366);
        check.rule(field, self.may_last_until() >= earliest, "is more than 120 years ago. Check the year");
    }
}

/// The day that a stored instant means. Days were once sent as instants: midnight in English summer time is 23:00 UTC
/// of the day before.
fn day_meant(at: At) -> NaiveDate {
    let at = if at.time() == NaiveTime::MIN - SUMMER_TIME { at + SUMMER_TIME } else { at };
    at.date_naive()
}

fn year_of(day: NaiveDate) -> Result<Year, UnknownCode> {
    use chrono::Datelike;
    let year = u16::try_from(day.year()).ok().and_then(|year| Year::try_from(year).ok());
    year.ok_or(UnknownCode { set: "Year" })
}

/// The fields as they are sent: those of one form only.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "one of: {\"at\": \"2026-08-16T15:30:00Z\", \"precision\": \"exact\"} with exact, hour or approximate; \
        {\"on\": \"2026-08-16\"}; {\"month\": \"2026-08\"}; {\"year\": 2026}"
)]
struct Sent {
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "precision")]
    precision: Option<Precision>,
    #[serde(default)]
    on: Option<NaiveDate>,
    #[serde(default)]
    month: Option<Month>,
    #[serde(default)]
    year: Option<Year>,
}

/// Days and months were once sent as an instant with such a precision.
fn precision<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Precision>, D::Error> {
    let code = String::deserialize(deserializer)?;
    code.parse().map(Some).map_err(|_| {
        serde::de::Error::custom(
            "must be exact, hour or approximate. Send a day, month or year without a time: \
             {\"on\": \"2026-08-16\"}, {\"month\": \"2026-08\"} or {\"year\": 2026}",
        )
    })
}

const FORMS: &str = "must be one of: {\"at\": \"2026-08-16T15:30:00Z\", \"precision\": \"exact\"} with exact, hour or \
    approximate; {\"on\": \"2026-08-16\"}; {\"month\": \"2026-08\"}; {\"year\": 2026}";

impl TryFrom<Sent> for Occurred {
    type Error = &'static str;

    fn try_from(sent: Sent) -> Result<Self, Self::Error> {
        match sent {
            Sent { at: Some(at), precision: Some(precision), on: None, month: None, year: None } => {
                Ok(Self::At(OccurredAt { at, precision }))
            }
            Sent { at: None, precision: None, on: Some(on), month: None, year: None } => Ok(Self::on(on)),
            Sent { at: None, precision: None, on: None, month: Some(month), year: None } => {
                Ok(Self::InMonth(OccurredInMonth { month }))
            }
            Sent { at: None, precision: None, on: None, month: None, year: Some(year) } => {
                Ok(Self::InYear(OccurredInYear { year }))
            }
            _ => Err(FORMS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<Occurred, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    fn at(text: &str) -> At {
        text.parse().unwrap()
    }

    #[test]
    fn each_form_is_returned_as_it_was_sent_and_stored() {
        for form in [
            json!({ "at": "2026-08-16T15:30:00Z", "precision": "hour" }),
            json!({ "on": "2026-08-16" }),
            json!({ "month": "2026-08" }),
            json!({ "year": 2026 }),
        ] {
            let occurred = read(form.clone()).unwrap();
            assert_eq!(serde_json::to_value(occurred).unwrap(), form);
            let stored = Occurred::from_stored(occurred.begins_at(), occurred.stored_precision());
            assert_eq!(stored, Ok(occurred));
        }
    }

    #[test]
    fn a_mixture_of_forms_or_half_of_one_is_refused_with_the_forms_there_are() {
        for bad in [
            json!({}),
            json!({ "at": "2026-08-16T15:30:00Z" }),
            json!({ "precision": "exact" }),
            json!({ "on": "2026-08-16", "precision": "exact" }),
            json!({ "on": "2026-08-16", "month": "2026-08" }),
        ] {
            assert_eq!(read(bad).unwrap_err(), FORMS);
        }
    }

    #[test]
    fn a_day_sent_as_an_instant_is_refused_with_the_new_form() {
        let error = read(json!({ "at": "2026-08-16T00:00:00Z", "precision": "day" })).unwrap_err();
        assert!(error.contains("{\"on\": \"2026-08-16\"}"), "{error}");
    }

    #[test]
    fn a_day_that_was_stored_as_midnight_in_english_summer_time_is_that_day() {
        let day = Occurred::on("2026-08-16".parse().unwrap());
        for stored in ["2026-08-15T23:00:00Z", "2026-08-16T00:00:00Z", "2026-08-16T16:30:00Z"] {
            assert_eq!(Occurred::from_stored(at(stored), "day"), Ok(day), "{stored}");
        }
        assert!(Occurred::from_stored(at("2026-08-16T00:00:00Z"), "about").is_err());
    }

    #[test]
    fn today_can_be_recorded_from_midnight_in_english_summer_time() {
        let today = Occurred::on("2026-08-16".parse().unwrap());
        assert!(today.has_begun_at(at("2026-08-15T23:00:00Z")));
        assert!(!today.has_begun_at(at("2026-08-15T22:59:59Z")));
    }
}
