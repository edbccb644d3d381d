//! The rules as a table, for `docs/authorization.md` and for a board to sign.

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

/// `docs/authorization.md`: the policies in words and the tables that follow from them.
pub fn authorization_document(policy: &Policy) -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         Generated from `policies/` with `alongside authorization`; a test fails when it is stale.\n\
         The Cedar text is what decides; this page restates it.\n\n\
         ## The rules\n\n\
         A rule under **Never** wins over every rule under **May**. What no rule allows is refused.\n",
    );
    for (heading, forbids) in [("Never", true), ("May", false)] {
        let _ = writeln!(page, "\n### {heading}\n");
        for text in policy.texts().iter().filter(|text| text.forbids == forbids) {
            let _ = writeln!(page, "- **{}** *{}* (`{}`)", text.title, text.because, text.id);
        }
    }
    actions_on_children(policy, &mut page);
    entries_by_segment(policy, &mut page);
    actions_on_partnership(policy, &mut page);
    page
}

fn actions_on_children(policy: &Policy, page: &mut String) {
    page.push_str(
        "\n## Actions on a child's record\n\n\
         With a stated purpose. \"Agency involved\" means that a colleague of the same agency is allocated or in the team.\n",
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
        "\n## Reading one recording, by whose confidence it is kept in\n\n\
         A concern recorded by another agency. \"Known\" means: its existence and the agency to ask, nothing else.\n\n\
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
    page.push_str("\n## Actions about no child in particular\n\nWhere one is about a worker: about a colleague of the same agency.\n\n| action |");
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
                " for a practitioner of the own agency",
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
