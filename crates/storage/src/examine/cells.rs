//! Whether each sealed text opens: with its own key, at its own place.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Nullable, Text};
use uuid::Uuid;

use super::examination::{BATCH, Examination};
use crate::database::connection::on_either;
use crate::database::sql_types::{Guid, Uid};
use crate::sealing::keys::{At, Keys};

/// The key that seals a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The key of the child whom the row is about. Once it is destroyed nothing opens, and that is not damage.
    Child,
    /// The key of the service.
    Service,
}

/// The sealed columns of one table.
struct Sealed {
    table: &'static str,
    /// The first column of the primary key, by which rows are read in order.
    id: &'static str,
    key: Key,
    /// The owner of the texts: the child or, for the service's key, a worker.
    owner: &'static str,
    /// The columns, each with the part of its place: a text, or an expression that returns one.
    columns: &'static [(&'static str, &'static str)],
    /// The table that its place names, if different.
    place: &'static str,
    /// A join that finds the child of a row, if needed.
    join: &'static str,
}

const fn of_child(table: &'static str, columns: &'static [(&'static str, &'static str)]) -> Sealed {
    Sealed { table, id: "id", key: Key::Child, owner: "t.child_id", columns, place: table, join: "" }
}

/// Every sealed column but `child.key_sealed`. A test compares them with the schema.
const SEALED: &[Sealed] = &[
    Sealed { id: "child_id", ..of_child("child_version", &[("content", "CAST(t.version AS TEXT)")]) },
    Sealed {
        id: "entry_id",
        owner: "e.child_id",
        join: "JOIN entry e ON e.id = t.entry_id",
        ..of_child("entry_version", &[("content", "CAST(t.version AS TEXT)")])
    },
    Sealed {
        id: "referral_id",
        owner: "e.child_id",
        join: "JOIN entry e ON e.id = t.referral_id",
        ..of_child("referral_answer", &[("content", "t.status")])
    },
    of_child("involvement", &[("reason_sealed", "'reason'"), ("end_reason_sealed", "'end_reason'")]),
    Sealed {
        id: "involvement_id",
        owner: "e.child_id",
        join: "JOIN involvement e ON e.id = t.involvement_id",
        ..of_child("involvement_renewal", &[("reason_sealed", "CAST(t.version AS TEXT)")])
    },
    of_child(
        "disclosure_request",
        &[
            ("reason_sealed", "'reason'"),
            ("because_sealed", "'because'"),
            ("revoked_because_sealed", "'revoked_because'"),
        ],
    ),
    of_child("sanitised_line", &[("content", "'content'"), ("withdrawn_because_sealed", "'withdrawn_because'")]),
    of_child("conflict", &[("note_sealed", "'note'"), ("lifted_because_sealed", "'lifted_because'")]),
    of_child("restriction_step", &[("content", "'content'"), ("decided_because_sealed", "'decided_because'")]),
    of_child("emergency_access", &[("explanation_sealed", "'explanation'")]),
    Sealed {
        id: "emergency_id",
        owner: "e.child_id",
        place: "emergency_access",
        join: "JOIN emergency_access e ON e.id = t.emergency_id",
        ..of_child("emergency_review", &[("note_sealed", "'review'")])
    },
    of_child("notice_suppression", &[("explanation_sealed", "'explanation'")]),
    Sealed {
        id: "worker_id",
        key: Key::Service,
        owner: "t.worker_id",
        ..of_child("second_factor", &[("secret_sealed", "'secret'")])
    },
    Sealed {
        id: "worker_id",
        key: Key::Service,
        owner: "t.worker_id",
        ..of_child("idempotency", &[("content", "'content'")])
    },
];

/// Every column that is examined, as `table.column`. A test compares them with the schema.
pub fn sealed_columns() -> Vec<String> {
    let sealed = SEALED.iter().flat_map(|of| of.columns.iter().map(|(column, _)| format!("{}.{column}", of.table)));
    sealed.chain(["child.key_sealed".to_owned(), "key_check.content".to_owned()]).collect()
}

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = Guid)]
    id: Uid,
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Guid)]
    id: Uid,
    #[diesel(sql_type = Guid)]
    owner: Uid,
    #[diesel(sql_type = Nullable<Binary>)]
    child_key: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    part: String,
    #[diesel(sql_type = Binary)]
    text: Vec<u8>,
}

