//! Partner information: lines that police release about what they keep. A line is read without its source. It has no
//! agency, author, recording or day, and its id shows no time.

use alongside_domain::access::partner_information::{Handling, NewSanitisedLine, PartnerInformation, month_of};
use alongside_domain::record::entry::Withdrawal;
use alongside_domain::{At, ChildId, SanitisedLineId};
use alongside_policy::Action;
use alongside_policy::action::{ListPartnerInformation, SanitiseRecording, WithdrawSanitisedLine};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::granted::Granted;
use crate::context::repeatable::{REPEATING, Repeatable, repeatable_without_body};
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{child, sanitised_line};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::At as Place;

/// The sealed content of a line.
#[derive(Serialize, Deserialize)]
struct Content {
    line: String,
    handling: Handling,
}

fn place(id: SanitisedLineId, child: ChildId, part: &'static str) -> Place<'static> {
    Place { table: "sanitised_line", row: id.0, part, owner: child.0 }
}

impl<A: Action> Granted<'_, A> {
    /// The child's partner information, in random order.
    pub(crate) fn partner_information(&mut self) -> Result<Vec<PartnerInformation>, Error> {
        if !self.child_facts()?.has_partner_information {
            return Ok(Vec::new());
        }
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let rows: Vec<(Uid, Vec<u8>, Stamp)> = on_either!(&mut *self.connection, c => sanitised_line::table
            .filter(sanitised_line::child_id.eq(Uid::from(child)))
            .filter(sanitised_line::withdrawn_at.is_null())
            .order(sanitised_line::id)
            .select((sanitised_line::id, sanitised_line::content, sanitised_line::released_at))
            .load(c))?;
        rows.into_iter()
            .map(|(id, content, released_at)| {
                let id = id.into();
                let Content { line, handling } = key.open_json(place(id, child, "content"), &content)?;
                Ok(PartnerInformation { id, line, handling, month: month_of(released_at.0) })
            })
            .collect()
    }
}

impl Granted<'_, ListPartnerInformation> {
    /// The child's partner information.
    pub fn lines(&mut self) -> Result<Vec<PartnerInformation>, Error> {
        self.partner_information()
    }
}

impl Granted<'_, SanitiseRecording> {
    /// Releases a line about a recording in the police segment.
    pub fn release(&mut self, new: &NewSanitisedLine) -> Result<PartnerInformation, Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let id = SanitisedLineId(self.shared.ids.next(At::UNIX_EPOCH));
        let content = Content { line: new.line.clone(), handling: new.handling };
        let row = (
            sanitised_line::id.eq(Uid::from(id)),
            sanitised_line::entry_id.eq(Uid::from(self.action.entry)),
            sanitised_line::child_id.eq(Uid::from(child)),
            sanitised_line::content.eq(key.seal_json(place(id, child, "content"), &content)?),
            sanitised_line::released_by.eq(Uid::from(self.actor.worker)),
            sanitised_line::released_at.eq(Stamp(self.now)),
        );
        on_either!(&mut *self.connection, c => {
            diesel::insert_into(sanitised_line::table).values(row).execute(c)?;
            diesel::update(child::table.find(Uid::from(child)))
                .set(child::has_partner_information.eq(true))
                .execute(c)
        })?;
        Ok(PartnerInformation { id, line: content.line, handling: content.handling, month: month_of(self.now) })
    }
}

impl Repeatable for SanitiseRecording {
    type Answer = PartnerInformation;
    type Made = SanitisedLineId;

    fn made(line: &PartnerInformation) -> SanitisedLineId {
        line.id
    }

    fn again(granted: &mut Granted<'_, Self>, id: SanitisedLineId) -> Result<PartnerInformation, Error> {
        let list = ListPartnerInformation { child: granted.child_facts()?.id, purpose: REPEATING };
        // A line that was withdrawn meanwhile is hidden from everyone.
        let shown = |lines: Vec<PartnerInformation>| lines.into_iter().find(|line| line.id == id);
        granted.look_again(&list, |granted| shown(granted.lines()?).ok_or(Error::Unknown))
    }
}

repeatable_without_body!(WithdrawSanitisedLine);

impl Granted<'_, WithdrawSanitisedLine> {
    /// Withdraws a line, once. It stays stored and is hidden from everyone.
    pub fn withdraw(&mut self, withdrawal: &Withdrawal) -> Result<(), Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let because = key.seal_json(place(self.action.line, child, "withdrawn_because"), &withdrawal.because)?;
        let standing = sanitised_line::table.find(Uid::from(self.action.line));
        let standing = standing.filter(sanitised_line::withdrawn_at.is_null());
        let withdrawn = on_either!(&mut *self.connection, c => diesel::update(standing)
            .set((
                sanitised_line::withdrawn_by.eq(Uid::from(self.actor.worker)),
                sanitised_line::withdrawn_at.eq(Stamp(self.now)),
                sanitised_line::withdrawn_because_sealed.eq(because),
            ))
            .execute(c))?;
        if withdrawn == 0 {
            return Err(Error::Conflict("it has already been withdrawn"));
        }
        Ok(())
    }
}
