//! Properties that hold for every input.

use alongside_domain::Check;
use alongside_domain::record::identifier::{Identifier, IdentifierKind, is_nhs_number, is_upn};
use alongside_domain::statistics::{MOST_MONTHS, Period};
use alongside_domain::vocabulary::calendar::Month;
use alongside_storage::{Database, Store};
use proptest::prelude::*;

use crate::support::words::nhs_number;
use crate::support::world::{beginning, options};

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier { kind, value: value.to_owned(), system: None }
}

fn accepted(identifier: &Identifier) -> bool {
    Check::all(|check| identifier.check(check)).is_ok()
}

/// A unique pupil number with its check letter.
fn upn(digits: &[u8]) -> String {
    let sum: usize = digits.iter().zip(2..).map(|(digit, weight)| usize::from(*digit) * weight).sum();
    let letter = char::from(b"ABCDEFGHJKLMNPQRTUVWXYZ"[sum % 23]);
    let digits: String = digits.iter().map(ToString::to_string).collect();
    format!("{letter}{digits}")
}

proptest! {
    #[test]
    fn a_grouped_nhs_number_is_the_same_number(n in 0_usize..2_000) {
        let number = nhs_number(n);
        let grouped = format!(" {} {}-{}", &number[..3], &number[3..6], &number[6..]);
        let grouped = identifier(IdentifierKind::NhsNumber, &grouped);
        prop_assert!(accepted(&grouped));
        prop_assert_eq!(&grouped.normalised().value, &number);
        prop_assert_eq!(grouped.normalised().normalised(), grouped.normalised());
    }

    #[test]
    fn one_wrong_digit_makes_an_nhs_number_invalid(n in 0_usize..2_000, place in 0_usize..10, off in 1_u8..10) {
        let mut digits = nhs_number(n).into_bytes();
        digits[place] = b'0' + (digits[place] - b'0' + off) % 10;
        prop_assert!(!is_nhs_number(&String::from_utf8_lossy(&digits)));
    }

    #[test]
    fn one_wrong_digit_makes_a_upn_invalid(digits in proptest::collection::vec(0_u8..10, 12), place in 0_usize..12, off in 1_u8..10) {
        let number = upn(&digits);
        prop_assert!(is_upn(&number));
        let lowered = identifier(IdentifierKind::Upn, &number.to_lowercase());
        prop_assert!(accepted(&lowered));
        prop_assert_eq!(&lowered.normalised().value, &number);
        let mut wrong = digits;
        wrong[place] = (wrong[place] + off) % 10;
        let letter = upn(&wrong);
        let mixed = format!("{}{}", &number[..1], &letter[1..]);
        prop_assert!(!is_upn(&mixed));
    }

    #[test]
    fn no_text_makes_the_check_digits_panic(text in "\\PC{0,14}") {
        let _ = (is_nhs_number(&text), is_upn(&text));
        for kind in IdentifierKind::ALL {
            let identifier = identifier(*kind, &text);
            let _ = accepted(&identifier);
            prop_assert_eq!(identifier.normalised().normalised(), identifier.normalised());
        }
    }

    #[test]
    fn a_period_is_whole_months_within_its_bounds(from in 0_i32..80, length in -3_i32..40) {
        let month = |n: i32| format!("{:04}-{:02}", 2020 + n.div_euclid(12), n.rem_euclid(12) + 1).parse::<Month>().expect("a month");
        // 2026-11 is month 82.
        let (last, present) = (from + length, 82);
        let fits = length >= 0 && last <= present && length < i32::try_from(MOST_MONTHS).unwrap_or(0);
        let period = Period::new(month(from), month(last), beginning());
        prop_assert_eq!(period.is_ok(), fits, "{} to {}", month(from), month(last));
        if let Ok(period) = period {
            prop_assert_eq!(period.months().count(), usize::try_from(length + 1).unwrap_or(0));
            prop_assert!(period.starts_at() < period.ends_at());
        }
    }

    #[test]
    fn no_text_makes_a_period_panic(from in "\\PC{0,8}", to in "[0-9-]{0,8}") {
        if let (Ok(from), Ok(to)) = (from.parse(), to.parse()) {
            let _ = Period::new(from, to, beginning());
        }
    }
}

#[test]
fn a_sealed_cursor_opens_unchanged_and_not_otherwise() {
    let folder = tempfile::TempDir::new().expect("a directory");
    let database = Database::Sqlite(folder.path().join("records.db"));
    let store = Store::open(options(database, folder.path().join("key.json"))).expect("a store");
    proptest!(|(text in proptest::collection::vec(any::<u8>(), 0..200), place in any::<prop::sample::Index>())| {
        let sealed = store.service_seal("cursor", &text);
        prop_assert_eq!(store.service_open("cursor", &sealed), Some(text));
        prop_assert_eq!(store.service_open("answer", &sealed), None);
        let mut spoilt = sealed.clone().into_bytes();
        let place = place.index(spoilt.len());
        spoilt[place] = if spoilt[place] == b'A' { b'B' } else { b'A' };
        let spoilt = String::from_utf8_lossy(&spoilt).into_owned();
        prop_assert_eq!(store.service_open("cursor", &spoilt), None);
        prop_assert_eq!(store.service_open("cursor", &sealed[..place]), None);
    });
}
