//! Counts for a board. Small numbers can identify children, so this module withholds them, in one pure function.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::record::exploitation::ExploitationType;
use crate::vocabulary::calendar::Month;
use crate::{AgencyId, At, Violations};

/// Counts below this are withheld, and so is zero: the absence of cases can identify a child too.
pub const SMALLEST_SHOWN: u64 = 10;
/// Counts that are shown are rounded to the nearest multiple of this, so that the difference of two counts does not
/// reveal a small number.
pub const ROUNDED_TO: u64 = 5;
/// The longest period that can be requested, in months.
pub const MOST_MONTHS: u32 = 24;

crate::codes! {
    /// Why a number is withheld.
    pub enum Symbol {
        /// Confidential: the count is below ten.
        Confidential = "c",
    }
}

/// A number for publication, or the reason why it is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cell {
    /// The count, rounded to the nearest five. Null when withheld.
    pub value: Option<u64>,
    /// Why the count is withheld. Null when it is shown.
    pub symbol: Option<Symbol>,
}

impl Cell {
    /// What may be shown of a true count.
    pub fn of(count: u64) -> Self {
        if count < SMALLEST_SHOWN {
            Self { value: None, symbol: Some(Symbol::Confidential) }
        } else {
            Self { value: Some((count + ROUNDED_TO / 2) / ROUNDED_TO * ROUNDED_TO), symbol: None }
        }
    }
}

/// Whole calendar months, including the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    first: NaiveDate,
    end: NaiveDate,
}

impl Period {
    /// Checks that the months are past or current, and at most 24.
    pub fn new(from: Month, to: Month, now: At) -> Result<Self, Violations> {
        let (first, last, end) = (from.first_day(), to.first_day(), to.next_first_day());
        if last < first {
            return Err(Violations::one("/to", "must not be before from"));
        }
        if last > now.date_naive() {
            return Err(Violations::one("/to", "must not be in the future"));
        }
        if first.checked_add_months(Months::new(MOST_MONTHS)).is_none_or(|limit| end > limit) {
            return Err(Violations::one("/to", format!("must be at most {MOST_MONTHS} months after from")));
        }
        Ok(Self { first, end })
    }

    /// The first instant of the period.
    pub fn starts_at(&self) -> At {
        self.first.and_time(chrono::NaiveTime::MIN).and_utc()
    }

    /// The first instant after the period.
    pub fn ends_at(&self) -> At {
        self.end.and_time(chrono::NaiveTime::MIN).and_utc()
    }

    /// The first days of its months, and of the month after.
    pub fn months(&self) -> impl Iterator<Item = NaiveDate> {
        let end = self.end;
        std::iter::successors(Some(self.first), |month| month.checked_add_months(Months::new(1)))
            .take_while(move |month| *month < end)
    }
}

/// The number of concerns for one month, one agency and one form of exploitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConcernCount {
    /// The month in which the concerns were recorded, written YYYY-MM.
    #[schema(example = "2026-09")]
    pub month: String,
    /// The agency that recorded them.
    pub agency_id: AgencyId,
    /// The form of exploitation. A concern with several forms counts in each.
    pub exploitation_type: ExploitationType,
    /// The number of concerns.
    pub concerns: Cell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_below_ten_is_shown_and_the_rest_is_rounded() {
        assert!((0..10).all(|n| Cell::of(n).value.is_none() && Cell::of(n).symbol.is_some()));
        assert_eq!(Cell::of(10).value, Some(10));
        assert_eq!(Cell::of(12).value, Some(10));
        assert_eq!(Cell::of(13).value, Some(15));
        assert_eq!(Cell::of(1_002).value, Some(1_000));
    }
}
