//! Finding children who may be the same child. A closed record is hidden from workers for whom it is closed. No search
//! finds it, and neither does a new record with one of its numbers.

use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::record::child::{Candidate, Candidates, ChildSearch};
use alongside_domain::record::entry::Field;
use alongside_domain::{AgencyId, ChildId, WorkerId};
use alongside_policy::action::SearchChildren;
use alongside_policy::{Action, Facts, Relation, Subject, Verb};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{involvement, listed_person};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::search_token::{self, Token};
use crate::standing::child::of_child;

mod ranking;

use ranking::Ranked;

/// Takes this many searches from the worker's allowance, or refuses.
pub type Spend<'a> = dyn FnMut(u32) -> Result<(), Error> + 'a;

/// Children who match the search.
#[derive(Default)]
pub(crate) struct Found {
    /// Those whose records the caller may know about, best match first.
    pub(crate) known: Vec<ChildId>,
    /// Whether there are more of these.
    pub(crate) cut: bool,
    /// Those whose records are hidden from the caller.
    pub(crate) hidden: Vec<ChildId>,
}

impl Found {
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.hidden.is_empty()
    }
}

impl<A: Action> Granted<'_, A> {
    /// Other children who have one of these numbers. The caller may know about a child if they may raise a concern
    /// about the child, that is, unless the record is closed for them. Matches of other tokens only order the result.
    ///
    /// To compare a number is to search for it. Each counts against the limit on searches. A worker who may not search
    /// gets no result.
    pub(crate) fn others_with(
        &mut self,
        numbers: &[&Token],
        tokens: &[Token],
        but: Option<ChildId>,
        spend: &mut Spend<'_>,
    ) -> Result<Found, Error> {
        let count = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        if count > 0 {
            spend(count)?;
            self.compared += count;
        }
        let numbers: Vec<&[u8]> = numbers.iter().map(|number| number.digest()).collect();
        let all: Vec<&[u8]> = tokens.iter().map(Token::digest).collect();
        let Ranked { children: known, cut } = self.ranked(&numbers, &all, but)?;
        let mut others = Found { known, cut, hidden: self.hidden_with(&numbers, but)? };
        if !self.may_search() {
            others.hidden.append(&mut others.known);
            others.cut = false;
        }
        Ok(others)
    }

    /// Whether the caller may search for the same numbers. Neither the start of a record nor what it finds waits for a
    /// confirmation, so that a child in danger can be found by number.
    fn may_search(&self) -> bool {
        let (relation, entry) = (Relation::default(), None);
        let facts = Facts { relation, entry, purpose_stated: true, over_volume: false, ..*self.permit.facts() };
        self.policy().decide(Verb::SearchChildren, facts).allowed
    }

    /// Notifies the people who may open these records that another record has one of their numbers. The author of the
    /// other record must not learn of it.
    pub(crate) fn tell_guardians(&mut self, hidden: &[ChildId]) -> Result<(), Error> {
        for child in hidden {
            let listed: Vec<Uid> = on_either!(&mut *self.connection, c => listed_person::table
                .filter(listed_person::child_id.eq(Uid::from(*child)))
                .select(listed_person::worker_id)
                .load(c))?;
            let listed: Vec<WorkerId> = listed.into_iter().map(WorkerId::from).collect();
            let told = self.who_may_know(*child, &listed)?;
            self.tell(told, NoticeKind::PossibleDuplicate, Subject::Child(*child))?;
        }
        Ok(())
    }
}

impl Granted<'_, SearchChildren> {
    /// Children who may match the search, best match first. Names are shown where the caller may see them. For the
    /// others, the agencies to ask are shown.
    pub fn search(&mut self, search: &ChildSearch) -> Result<Candidates, Error> {
        let keys = &self.shared.keys;
        let number = search.identifier.as_ref().map(|identifier| search_token::of_identifier(keys, identifier));
        let name = search.name.as_ref();
        let name =
            name.map(|name| search_token::of_name(keys, &name.family_name, name.given_name.as_deref(), name.born_on));
        let tokens: Vec<&[u8]> = number.iter().chain(&name).map(Token::digest).collect();
        self.compared += u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        let Ranked { children, cut } = self.ranked(&tokens, &tokens, None)?;
        let items = children.into_iter().map(|id| self.candidate(id)).collect::<Result<_, _>>()?;
        Ok(Candidates::new(items, cut, search))
    }

    fn candidate(&mut self, id: ChildId) -> Result<Candidate, Error> {
        let subject = of_child(self.connection, &self.actor, id, self.now)?.ok_or(Error::Unknown)?;
        let identity = match self.confirm_row(Verb::ReadIdentity, &subject)? {
            Some(record) => Some(self.details_of(&record, None)?.details.identity),
            None => None,
        };
        let withheld = if identity.is_some() { Vec::new() } else { vec![Field::Identity] };
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
