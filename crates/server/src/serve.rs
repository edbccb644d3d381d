//! The command `serve`.

use crate::failure::Failure;
use crate::open::{log, open_now};
use crate::settings::Settings;
use crate::start::run;

/// Opens the store and serves it until the process is stopped.
pub(crate) fn serve(settings: &Settings) -> Result<(), Failure> {
    log(settings)?;
    if crate::demo::wrote(&settings.database) {
        tracing::warn!("this database was written by the demonstration, and its passwords are public");
    }
    let store = open_now(settings)?;
    run(settings, store, || Ok(()))
}
