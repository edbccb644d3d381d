//! Counts for a board. Small numbers identify children, so they are withheld here, in one pure function.

use serde::{Deserialize, Serialize};

use crate::AgencyId;
use crate::exploitation::ExploitationType;

/// Counts below this are withheld, and so is zero: that nobody is counted can identify as well.
pub const SMALLEST_SHOWN: u64 = 10;
/// Counts that are shown are rounded to the nearest multiple of this, so that subtracting two of them does
/// not give a small number back.
pub const ROUNDED_TO: u64 = 5;
/// The longest period that can be asked for, in months.
pub const MOST_MONTHS: u32 = 24;

crate::codes! {
    /// Why there is no number.
    pub enum Symbol {
        /// Confidential: withheld, since it would be below ten.
        Confidential = "c",
    }
}

/// A number for publication: the value or the reason for its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cell {
    /// The count rounded to the nearest five; null when withheld.
    pub value: Option<u64>,
    /// Why it is withheld; null when shown.
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

/// How many children had a concern raised: one month, one agency, one form of exploitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConcernCount {
    /// The month in which the concerns were recorded.
    #[schema(example = "2026-09")]
    pub month: String,
    /// The agency that recorded them.
    pub agency_id: AgencyId,
    /// The form of exploitation; a concern with several counts in each.
    pub exploitation_type: ExploitationType,
    /// How many concerns.
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
