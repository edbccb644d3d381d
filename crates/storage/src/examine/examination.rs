//! An examination in progress, and what it finds.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::database::connection::{Connection, on_either};
use crate::database::error::kind_of;

/// How many rows are read together.
pub(super) const BATCH: i64 = 200;
/// How many damaged rows of one kind are named.
pub(super) const NAMED: i64 = 1_000;

/// One damaged place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The table.
    pub table: String,
    /// The id of the row, or as much as is known of it.
    pub row: String,
    /// The column, or `-` where the damage is to the row or the table.
    pub column: String,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { table, row, column, what } = self;
        write!(f, "damaged: table {table}, row {row}, column {column}: {what}")
    }
}

/// What an examination reports while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Progress with one part.
    Reached {
        /// The part.
        part: String,
        /// How much of it is done.
        done: u64,
        /// How much there is.
        of: u64,
    },
    /// Something is damaged.
    Damaged(Damage),
}

/// The result of an examination.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Examined {
    /// Rows whose links or versions were checked.
    pub rows: u64,
    /// Sealed texts that were opened.
    pub sealed: u64,
    /// Damaged places.
    pub damaged: u64,
}

pub(super) struct Examination<'a> {
    pub(super) connection: Connection,
    pub(super) tell: &'a mut dyn FnMut(Finding),
    pub(super) examined: Examined,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

impl Examination<'_> {
    pub(super) fn damage(&mut self, table: &str, row: impl Into<String>, column: &str, what: impl Into<String>) {
        self.examined.damaged += 1;
        let (table, column) = (table.to_owned(), column.to_owned());
        (self.tell)(Finding::Damaged(Damage { table, row: row.into(), column, what: what.into() }));
    }

    pub(super) fn reached(&mut self, part: &str, done: u64, of: u64) {
        (self.tell)(Finding::Reached { part: part.to_owned(), done, of: of.max(done) });
    }

    /// What cannot be read is damaged.
    pub(super) fn unreadable(&mut self, table: &str, row: &str, column: &str, error: &diesel::result::Error) {
        self.damage(table, row, column, format!("cannot be read ({})", kind_of(error)));
    }

    pub(super) fn number(&mut self, sql: &str) -> QueryResult<u64> {
        let n = on_either!(&mut self.connection, c => diesel::sql_query(sql).get_result::<Number>(c))?.n;
        Ok(u64::try_from(n).unwrap_or_default())
    }

    pub(super) fn words(&mut self, sql: &str) -> QueryResult<Vec<String>> {
        let rows = on_either!(&mut self.connection, c => diesel::sql_query(sql).load::<Word>(c))?;
        Ok(rows.into_iter().map(|row| row.word).collect())
    }

    /// How many rows a table has. If they cannot be counted, the next step finds out why.
    pub(super) fn count(&mut self, table: &str) -> u64 {
        self.number(&format!("SELECT COUNT(*) AS n FROM {table}")).unwrap_or_default()
    }
}
