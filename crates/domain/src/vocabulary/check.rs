//! Checks of values from outside. All faults are gathered, so that a client learns of every one at once.

use chrono::NaiveDate;

use crate::{At, vocabulary::unseen};

/// The longest narrative field, in characters.
pub const NARRATIVE: usize = 10_000;
/// The longest short text (a step, a promise, an option), in characters.
pub const SENTENCE: usize = 1_000;
/// The longest name, title or label, in characters.
pub const LABEL: usize = 200;
/// The longest list inside a record.
pub const LIST: usize = 50;

/// One fault in a request. Never repeats the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the field, such as `/child_words/0/words`.
    pub pointer: String,
    /// What is wrong with the field, and what to send instead.
    pub detail: String,
}

/// Every fault in one request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} field(s) cannot be accepted", .0.len())]
pub struct Violations(pub Vec<Violation>);

impl Violations {
    /// A single fault.
    pub fn one(pointer: &str, detail: impl Into<String>) -> Self {
        Self(vec![Violation { pointer: pointer.to_owned(), detail: detail.into() }])
    }
}

/// Walks through a request and gathers its faults.
#[derive(Debug, Default)]
pub struct Check {
    path: String,
    found: Vec<Violation>,
}

impl Check {
    /// Runs `rules` and returns every fault they found.
    pub fn all(rules: impl FnOnce(&mut Self)) -> Result<(), Violations> {
        let mut check = Self::default();
        rules(&mut check);
        if check.found.is_empty() { Ok(()) } else { Err(Violations(check.found)) }
    }

    /// Reports a fault at `field` below the current place, or at the current place if `field` is empty.
    pub fn fault(&mut self, field: &str, detail: impl Into<String>) {
        let pointer = if field.is_empty() { self.path.clone() } else { format!("{}/{field}", self.path) };
        self.found.push(Violation { pointer, detail: detail.into() });
    }

    /// Reports a fault at `field` unless `holds`.
    pub fn rule(&mut self, field: &str, holds: bool, detail: &str) {
        if !holds {
            self.fault(field, detail);
        }
    }

    /// Runs `rules` one level below, at `field`.
    pub fn within(&mut self, field: &str, rules: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(field);
        rules(self);
        self.path.truncate(length);
    }

    /// Checks a list's length and each of its members.
    pub fn each<T>(&mut self, field: &str, list: &[T], mut rules: impl FnMut(&mut Self, &T)) {
        if list.len() > LIST {
            self.fault(field, format!("has more than {LIST} entries; record the rest separately"));
            return;
        }
        self.within(field, |check| {
            for (index, member) in list.iter().enumerate() {
                check.within(&index.to_string(), |check| rules(check, member));
            }
        });
    }

    /// Checks the day by which something is to be done, if there is one. More than 25 years away is a mistyped year.
    pub fn near(&mut self, field: &str, day: Option<NaiveDate>, now: At) {
        let days = day.map_or(0, |day| (day - now.date_naive()).num_days().abs());
        self.rule(field, days <= 25 * 366, "is more than 25 years away; check the year");
    }

    /// Checks a list of codes: its length, and that none is repeated.
    pub fn distinct<T: PartialEq>(&mut self, field: &str, list: &[T]) {
        if list.len() > LIST {
            self.fault(field, format!("has more than {LIST} entries"));
        } else if list.iter().enumerate().any(|(i, code)| list.iter().take(i).any(|other| other == code)) {
            self.fault(field, "contains the same value twice; send each once");
        }
    }

    /// Checks a text that must be present: not blank, at most `longest` characters, no control characters.
    pub fn text(&mut self, field: &str, text: &str, longest: usize) {
        if text.trim().is_empty() {
            self.fault(field, "is blank; write at least one word, or leave the field out if it is optional");
        } else if text.chars().count() > longest {
            let remedy = if longest > LABEL { ", or write the rest in another recording" } else { "" };
            self.fault(field, format!("is longer than {longest} characters; shorten it{remedy}"));
        } else if let Some(found) = unseen::in_text(text) {
            self.fault(field, format!("{found}; of the invisible characters, only line breaks and tabs are accepted"));
        }
    }

    /// Checks a name or an identifier: as [`Check::text`], and no character in it is invisible.
    pub fn name(&mut self, field: &str, name: &str, longest: usize) {
        if self.visible(field, name) {
            self.text(field, name, longest);
        }
    }

    /// Whether every character of a name or an identifier is visible. The first that is not is a fault.
    pub fn visible(&mut self, field: &str, name: &str) -> bool {
        let found = unseen::in_name(name);
        if let Some(found) = found {
            self.fault(field, format!("{found}; delete it, or type the text again"));
        }
        found.is_none()
    }

    /// Checks a name that may be absent. If present, as [`Check::name`].
    pub fn optional_name(&mut self, field: &str, name: Option<&str>, longest: usize) {
        if let Some(name) = name {
            self.name(field, name, longest);
        }
    }

    /// Checks a text that may be absent. If present, as [`Check::text`].
    pub fn optional_text(&mut self, field: &str, text: Option<&str>, longest: usize) {
        if let Some(text) = text {
            self.text(field, text, longest);
        }
    }

    /// Checks that an instant has passed, within the last 120 years.
    pub fn past(&mut self, field: &str, at: At, now: At) {
        if at > now {
            self.fault(field, "must not be in the future; send the instant at which it happened, in UTC");
        } else if at < now - chrono::Duration::days(120 * 366) {
            self.fault(field, "is more than 120 years ago; check the year");
        }
    }

    /// Checks that a date has passed, within the last 120 years.
    pub fn past_date(&mut self, field: &str, on: NaiveDate, now: At) {
        if on > now.date_naive() {
            self.fault(field, "must not be in the future; check the year");
        } else if on < (now - chrono::Duration::days(120 * 366)).date_naive() {
            self.fault(field, "is more than 120 years ago; check the year");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_reported_with_the_pointer_of_its_field() {
        let faults = Check::all(|check| {
            check.text("seen", "  ", 10);
            check.each("child_words", &["ok", "too long"], |check, words| check.text("words", words, 3));
        })
        .unwrap_err();
        let pointers: Vec<_> = faults.0.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(pointers, ["/seen", "/child_words/1/words"]);
    }

    #[test]
    fn control_and_reordering_characters_are_refused_and_line_breaks_are_not() {
        assert!(Check::all(|c| c.text("t", "one\ntwo\tthree", 50)).is_ok());
        for bad in ["nul\u{0}", "bell\u{7}", "right\u{202E}left", "\u{9b}31m"] {
            assert!(Check::all(|c| c.text("t", bad, 50)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert!(Check::all(|c| c.text("t", "ééé", 3)).is_ok());
        assert!(Check::all(|c| c.text("t", "éééé", 3)).is_err());
    }
}
