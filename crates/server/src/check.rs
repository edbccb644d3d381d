//! Checks a database from the command line.

use std::time::{Duration, Instant};

use alongside_storage::{Finding, examine};

use crate::failure::Failure;
use crate::settings::Settings;
use crate::terminal;

/// The interval between two progress messages of a long check.
const EVERY: Duration = Duration::from_secs(2);

/// Checks the database in the settings. Damage is printed to standard output, progress to standard error.
pub(crate) fn run(settings: &Settings) -> Result<(), Failure> {
    let (mut told, mut unwritten) = (Instant::now(), Ok(()));
    let examined =
        examine(&settings.database, &settings.key_file, settings.key_file_readers, &mut |finding| match finding {
            Finding::Damaged(damage) => {
                let written = terminal::say(&damage.to_string());
                if unwritten.is_ok() {
                    unwritten = written;
                }
            }
            Finding::Reached { part, done, of } if told.elapsed() >= EVERY => {
                terminal::complain(&format!("checking {part}: {done} of {of}"));
                told = Instant::now();
            }
            Finding::Reached { .. } => {}
        })?;
    unwritten?;
    let alongside_storage::Examined { rows, sealed, damaged } = examined;
    let extent = format!(
        "{rows} rows of agencies, workers, children and recordings, and {sealed} encrypted texts, were checked"
    );
    if damaged == 0 {
        return terminal::say(&format!("No damage found: {extent}."));
    }
    Err(Failure::new(format!(
        "{damaged} damaged place(s) found: {extent}. Stop the service, copy the database as it is, and \
         restore the last backup that passes `alongside check`."
    )))
}
