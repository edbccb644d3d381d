//! Whether the reader of a notice may still know about its subject. A notice outlives its reason. The record may have
//! been closed since, or the reader may have come into conflict with the child. The notice then stays, without a link.

use std::collections::HashMap;

use alongside_domain::notices::notice::Notice;
use alongside_domain::{At, ChildId, WorkerId};
use alongside_policy::{Facts, Policy, SecondFactor, Subject, Verb};
use uuid::Uuid;

use crate::audit::unusual::UNUSUAL;
use crate::database::connection::Connection;
use crate::database::error::Error;
use crate::database::sql_types::Uid;
use crate::notices::row::{Row, notice_of};
use crate::standing::facts::ActorFacts;
use crate::standing::subject;

/// The subject of a notice, parsed from what [`named`](crate::audit::event::named) writes.
fn subject(kind: &str, id: Uuid) -> Option<Subject> {
    let id = Uid(id);
    Some(match kind {
        "child" => Subject::Child(id.into()),
        "entry" | "referral" => Subject::Entry(id.into()),
        "involvement" => Subject::Involvement(id.into()),
        "emergency" => Subject::Emergency(id.into()),
        "suppression" => Subject::Suppression(id.into()),
        "disclosure_request" => Subject::DisclosureRequest(id.into()),
        "worker" => Subject::Worker(id.into()),
        "role_grant" => Subject::RoleGrant(id.into()),
        "front_door_duty" => Subject::FrontDoorDuty(id.into()),
        _ => return None,
    })
}

/// The actions of which a reader must be allowed one to know about the subject. Empty where every reader may.
const fn shown_by(subject: Subject) -> &'static [Verb] {
    match subject {
        Subject::Worker(_) | Subject::RoleGrant(_) | Subject::FrontDoorDuty(_) => &[],
        Subject::Emergency(_) => &[Verb::ViewOwnAccess, Verb::ViewEmergencyAccess],
        Subject::Suppression(_) => &[Verb::ViewNoticeSuppression],
        Subject::DisclosureRequest(_) => &[Verb::RequestDisclosure, Verb::DecideDisclosure],
        _ => &[Verb::ViewOwnAccess],
    }
}

/// Opens notices for their readers, with one query for all notices of a reader about one subject.
pub(crate) struct Links<'a> {
    connection: &'a mut Connection,
    policy: &'a Policy,
    now: At,
    known: HashMap<(WorkerId, Subject), Option<Link>>,
}

/// What a notice links to.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    /// The child whose list shows an involvement, because an involvement is not read by its own id.
    child: Option<ChildId>,
}

impl<'a> Links<'a> {
    pub(crate) fn new(connection: &'a mut Connection, policy: &'a Policy, now: At) -> Self {
        Self { connection, policy, now, known: HashMap::new() }
    }

    /// A notice as this reader may see it now.
    pub(crate) fn open(&mut self, reader: &ActorFacts, row: Row) -> Result<Notice, Error> {
        let mut notice = notice_of(row)?;
        // A subject that this version of the program does not know has no link.
        let link = match notice.about_id.and_then(|id| subject(&notice.about_kind, id)) {
            // It is about how much a colleague did, not about a child.
            None if notice.about_kind == UNUSUAL => Some(Link::default()),
            Some(subject) => self.link(reader, subject)?,
            None => None,
        };
        notice.about_id = notice.about_id.filter(|_| link.is_some());
        notice.child_id = link.and_then(|link| link.child);
        Ok(notice)
    }

    fn link(&mut self, reader: &ActorFacts, subject: Subject) -> Result<Option<Link>, Error> {
        if let Some(known) = self.known.get(&(reader.worker, subject)) {
            return Ok(*known);
        }
        // The proofs of this session decide what the reader may do, not what they may know about.
        let proved = ActorFacts { own_password: true, second_factor: SecondFactor::Fresh, ..*reader };
        let standing = subject::subject(self.connection, &proved, subject, self.now)?;
        let facts = standing.as_ref().map(|standing| Facts { purpose_stated: true, ..proved.facts(standing) });
        let verbs = shown_by(subject);
        let may = |facts| verbs.iter().any(|verb| self.policy.decide(*verb, facts).allowed);
        let is_there = verbs.is_empty() || facts.is_some_and(may);
        let involved =
            standing.and_then(|standing| standing.child).filter(|_| matches!(subject, Subject::Involvement(_)));
        let link = is_there.then(|| Link { child: involved.map(|child| child.id) });
        self.known.insert((reader.worker, subject), link);
        Ok(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::event::named;

    #[test]
    fn the_subject_of_a_notice_is_parsed_as_it_was_written() {
        let id = Uid(Uuid::from_u128(7));
        for about in [
            Subject::Child(id.into()),
            Subject::Entry(id.into()),
            Subject::Involvement(id.into()),
            Subject::Emergency(id.into()),
            Subject::Suppression(id.into()),
            Subject::DisclosureRequest(id.into()),
            Subject::Worker(id.into()),
            Subject::RoleGrant(id.into()),
            Subject::FrontDoorDuty(id.into()),
        ] {
            let (kind, id) = named(about);
            assert_eq!(subject(kind, id.expect("an id")), Some(about));
        }
        assert_eq!(subject("partnership", Uuid::nil()), None);
    }
}
