//! Who may be the same child. A closed record is found by nobody for whom it is closed: not by a search, and not
//! by beginning a record with a number that it has.

use alongside_domain::child::{Candidate, ChildSearch};
use alongside_domain::entry::Field;
use alongside_domain::notice::NoticeKind;
use alongside_domain::{AgencyId, ChildId, WorkerId};
use alongside_policy::action::SearchChildren;
use alongside_policy::{Action, Verb};
use diesel::prelude::*;

use crate::connection::on_either;
use crate::door::Granted;
use crate::error::Error;
use crate::schema::{child_token, involvement, listed_person};
use crate::sql_types::{Stamp, Uid};
use crate::standing;
use crate::token::{self, Token};

/// The most candidates a search answers with; more means that the search was too wide.
const MOST_CANDIDATES: i64 = 50;

/// Children who carry what was looked for.
#[derive(Default)]
pub(crate) struct Found {
    /// Those that exist for the actor.
    pub(crate) known: Vec<ChildId>,
    /// Those that do not.
    pub(crate) hidden: Vec<ChildId>,
}

impl Found {
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.hidden.is_empty()
    }
}

impl<A: Action> Granted<'_, A> {
    /// A child exists for whoever may raise a concern about the child: everybody but those for whom the record is
    /// closed.
    fn children_with(&mut self, token: &Token) -> Result<Found, Error> {
        let ids: Vec<Uid> = on_either!(&mut *self.connection, c => child_token::table
            .filter(child_token::token.eq(&token.digest))
            .filter(child_token::kind.eq(token.kind))
            .order(child_token::child_id.asc())
            .limit(MOST_CANDIDATES)
            .select(child_token::child_id)
            .load(c))?;
        let mut found = Found::default();
        for id in ids.into_iter().map(ChildId::from) {
            let subject = standing::child(self.connection, &self.actor, id, self.now)?.unwrap_or_default();
            if self.permit.allows_for(self.policy(), Verb::RaiseConcern, subject.relation) {
                found.known.push(id);
            } else {
                found.hidden.push(id);
            }
        }
        Ok(found)
    }

    /// Other children who have one of these numbers.
    pub(crate) fn others_with(&mut self, tokens: &[Token], but: Option<ChildId>) -> Result<Found, Error> {
        let mut others = Found::default();
        for token in tokens.iter().filter(|token| token.unique) {
            let found = self.children_with(token)?;
            others.known.extend(found.known.into_iter().filter(|id| Some(*id) != but));
            others.hidden.extend(found.hidden.into_iter().filter(|id| Some(*id) != but));
        }
        for ids in [&mut others.known, &mut others.hidden] {
            ids.sort_unstable();
            ids.dedup();
        }
        Ok(others)
    }

    /// Tells the people for whom these records are open that another record has a number of theirs: whoever wrote it
    /// could not be told.
    pub(crate) fn tell_guardians(&mut self, hidden: &[ChildId]) -> Result<(), Error> {
        for child in hidden {
            let listed: Vec<Uid> = on_either!(&mut *self.connection, c => listed_person::table
                .filter(listed_person::child_id.eq(Uid::from(*child)))
                .select(listed_person::worker_id)
                .load(c))?;
            let listed: Vec<WorkerId> = listed.into_iter().map(WorkerId::from).collect();
            let told = self.who_may_know(*child, &listed)?;
            self.tell(told, NoticeKind::PossibleDuplicate, "child", child.0)?;
        }
        Ok(())
    }
}

impl Granted<'_, SearchChildren> {
    /// Children who may be the one looked for. Names are shown where the actor may see them; for the others
    /// the agencies to ask.
    pub fn search(&mut self, search: &ChildSearch) -> Result<Vec<Candidate>, Error> {
        let keys = &self.shared.keys;
        let token = match (&search.identifier, &search.name) {
            (Some(identifier), _) => token::of_identifier(keys, identifier),
            (None, Some(name)) => token::of_name(keys, &name.family_name, name.given_name.as_deref(), name.born_on),
            (None, None) => return Ok(Vec::new()),
        };
        let found = self.children_with(&token)?;
        found.known.into_iter().map(|id| self.candidate(id)).collect()
    }

    fn candidate(&mut self, id: ChildId) -> Result<Candidate, Error> {
        let subject = standing::child(self.connection, &self.actor, id, self.now)?.ok_or(Error::Unknown)?;
        let visible = self.permit.allows_for(self.policy(), Verb::ReadIdentity, subject.relation);
        self.subject = subject;
        let identity = if visible { Some(self.known_child(None)?.details.identity) } else { None };
        let withheld = if visible { Vec::new() } else { vec![Field::Identity] };
        Ok(Candidate { id, identity, agencies: self.agencies_with(id)?, withheld })
    }

    fn agencies_with(&mut self, id: ChildId) -> Result<Vec<AgencyId>, Error> {
        let now = Stamp(self.now);
        let ids: Vec<Uid> = on_either!(&mut *self.connection, c => involvement::table
            .filter(involvement::child_id.eq(Uid::from(id)))
            .filter(involvement::ends_at.gt(now))
            .select(involvement::agency_id)
            .distinct()
            .load(c))?;
        let mut agencies: Vec<AgencyId> = ids.into_iter().map(AgencyId::from).collect();
        agencies.sort_unstable();
        Ok(agencies)
    }
}
