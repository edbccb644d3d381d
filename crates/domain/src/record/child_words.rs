//! A child's own words.

use serde::{Deserialize, Serialize};

use crate::Check;
use crate::vocabulary::check::{LABEL, NARRATIVE};

crate::codes! {
    /// How the child expressed it.
    pub enum Medium {
        /// Aloud.
        Spoken = "spoken",
        /// In writing.
        Written = "written",
        /// In a drawing.
        Drawn = "drawn",
        /// In sign language.
        Signed = "signed",
        /// Shown by what the child did.
        BehaviourObserved = "behaviour_observed",
        /// Another way.
        Other = "other",
    }
}

/// The child's own words, stored as they were said and never rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildWords {
    /// The words, exactly as they were said.
    #[schema(example = "I just want to be asked how I am.", min_length = 1, max_length = 10000)]
    pub words: String,
    /// How they were expressed.
    pub medium: Medium,
    /// The language, if it was not English. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub language: Option<String>,
    /// A translation. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub translation: Option<String>,
    /// Whether only workers who work with the child directly may read them.
    #[serde(default)]
    pub sensitive: bool,
}

impl ChildWords {
    /// Visits the words and their translation.
    pub fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        std::iter::once(&mut self.words).chain(&mut self.translation).for_each(visit);
    }

    /// Checks lengths only: a child's words are never judged.
    pub fn check(&self, check: &mut Check) {
        verbatim(check, "words", &self.words);
        check.optional_text("language", self.language.as_deref(), LABEL);
        if let Some(translation) = &self.translation {
            verbatim(check, "translation", translation);
        }
    }
}

/// Long words are continued in another quotation, and never shortened.
fn verbatim(check: &mut Check, field: &str, text: &str) {
    if text.chars().count() > NARRATIVE {
        check.fault(
            field,
            format!(
                "is longer than {NARRATIVE} characters. Continue in another quotation of child_words, word for word; \
                 do not shorten what the child said"
            ),
        );
    } else {
        check.text(field, text, NARRATIVE);
    }
}
