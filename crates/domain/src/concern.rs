//! A concern: what somebody noticed and raised.

use serde::{Deserialize, Serialize};

use crate::check::{LABEL, NARRATIVE};
use crate::child_words::ChildWords;
use crate::entry::{Content, EntryKind, Source};
use crate::exploitation::{self, ExploitationType};
use crate::{At, Check};

crate::codes! {
    /// Whether the child is safe now, and what was done.
    pub enum ImmediateSafety {
        /// Nothing suggests danger at this moment.
        NoImmediateConcern = "no_immediate_concern",
        /// Something did, and it was acted on.
        ConcernActioned = "concern_actioned",
        /// Police or an emergency service was called.
        EmergencyAction = "emergency_action",
    }
}

/// Who told whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// Where the information came from.
    pub by: Source,
    /// Whom they told, by role.
    #[schema(example = "School nurse", min_length = 1, max_length = 200)]
    pub to: String,
}

/// What was noticed: seen, said and thought kept apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Concern {
    /// The forms of exploitation it may point to; may be empty while nobody can say.
    #[serde(default)]
    #[schema(max_items = 9)]
    pub exploitation_types: Vec<ExploitationType>,
    /// Who told whom.
    pub told: Told,
    /// What was seen: fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Waited alone at the bus station at 23:10, an hour from home.", max_length = 10000)]
    pub seen: Option<String>,
    /// What was said, and by whom: report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub said: Option<String>,
    /// What the recorder thinks it may mean: opinion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub opinion: Option<String>,
    /// The child's own words.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub child_words: Vec<ChildWords>,
    /// Whether the child is safe now.
    pub immediate_safety: ImmediateSafety,
    /// What was done about it; needed unless there is no immediate concern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub action_taken: Option<String>,
}

impl std::fmt::Debug for Concern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Concern(…)")
    }
}

impl Content for Concern {
    const KIND: EntryKind = EntryKind::Concern;

    fn check(&self, check: &mut Check, _now: At) {
        check.distinct("exploitation_types", &self.exploitation_types);
        check.within("told", |check| check.text("to", &self.told.to, LABEL));
        check.optional_text("seen", self.seen.as_deref(), NARRATIVE);
        check.optional_text("said", self.said.as_deref(), NARRATIVE);
        check.optional_text("opinion", self.opinion.as_deref(), NARRATIVE);
        check.each("child_words", &self.child_words, |check, words| words.check(check));
        check.rule(
            "seen",
            self.seen.is_some() || self.said.is_some() || !self.child_words.is_empty(),
            "is missing; say what was seen, what was said, or what the child said: an opinion alone is not a concern",
        );
        check.optional_text("action_taken", self.action_taken.as_deref(), NARRATIVE);
        check.rule(
            "action_taken",
            self.immediate_safety == ImmediateSafety::NoImmediateConcern || self.action_taken.is_some(),
            "is missing; say what was done to keep the child safe",
        );
    }

    fn codes(&self) -> String {
        exploitation::to_text(&self.exploitation_types)
    }

    fn child_words(&mut self) -> Option<&mut Vec<ChildWords>> {
        Some(&mut self.child_words)
    }

    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.told.to);
        let texts = [&mut self.seen, &mut self.said, &mut self.opinion, &mut self.action_taken];
        texts.into_iter().flatten().for_each(&mut *visit);
        self.child_words.iter_mut().for_each(|words| words.each_text(visit));
    }
}
