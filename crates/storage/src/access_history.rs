//! Who looked at a child's record, when and why.

use alongside_domain::audit::AuditEvent;
use alongside_policy::action::ViewAccessHistory;
use diesel::prelude::*;

use crate::audit::AuditRow;
use crate::connection::on_either;
use crate::door::Granted;
use crate::error::Error;
use crate::paging::{Page, PageRequest, Place};
use crate::schema::audit_event;
use crate::sql_types::{Stamp, Uid};

impl Granted<'_, ViewAccessHistory> {
    /// Every decision about the child's record, refusals included, newest first.
    pub fn accesses(&mut self, page: &PageRequest) -> Result<Page<AuditEvent>, Error> {
        let child = Uid::from(self.child_facts()?.id);
        let rows: Vec<AuditRow> = on_either!(&mut *self.connection, c => {
            let mut query = audit_event::table
                .filter(audit_event::child_id.eq(child))
                .select(AuditRow::as_select())
                .into_boxed();
            if let Some(Place { at, id }) = page.after {
                let (at, id) = (Stamp(at), Uid(id));
                query = query.filter(audit_event::at.lt(at).or(audit_event::at.eq(at).and(audit_event::id.lt(id))));
            }
            query
                .order((audit_event::at.desc(), audit_event::id.desc()))
                .limit(i64::from(page.limit) + 1)
                .load(c)
        })?;
        let events = rows.into_iter().map(AuditEvent::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(events, page.limit, |event| Place { at: event.at, id: event.id.0 }))
    }
}
