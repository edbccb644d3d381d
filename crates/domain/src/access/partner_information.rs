//! Partner information: a line that police release about what they keep, which helps to protect the child and does not
//! reveal its source.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};

use crate::vocabulary::check::SENTENCE;
use crate::{Check, SanitisedLineId, Violations};

crate::codes! {
    /// What a reader may do with a line.
    pub enum Handling {
        /// It may inform every decision to keep the child safe, and be discussed among the workers involved with the
        /// child.
        ForSafeguarding = "for_safeguarding",
        /// As `for_safeguarding`, but it must not reach the child, the family or anyone else.
        NotForFamily = "not_for_family",
        /// Do not act on it before you have asked your agency's safeguarding lead.
        AskBeforeActing = "ask_before_acting",
    }
}

/// A line for police to release.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSanitisedLine {
    /// The line. It must not reveal who said it, where or when, or how it is known.
    #[schema(
        example = "A partner believes that the child may be collected near school in the afternoon.",
        min_length = 1,
        max_length = 1000
    )]
    pub line: String,
    /// What a reader may do with it.
    pub handling: Handling,
}

impl std::fmt::Debug for NewSanitisedLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewSanitisedLine(…)")
    }
}

impl NewSanitisedLine {
    /// Checks that a line is given.
    pub fn validate(&self) -> Result<(), Violations> {
        Check::all(|check| check.text("line", &self.line, SENTENCE))
    }
}

/// A released line, without its agency, author, recording and day.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PartnerInformation {
    /// The id of the line. It is random and does not show when the line was released.
    pub id: SanitisedLineId,
    /// The line.
    pub line: String,
    /// What a reader may do with it.
    pub handling: Handling,
    /// The month in which it was released, written YYYY-MM.
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
