//! A concern: a worker's account of why a child may be at risk, with its basis.

use serde::{Deserialize, Serialize};

use crate::record::child_words::ChildWords;
use crate::record::entry::{Content, EntryKind, Source};
use crate::record::exploitation::{self, ExploitationType};
use crate::vocabulary::check::{LABEL, NARRATIVE};
use crate::{At, Check};

crate::codes! {
    /// Whether the child is safe now, and what was done.
    pub enum ImmediateSafety {
        /// Nothing suggests danger at this moment.
        NoImmediateConcern = "no_immediate_concern",
        /// There was a danger, and it was acted on.
        ConcernActioned = "concern_actioned",
        /// Police or an emergency service was called.
        EmergencyAction = "emergency_action",
    }
}

/// Who told whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The person or body from whom the information came.
    pub by: Source,
    /// The person whom they told, by role.
    #[schema(example = "School nurse", min_length = 1, max_length = 200)]
    pub to: String,
}

/// The basis of a concern where nothing was seen and no one told: a professional's judgement.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfessionalJudgement {
    /// What the professional thinks may be happening.
    #[schema(example = "Robin may be under pressure at home.", min_length = 1, max_length = 10000)]
    pub judgement: String,
    /// Why they think so.
    #[schema(
        example = "Three short visits in which each answer was given by the same adult, and what we know of earlier years.",
        min_length = 1,
        max_length = 10000
    )]
    pub reasons: String,
}

impl std::fmt::Debug for ProfessionalJudgement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProfessionalJudgement(…)")
    }
}

/// A concern. What was seen, what was said and what the author thinks are separate.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Concern {
    /// The forms of exploitation that it may point to. Empty if not known yet.
    #[serde(default)]
    #[schema(max_items = 9)]
    pub exploitation_types: Vec<ExploitationType>,
    /// Who told whom. Needed if something was said; leave it out if the author saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
    /// What was seen: fact. Absent if nothing was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Waited alone at the bus station at 23:10, an hour from home.", max_length = 10000)]
    pub seen: Option<String>,
    /// What was said, and by whom: report. Absent if nothing was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub said: Option<String>,
    /// What the author thinks it may mean: opinion, in addition to what was seen or said. Absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub opinion: Option<String>,
    /// The child's own words.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub child_words: Vec<ChildWords>,
    /// The basis of a concern that rests on professional judgement alone. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub professional_judgement: Option<ProfessionalJudgement>,
    /// Whether the child is safe now.
    pub immediate_safety: ImmediateSafety,
    /// What was done about it. Needed unless `immediate_safety` is `no_immediate_concern`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub action_taken: Option<String>,
}

impl std::fmt::Debug for Concern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Concern(…)")
    }
}

impl Concern {
    /// Whether something was seen, said by another person, or said by the child.
    fn has_observation(&self) -> bool {
        self.seen.is_some() || self.said.is_some() || !self.child_words.is_empty()
    }

    /// Checks that the concern rests on an observation, or on judgement alone with reasons.
    fn check_ground(&self, check: &mut Check) {
        check.rule(
            "seen",
            self.has_observation() || self.professional_judgement.is_some(),
            "is missing; say what was seen, what was said or what the child said. If the concern rests on your \
             judgement alone, send professional_judgement with its reasons",
        );
        let Some(stated) = &self.professional_judgement else { return };
        check.within("professional_judgement", |check| {
            check.text("judgement", &stated.judgement, NARRATIVE);
            check.text("reasons", &stated.reasons, NARRATIVE);
        });
        check.rule(
            "professional_judgement",
            !self.has_observation(),
            "is only for a concern that rests on judgement alone; send what you think of the facts in opinion",
        );
    }
}

impl Content for Concern {
    const KIND: EntryKind = EntryKind::Concern;

    fn check(&self, check: &mut Check, _now: At) {
        check.distinct("exploitation_types", &self.exploitation_types);
        if let Some(told) = &self.told {
            check.within("told", |check| check.name("to", &told.to, LABEL));
        }
        check.rule(
            "told",
            self.said.is_none() || self.told.is_some(),
            "is missing; something was said, so say who told whom",
        );
        check.optional_text("seen", self.seen.as_deref(), NARRATIVE);
        check.optional_text("said", self.said.as_deref(), NARRATIVE);
        check.optional_text("opinion", self.opinion.as_deref(), NARRATIVE);
        check.each("child_words", &self.child_words, |check, words| words.check(check));
        self.check_ground(check);
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
        self.told.iter_mut().for_each(|told| visit(&mut told.to));
        if let Some(stated) = &mut self.professional_judgement {
            [&mut stated.judgement, &mut stated.reasons].into_iter().for_each(&mut *visit);
        }
        let texts = [&mut self.seen, &mut self.said, &mut self.opinion, &mut self.action_taken];
        texts.into_iter().flatten().for_each(&mut *visit);
        self.child_words.iter_mut().for_each(|words| words.each_text(visit));
    }
}
