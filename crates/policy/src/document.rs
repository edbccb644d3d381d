//! The rules in words and as tables, for `docs/authorization.md`.

use std::fmt::Write as _;

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::{EntryKind, Segment};

use crate::engine::Policy;
use crate::facts::{EntryFacts, Relation};
use crate::operation::{Resource, Verb};
use crate::situations::{RELATIONSHIPS, facts};

fn mark(allowed: bool) -> &'static str {
    if allowed { "yes" } else { "–" }
}

/// What each role is for.
const fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Practitioner => "Works with children: a social worker, police officer or nurse.",
        Role::Supervisor => "Oversees the practitioners of an agency.",
        Role::SafeguardingLead => "Answers for an agency's withheld recordings and closed records.",
        Role::BoardAnalyst => "Views counts for the board. Never sees a record.",
        Role::Auditor => "Sees who viewed a record. Reads its content only in an audit of cases.",
        Role::Administrator => "Manages agencies and accounts. Never sees a record.",
    }
}

/// What each relationship means, in the order of [`RELATIONSHIPS`].
const RELATIONSHIPS_IN_WORDS: &[(&str, &str)] = &[
    ("no relationship", "None of the relationships below."),
    (
        "agency received a referral",
        "The worker's agency received a referral about the child and has not decided on it.",
    ),
    ("agency involved", "A colleague of the same agency is allocated or in the team."),
    ("on duty", "The worker is on duty for the child, for a shift. A colleague is involved too."),
    ("invited to a meeting", "The worker is invited to a meeting about the child, until it is over."),
    ("searches for the missing child", "The child is missing and the worker helps to find the child."),
    ("audits the case", "The child's record is part of an audit of cases, until the audit ends."),
    ("emergency access", "The worker began emergency access, which lasts an hour and is reviewed."),
    ("in the team", "The worker is in the team around the child."),
    ("allocated", "The worker is in charge of their agency's work with the child."),
];

/// `docs/authorization.md`: roles and relationships, then what they allow, then the policies in words.
pub fn authorization_document(policy: &Policy) -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         What a worker may do depends on their role and on their relationship to the child.\n\
         The tables below show the results, and [the rules](#the-rules) give the reasons.\n\n\
         This page is generated from `policies/` with `alongside authorization`. A test fails if it is out of date.\n\
         The Cedar text decides; [its introduction](../policies/README.md) explains how to read and change it.\n",
    );
    roles_and_relationships(&mut page);
    actions_on_children(policy, &mut page);
    entries_by_segment(policy, &mut page);
    actions_on_partnership(policy, &mut page);
    rules(policy, &mut page);
    page
}

fn roles_and_relationships(page: &mut String) {
    page.push_str("\n## Roles\n\n| role | purpose |\n|---|---|\n");
    for role in Role::ALL {
        let _ = writeln!(page, "| `{role}` | {} |", role_in_words(*role));
    }
    page.push_str("\n## Relationships to a child\n\n| relationship | meaning |\n|---|---|\n");
    for (name, meaning) in RELATIONSHIPS_IN_WORDS {
        let _ = writeln!(page, "| {name} | {meaning} |");
    }
}

fn rules(policy: &Policy, page: &mut String) {
    page.push_str(
        "\n## The rules\n\n\
         A rule under **Never** wins over every rule under **May**. An action that no rule allows is refused.\n",
    );
    for (heading, forbids) in [("Never", true), ("May", false)] {
        let _ = writeln!(page, "\n### {heading}\n");
        for text in policy.texts().iter().filter(|text| text.forbids == forbids) {
            let _ = writeln!(page, "- **{}** *{}* (`{}`)", text.title, text.because, text.id);
        }
    }
}

fn actions_on_children(policy: &Policy, page: &mut String) {
    page.push_str(
        "\n## Actions on a child's record\n\n\
         The worker has proved a second factor and stated a purpose. The record is open, and there is no conflict.\n",
    );
    for role in Role::ALL {
        let _ = write!(page, "\n### {role}\n\n| action |");
        for (name, _) in RELATIONSHIPS {
            let _ = write!(page, " {name} |");
        }
        page.push_str("\n|---|");
        page.push_str(&"---|".repeat(RELATIONSHIPS.len()));
        page.push('\n');
        for verb in Verb::ALL.iter().filter(|verb| verb.resource() == Resource::Child) {
            let _ = write!(page, "| `{}` |", verb.as_str());
            for (_, relation) in RELATIONSHIPS {
                let facts = facts(*role, Sector::SocialCare, *relation, None);
                let _ = write!(page, " {} |", mark(policy.decide(*verb, facts).allowed));
            }
            page.push('\n');
        }
    }
}

fn entries_by_segment(policy: &Policy, page: &mut String) {
    page.push_str(
        "\n## Reading one recording, by segment\n\n\
         The recording is a concern of another agency. \"Known\" means that the worker sees that it exists, \
         its kind and the agency to ask, and nothing else.\n\n\
         | role | field | relationship | shared | own_agency | health_restricted | police_restricted | named_people |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for role in [Role::Practitioner, Role::Supervisor, Role::SafeguardingLead] {
        for sector in [Sector::SocialCare, Sector::Police, Sector::Health] {
            for (name, relation) in RELATIONSHIPS {
                let _ = write!(page, "| {role} | {sector} | {name} |");
                for segment in Segment::ALL {
                    let facts = facts(role, sector, *relation, Some(EntryFacts::of(EntryKind::Concern, *segment)));
                    let reads = policy.decide(Verb::ViewConcern, facts).allowed;
                    let knows = policy.decide(Verb::KnowOfEntry, facts).allowed;
                    let answer = match (reads, knows) {
                        (true, _) => "reads",
                        (false, true) => "known",
                        (false, false) => "–",
                    };
                    let _ = write!(page, " {answer} |");
                }
                page.push('\n');
            }
        }
    }
}

fn actions_on_partnership(policy: &Policy, page: &mut String) {
    page.push_str(
        "\n## Actions that are not about one child\n\n\
         If an action is about a worker, that worker is a colleague of the same agency.\n\n| action |",
    );
    for role in Role::ALL {
        let _ = write!(page, " {role} |");
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(Role::ALL.len()));
    page.push('\n');
    for verb in Verb::ALL.iter().filter(|verb| verb.resource() == Resource::Partnership) {
        let (about, relation) = if *verb == Verb::DecideRoleGrant {
            let proposed_role = Some(Role::Practitioner);
            (
                " for a practitioner of the same agency",
                Relation { colleague: true, proposed_role, ..Relation::default() },
            )
        } else {
            ("", Relation { colleague: true, ..Relation::default() })
        };
        let _ = write!(page, "| `{}`{about} |", verb.as_str());
        for role in Role::ALL {
            let facts = facts(*role, Sector::SocialCare, relation, None);
            let _ = write!(page, " {} |", mark(policy.decide(*verb, facts).allowed));
        }
        page.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relationship_is_explained() {
        let explained: Vec<_> = RELATIONSHIPS_IN_WORDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(explained, RELATIONSHIPS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
