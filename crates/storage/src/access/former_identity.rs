//! New identities. The link is stored only in the sealed first version of the new record. So nothing about the old
//! record leads to the new one.

use std::collections::HashSet;

use alongside_domain::access::former_identity::{FormerIdentity, NewIdentity};
use alongside_domain::access::involvement::{BEGINNER_DAYS, InvolvementKind, NewInvolvement};
use alongside_domain::record::child::ChildView;
use alongside_domain::{Check, ChildId, Violations};
use alongside_policy::Action;
use alongside_policy::action::{BeginNewIdentity, ViewChild, ViewFormerIdentity};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::context::repeatable::{REPEATING, Repeatable};
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::child;
use crate::database::sql_types::Uid;
use crate::record::child::{Content, versions};
use crate::record::search::Spend;
use crate::sealing::keys::Keys;
use crate::sealing::search_token::{self, Token};

/// Refuses tokens by which one search would find both identities.
fn require_apart(tokens: &[Token], former: &HashSet<Vec<u8>>, pointer: &str) -> Result<(), Violations> {
    let shared = |unique: bool| tokens.iter().any(|token| token.unique == unique && former.contains(&token.digest));
    Check::all(|check| {
        check.within(pointer, |check| {
            let numbers = "has a number of the former identity; give the new identity different numbers";
            let name = "is found by the former name; give the new identity another name, or another date of birth";
            check.rule("identifiers", !shared(true), numbers);
            check.rule("identity", !shared(false), name);
        });
    })
}

/// The digest of every search token that a record has or ever had, and of the identities before it. What is opened for
/// this is not shown: a new identity is compared with it, and refused where they meet.
fn tokens_ever(connection: &mut Connection, keys: &Keys, record: ChildId) -> Result<HashSet<Vec<u8>>, Error> {
    let (mut digests, mut next) = (HashSet::new(), Some(record));
    while let Some(id) = next {
        let sealed: Option<Vec<u8>> = on_either!(&mut *connection, c => child::table
            .find(Uid::from(id))
            .select(child::key_sealed)
            .first(c))?;
        // A record whose key was destroyed cannot lead anywhere.
        let Some(sealed) = sealed else { break };
        let versions = versions(connection, id, &keys.child_key(id.0, &sealed)?)?;
        next = versions.first().and_then(|first| first.former);
        let tokens = versions.iter().flat_map(|known| search_token::of_child(keys, &known.details));
        digests.extend(tokens.map(|token| token.digest));
    }
    Ok(digests)
}

impl<A: Action> Granted<'_, A> {
    /// Refuses tokens that lead to the child's former record, if there was one.
    pub(crate) fn require_apart_from_former(&mut self, tokens: &[Token], pointer: &str) -> Result<(), Error> {
        let Some(former) = self.former()? else { return Ok(()) };
        let digests = tokens_ever(self.connection, &self.shared.keys, former)?;
        Ok(require_apart(tokens, &digests, pointer)?)
    }
}

impl Granted<'_, BeginNewIdentity> {
    /// Starts a sealed record with its own key, ids and tokens. The owner is allocated to the child, like the worker
    /// who starts an ordinary record. Nothing is written to the old record. The event names only the old record.
    pub fn begin_new_identity(&mut self, new: &NewIdentity, spend: &mut Spend<'_>) -> Result<ChildView, Error> {
        let former = self.child_facts()?.id;
        let details = new.details.clone().normalised();
        let tokens = search_token::of_child(&self.shared.keys, &details);
        let digests = tokens_ever(self.connection, &self.shared.keys, former)?;
        require_apart(&tokens, &digests, "details")?;
        let others = self.others_with(&search_token::numbers(&tokens), &tokens, None, spend)?;
        if !others.known.is_empty() {
            let remedy = "has a number of another record; give the new identity different numbers";
            return Err(Violations::one("/details/identifiers", remedy).into());
        }
        let content = Content { because: None, former: Some(former), details };
        let (record, view) = self.begin_record(content, tokens, others.is_empty())?;
        self.seal_from_birth(&record, &new.restriction)?;
        self.tell_guardians(&others.hidden)?;
        self.involve(
            &record,
            &NewInvolvement {
                worker_id: new.restriction.owner_id,
                kind: InvolvementKind::Allocated,
                ends_at: self.now + chrono::Duration::days(BEGINNER_DAYS),
                reason: "Answers for the record.".to_owned(),
            },
        )?;
        Ok(view)
    }
}

impl Repeatable for BeginNewIdentity {
    type Answer = ChildView;
    type Made = ChildId;

    fn made(view: &ChildView) -> ChildId {
        view.id
    }

    /// Here too the event names only the old record.
    fn again(granted: &mut Granted<'_, Self>, child: ChildId) -> Result<ChildView, Error> {
        granted.look_again(&ViewChild { child, purpose: REPEATING }, |granted| granted.child(None))
    }
}

impl Granted<'_, ViewFormerIdentity> {
    /// The record that was the child's before this one.
    pub fn former_identity(&mut self) -> Result<FormerIdentity, Error> {
        let child_id: ChildId = self.child_facts()?.id;
        Ok(FormerIdentity { child_id, former_child_id: self.former()? })
    }
}