impl Examination<'_> {
    pub(super) fn cells(&mut self, keys: &Keys) {
        self.child_keys(keys);
        for sealed in SEALED {
            let of = self.count(sealed.table);
            self.each_batch(sealed.table, sealed.id, of, |examination, after, last| {
                for (column, part) in sealed.columns {
                    examination.column(keys, sealed, column, part, (after, last));
                }
            });
        }
    }

    /// Goes through a table in the order of a column, in batches. A batch starts after the first id and ends with the
    /// last.
    pub(super) fn each_batch(&mut self, table: &str, id: &str, of: u64, mut each: impl FnMut(&mut Self, Uid, Uid)) {
        let end = format!(
            "SELECT {id} AS id FROM (SELECT {id} FROM {table} WHERE {id} > $1 ORDER BY {id} LIMIT {BATCH}) b \
             ORDER BY {id} DESC LIMIT 1"
        );
        let (mut after, mut done) = (Uid(Uuid::nil()), 0);
        loop {
            let last: QueryResult<Option<Last>> = on_either!(&mut self.connection, c =>
                diesel::sql_query(&end).bind::<Guid, _>(after).get_result(c).optional());
            match last {
                Ok(Some(last)) => {
                    each(self, after, last.id);
                    after = last.id;
                    done += u64::try_from(BATCH).unwrap_or_default();
                    self.reached(table, done.min(of), of);
                }
                Ok(None) => return,
                Err(error) => {
                    self.unreadable(table, &format!("after {}", after.0), id, &error);
                    return;
                }
            }
        }
    }

    fn column(&mut self, keys: &Keys, sealed: &Sealed, column: &str, part: &str, (after, last): (Uid, Uid)) {
        let &Sealed { table, id, key, owner, place, join, .. } = sealed;
        let (child, child_key) = match key {
            Key::Child => (format!("JOIN child c ON c.id = {owner}"), "c.key_sealed"),
            Key::Service => (String::new(), "NULL"),
        };
        let sql = format!(
            "SELECT t.{id} AS id, {owner} AS owner, {child_key} AS child_key, {part} AS part, t.{column} AS text \
             FROM {table} t {join} {child} WHERE t.{id} > $1 AND t.{id} <= $2 AND t.{column} IS NOT NULL"
        );
        let cells: QueryResult<Vec<Cell>> = on_either!(&mut self.connection, c =>
            diesel::sql_query(sql).bind::<Guid, _>(after).bind::<Guid, _>(last).load(c));
        let cells = match cells {
            Ok(cells) => cells,
            Err(error) => return self.unreadable(table, &format!("after {}", after.0), column, &error),
        };
        for Cell { id, owner, child_key, part, text } in cells {
            // A place of the service's key has no row. What it seals for a worker names the worker.
            let row = if table == "idempotency" { Uuid::nil() } else { id.0 };
            let at = At { table: place, row, part: &part, owner: owner.0 };
            let opens = match (key, child_key) {
                (Key::Service, _) => keys.service().open(at, &text).is_ok(),
                // The key was destroyed, or does not open and has already been named.
                (Key::Child, None) => continue,
                (Key::Child, Some(sealed_key)) => match keys.child_key(owner.0, &sealed_key) {
                    Ok(key) => key.open(at, &text).is_ok(),
                    Err(_) => continue,
                },
            };
            self.examined.sealed += 1;
            if !opens {
                let row = if sealed.id == "id" || key == Key::Service {
                    id.0.to_string()
                } else {
                    format!("{} ({part})", id.0)
                };
                self.damage(table, row, column, "the sealed text does not open");
            }
        }
    }

    fn child_keys(&mut self, keys: &Keys) {
        const SQL: &str = "SELECT id, id AS owner, key_sealed AS child_key, 'key' AS part, key_sealed AS text FROM child \
                           WHERE id > $1 AND id <= $2 AND key_sealed IS NOT NULL";
        let of = self.count("child");
        self.each_batch("child", "id", of, |examination, after, last| {
            let rows: QueryResult<Vec<Cell>> = on_either!(&mut examination.connection, c =>
                diesel::sql_query(SQL).bind::<Guid, _>(after).bind::<Guid, _>(last).load(c));
            let rows = match rows {
                Ok(rows) => rows,
                Err(error) => {
                    return examination.unreadable("child", &format!("after {}", after.0), "key_sealed", &error);
                }
            };
            for Cell { id, text, .. } in rows {
                examination.examined.sealed += 1;
                if keys.child_key(id.0, &text).is_err() {
                    let what = "the child's key does not open, and with it none of the child's sealed texts";
                    examination.damage("child", id.0.to_string(), "key_sealed", what);
                }
            }
        });
    }
}
