//! The rules for passwords (OWASP ASVS 5.0, 6.2): long, not common, and more than well-known names. Any characters are
//! accepted, in any mixture; nothing is cut off or altered.

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::{Check, Violations};

/// The shortest password, in characters.
const SHORTEST: usize = 15;
/// The longest password, in characters.
const LONGEST: usize = 128;
/// Words shorter than this, in characters, are not compared: they are parts of many other words.
const SHORTEST_WORD: usize = 3;
/// The name of the service.
const SERVICE: &str = "alongside";
/// Digests of the 5,000 commonest passwords of this length, made by `scripts/common-passwords`.
const COMMON: &str = include_str!("common_passwords.txt");

/// A change of the caller's password.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// Your current password.
    #[schema(example = "four ordinary words together", max_length = 128)]
    pub present_password: String,
    /// Your new password: 15 to 128 characters, any, in addition to your names and those of your agency.
    #[schema(example = "another few ordinary words", min_length = 15, max_length = 128)]
    pub new_password: String,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordChange(…)")
    }
}

impl PasswordChange {
    /// Checks the new password without knowing whose it is.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| {
            rules(check, "new_password", &self.new_password, &[]);
            check.rule(
                "new_password",
                self.new_password != self.present_password,
                "must be different from the current password",
            );
        })
    }
}

/// Whether `password` is acceptable for a worker with these names, their own and their agency's.
pub fn validate(field: &str, password: &str, names: &[&str]) -> Result<(), Violations> {
    Check::all(|check| rules(check, field, password, names))
}

pub(crate) fn rules(check: &mut Check, field: &str, password: &str, names: &[&str]) {
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        check.fault(field, format!("must have {SHORTEST} to {LONGEST} characters"));
    } else if is_common(password) {
        check.fault(field, "is one of the commonest passwords; choose words that are hard to guess");
    } else if without_names(password, names) < SHORTEST {
        let besides = "in addition to the sign-in name, the names of the worker and the agency, and \"alongside\"";
        check.fault(field, format!("must have {SHORTEST} characters {besides}"));
    }
}

fn is_common(password: &str) -> bool {
    let digest = digest::digest(&digest::SHA256, password.to_lowercase().as_bytes());
    let beginning = digest.as_ref().iter().take(6).fold(0, |whole, byte| whole << 8 | u64::from(*byte));
    COMMON.lines().any(|common| u64::from_str_radix(common, 16) == Ok(beginning))
}

/// The number of characters that are left when the names and their words are removed.
fn without_names(password: &str, names: &[&str]) -> usize {
    let mut words = vec![SERVICE.to_owned()];
    for name in names {
        let name = name.to_lowercase();
        words.extend(name.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.push(name);
    }
    words.retain(|word| word.chars().count() >= SHORTEST_WORD);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word.as_str(), "")).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<String> {
        let names = ["amira.dunn", "Amira Dunn", "Larkmoor Children's Services"];
        validate("password", password, &names).err().and_then(|faults| faults.0.first().map(|f| f.detail.clone()))
    }

    #[test]
    fn any_characters_in_any_mixture_are_a_password_if_there_are_enough() {
        for password in
            ["four ordinary words together", "wwwwwwwwwwvvvvvvvvvv", "ｌänger als fünfzehn 🗝🗝", &"ß ".repeat(64)]
        {
            assert_eq!(fault(password), None, "{password}");
        }
        for password in ["fourteen chars", &"x".repeat(129)] {
            assert!(fault(password).is_some_and(|detail| detail.contains("15 to 128")), "{password}");
        }
    }

    #[test]
    fn a_common_password_is_refused_however_its_letters_are_written() {
        for password in ["123456789123456789", "qazwsxedcrfvtgb", "QazWsxEdcRfvTgb", "11111111111111111111"] {
            assert!(fault(password).is_some_and(|detail| detail.contains("commonest")), "{password}");
        }
        assert!(COMMON.lines().count() >= 3_000, "ASVS asks for 3,000");
    }

    #[test]
    fn names_that_everybody_knows_do_not_count() {
        for password in ["Amira.Dunn-2026!!!", "larkmoor-services-1", "alongside-demo-2026", "dunnamiradunnamira1"] {
            assert!(fault(password).is_some_and(|detail| detail.contains("in addition to")), "{password}");
        }
        assert_eq!(fault("walking alongside a slow river"), None);
    }
}
