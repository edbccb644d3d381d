//! Examines a database: whether it is whole, every link leads somewhere, every sealed text opens and no version is
//! missing. It only reads, a batch of rows at a time, and names what is damaged and never what it says.

mod cells;
mod links;
mod versions;

pub use cells::sealed_columns;

use std::path::Path;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::database::connection::{Connection, Database, on_either};
use crate::database::error::{OpenError, kind_of};
use crate::database::migrations;
use crate::sealing::keys::{self, KeyFileReaders};

/// How many rows are looked at together.
const BATCH: i64 = 200;
/// How many damaged rows of one kind are named.
const NAMED: i64 = 1_000;

/// One damaged place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The table.
    pub table: String,
    /// The id of the row, or what is known of it.
    pub row: String,
    /// The column, or `-` where it is about the row or the table.
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

/// What an examination tells while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// How far it has come with one part.
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

/// What an examination came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Examined {
    /// Rows whose links or versions were checked.
    pub rows: u64,
    /// Sealed texts that were opened.
    pub sealed: u64,
    /// Damaged places.
    pub damaged: u64,
}

/// Examines a database. An error says that it could not begin.
pub fn examine(
    database: &Database,
    key_file: &Path,
    readers: KeyFileReaders,
    tell: &mut dyn FnMut(Finding),
) -> Result<Examined, OpenError> {
    let connection = Connection::open_to_examine(database)?;
    let mut examination = Examination { connection, tell, examined: Examined::default() };
    // First, so that damage is named also where it keeps the rest from being looked at.
    examination.integrity();
    let pending = migrations::pending(&mut examination.connection)?;
    if !pending.is_empty() {
        return Err(OpenError::MigrationsPending(pending));
    }
    let keys = keys::open_existing(&mut examination.connection, key_file, readers)?;
    examination.links();
    examination.versions();
    examination.cells(&keys);
    Ok(examination.examined)
}

struct Examination<'a> {
    connection: Connection,
    tell: &'a mut dyn FnMut(Finding),
    examined: Examined,
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
    fn damage(&mut self, table: &str, row: impl Into<String>, column: &str, what: impl Into<String>) {
        self.examined.damaged += 1;
        let (table, column) = (table.to_owned(), column.to_owned());
        (self.tell)(Finding::Damaged(Damage { table, row: row.into(), column, what: what.into() }));
    }

    fn reached(&mut self, part: &str, done: u64, of: u64) {
        (self.tell)(Finding::Reached { part: part.to_owned(), done, of: of.max(done) });
    }

    /// What could not be read is damaged: the database itself says so.
    fn unreadable(&mut self, table: &str, row: &str, column: &str, error: &diesel::result::Error) {
        self.damage(table, row, column, format!("cannot be read ({})", kind_of(error)));
    }

    fn number(&mut self, sql: &str) -> QueryResult<u64> {
        let n = on_either!(&mut self.connection, c => diesel::sql_query(sql).get_result::<Number>(c))?.n;
        Ok(u64::try_from(n).unwrap_or_default())
    }

    fn words(&mut self, sql: &str) -> QueryResult<Vec<String>> {
        let rows = on_either!(&mut self.connection, c => diesel::sql_query(sql).load::<Word>(c))?;
        Ok(rows.into_iter().map(|row| row.word).collect())
    }

    /// How many rows a table has. Where it cannot be counted, what follows finds out why.
    fn count(&mut self, table: &str) -> u64 {
        self.number(&format!("SELECT COUNT(*) AS n FROM {table}")).unwrap_or_default()
    }
}
