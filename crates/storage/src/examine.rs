//! Examines a database: whether it is whole, every link leads to a row, every sealed text opens and no version is
//! missing. It only reads, a batch of rows at a time. It names damaged places, never their content.

mod cells;
mod examination;
mod links;
mod versions;

pub use cells::sealed_columns;
use examination::Examination;
pub use examination::{Damage, Examined, Finding};

use std::path::Path;

use crate::database::connection::{Connection, Database};
use crate::database::error::OpenError;
use crate::database::migrations;
use crate::sealing::keys::{self, KeyFileReaders};

/// Examines a database. An error says that the examination could not start.
pub fn examine(
    database: &Database,
    key_file: &Path,
    readers: KeyFileReaders,
    tell: &mut dyn FnMut(Finding),
) -> Result<Examined, OpenError> {
    let connection = Connection::open_to_examine(database)?;
    let mut examination = Examination { connection, tell, examined: Examined::default() };
    // First, so that damage is named even where it stops the rest of the examination.
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
