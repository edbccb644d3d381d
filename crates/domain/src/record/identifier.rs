//! Numbers by which other systems know a child, and their check digits.

use serde::{Deserialize, Serialize};

use crate::Check;

/// The most numbers that a child can have. Each new one is compared with those of every other child.
pub const MOST_IDENTIFIERS: usize = 10;

/// People group digits with spaces and hyphens. They are removed, and letters are made capitals.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// Whether `text`, without spaces and hyphens, is a valid NHS number: ten digits, weights 10 to 2 on the
/// first nine, modulus 11, and not all the same digit (NHS Data Dictionary).
pub fn is_nhs_number(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|d| d.len() == 10) else {
        return false;
    };
    let Some((check, body)) = digits.split_last() else {
        return false;
    };
    if body.iter().all(|digit| digit == check) {
        return false;
    }
    let sum: u32 = body.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    match 11 - sum % 11 {
        11 => *check == 0,
        10 => false,
        expected => *check == expected,
    }
}

/// The alphabet of UPN check letters: no I, O or S.
const UPN_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// Whether `text` is a valid unique pupil number: a check letter, then twelve digits of which the last may
/// be a letter in a temporary number; weights 2 to 13, modulus 23 (DfE UPN guide).
pub fn is_upn(text: &str) -> bool {
    let Some((letter, rest)) = text.as_bytes().split_first() else {
        return false;
    };
    if rest.len() != 12 {
        return false;
    }
    let mut sum = 0;
    for (index, byte) in rest.iter().enumerate() {
        let value = match byte {
            b'0'..=b'9' => usize::from(byte - b'0'),
            b'A'..=b'Z' if index == 11 => match UPN_LETTERS.iter().position(|known| known == byte) {
                Some(value) => value,
                None => return false,
            },
            _ => return false,
        };
        sum += value * (index + 2);
    }
    UPN_LETTERS.get(sum % 23) == Some(letter)
}

crate::codes! {
    /// The system that issued a number.
    pub enum IdentifierKind {
        /// NHS number of England and Wales.
        NhsNumber = "nhs_number",
        /// Unique pupil number.
        Upn = "upn",
        /// The number in an agency's own system.
        LocalId = "local_id",
    }
}

/// A number by which another system knows a child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// The system that issued it.
    pub kind: IdentifierKind,
    /// The number. It is stored without spaces and hyphens.
    #[schema(example = "999 000 0018", min_length = 1, max_length = 40)]
    pub value: String,
    /// The system of a local id. Needed with `local_id`; otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "larkmoor-social-care", max_length = 40)]
    pub system: Option<String>,
}

impl Identifier {
    /// The identifier in the form in which it is stored and compared: without spaces and hyphens, in capitals.
    #[must_use]
    pub fn normalised(&self) -> Self {
        Self {
            kind: self.kind,
            value: compact(&self.value),
            system: self.system.as_deref().map(|system| system.trim().to_lowercase()),
        }
    }

    /// Checks lengths and check digits, and names the remedy.
    pub fn check(&self, check: &mut Check) {
        if check.visible("value", &self.value) {
            self.check_value(check);
        }
        match (&self.kind, &self.system) {
            (IdentifierKind::LocalId, Some(system)) => check.name("system", system, 40),
            (IdentifierKind::LocalId, None) => {
                check.fault("system", "is missing; send the name of the system that issued the local id")
            }
            (_, Some(_)) => check.fault("system", "is only allowed with local_id; leave it out"),
            (_, None) => {}
        }
    }

    fn check_value(&self, check: &mut Check) {
        let compact = compact(&self.value);
        match self.kind {
            IdentifierKind::NhsNumber => check.rule(
                "value",
                is_nhs_number(&compact),
                "is not a valid NHS number: it has ten digits, and the last is a check digit; check for a mistyped digit",
            ),
            IdentifierKind::Upn => check.rule(
                "value",
                is_upn(&compact),
                "is not a valid UPN: it has a check letter, eleven digits, and a digit or (temporary) a letter; check for a mistyped character",
            ),
            IdentifierKind::LocalId => check.rule(
                "value",
                (1..=20).contains(&compact.len()) && compact.chars().all(|c| c.is_ascii_alphanumeric()),
                "must have 1 to 20 letters and digits",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nhs_numbers_are_told_apart_by_their_check_digit() {
        for valid in ["9434765919", "9990000018", "9000000009", "4010232137"] {
            assert!(is_nhs_number(valid), "{valid}");
        }
        for invalid in ["9434765918", "9990000000", "1111111111", "943476591", "94347659190", "943476591x", ""] {
            assert!(!is_nhs_number(invalid), "{invalid}");
        }
    }

    #[test]
    fn no_last_digit_is_valid_where_the_check_digit_would_be_ten() {
        assert!((0..10).all(|digit| !is_nhs_number(&format!("999000000{digit}"))));
    }

    #[test]
    fn upns_are_told_apart_by_their_check_letter() {
        for valid in ["N202000099001", "F330123425001", "E942000025001"] {
            assert!(is_upn(valid), "{valid}");
        }
        for invalid in ["A330123425001", "F33012342500", "F3301234250011", "I330123425001", "F33012342500S", ""] {
            assert!(!is_upn(invalid), "{invalid}");
        }
    }

    #[test]
    fn a_temporary_upn_ends_in_a_letter() {
        let temporary =
            UPN_LETTERS.iter().map(|letter| format!("{}33012342500A", char::from(*letter))).filter(|upn| is_upn(upn));
        assert_eq!(temporary.count(), 1);
    }
}
