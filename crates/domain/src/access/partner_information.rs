//! What police may say of what they keep to themselves: a line that helps to protect the child and tells nothing of
//! its source.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{Check, SanitisedLineId, Violations};

crate::codes! {
    /// What may be done with a line.
    pub enum Handling {
        /// It may inform every decision to keep the child safe, and be spoken of among those who work with the child.
        ForSafeguarding = "for_safeguarding",
        /// The same, and it must not reach the child, the family or anybody else.
        NotForFamily = "not_for_family",
        /// Nothing is done because of it before a safeguarding lead of one's own agency has been asked.
        AskBeforeActing = "ask_before_acting",
    }
}

/// A line that police release.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSanitisedLine {
    /// The line: nothing in it may tell who said it, where, when, or how it is known.
    #[schema(
        example = "A partner believes that the child may be collected near school in the afternoon.",
        min_length = 1,
        max_length = 1000
    )]
    pub line: String,
    /// What may be done with it.
    pub handling: Handling,
}

impl std::fmt::Debug for NewSanitisedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSanitisedLine(…)")
    }
}

impl NewSanitisedLine {
    /// A line is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("line", &self.line, SENTENCE))
    }
}

/// What a partner lets others know: no agency, no author, no recording, no day.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartnerInformation {
    /// Its id, which is of chance and tells no time.
    pub id: SanitisedLineId,
    /// The line.
    pub line: String,
    /// What may be done with it.
    pub handling: Handling,
    /// The month in which it was released.
    #[schema(example = "2026-11")]
    pub month: String,
}

impl std::fmt::Debug for PartnerInformation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartnerInformation(…)")
    }
}

/// The month of an instant, as it is shown.
pub fn month_of(at: DateTime<Utc>) -> String {
    format!("{:04}-{:02}", at.year(), at.month())
}
