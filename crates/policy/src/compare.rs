//! What an edited set of rules changes: who would newly see or do what.

use crate::engine::Policy;
use crate::situations::{Situation, situations};

/// A situation in which two sets of rules do not agree.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The situation.
    pub situation: Situation,
    /// Whether the new rules allow what the old ones refuse; the other way round otherwise.
    pub widens: bool,
    /// The policies that decide under whichever rules allow it.
    pub policies: Vec<String>,
}

/// Every situation of the list in which `new` decides otherwise than `old`. An empty answer says that nothing in
/// the list differs; the prover in `proofs/` says it of every request there can be.
pub fn compare(old: &Policy, new: &Policy) -> Vec<Difference> {
    compare_in(situations(), old, new)
}

fn compare_in(situations: impl Iterator<Item = Situation>, old: &Policy, new: &Policy) -> Vec<Difference> {
    situations
        .filter_map(|situation| {
            let (before, after) =
                (old.decide(situation.verb, situation.facts), new.decide(situation.verb, situation.facts));
            let allowing = if after.allowed { &after } else { &before };
            (before.allowed != after.allowed).then(|| Difference {
                widens: after.allowed,
                policies: allowing.policies.clone(),
                situation,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Verb;
    use crate::engine::{SCHEMA, SHIPPED};
    use crate::situations::situations_of;

    /// Compared in one action alone, which is enough to see how.
    fn compare(old: &Policy, new: &Policy) -> Vec<Difference> {
        compare_in(situations_of(Verb::ViewConcern).into_iter(), old, new)
    }

    fn edited(from: &str, to: &str) -> Policy {
        let text = SHIPPED.join("\n");
        assert!(text.contains(from));
        Policy::load(SCHEMA, &text.replacen(from, to, 1)).unwrap()
    }

    #[test]
    fn the_same_rules_differ_in_nothing() {
        let shipped = Policy::shipped().unwrap();
        assert!(compare(&shipped, &Policy::shipped().unwrap()).is_empty());
    }

    #[test]
    fn a_rule_that_is_loosened_shows_who_would_newly_see_what() {
        let shipped = Policy::shipped().unwrap();
        let loose =
            edited("when { context.responder && resource.segment == \"shared\" };", "when { context.responder };");
        let differences = compare(&shipped, &loose);
        assert!(!differences.is_empty() && differences.iter().all(|difference| difference.widens));
        assert!(differences.iter().any(|difference| difference.situation.recording.contains("police_restricted")));
        assert!(compare(&loose, &shipped).iter().all(|difference| !difference.widens));
    }

    #[test]
    fn a_rule_that_closes_no_longer_is_noticed() {
        let shipped = Policy::shipped().unwrap();
        let open = edited("when { context.conflict };", "when { context.conflict && context.sealed };");
        assert!(compare(&shipped, &open).iter().any(|difference| difference.widens));
    }
}
