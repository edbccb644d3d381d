//! Opens the log and the store with the settings.

use std::sync::Arc;

use alongside_domain::vocabulary::clock::{Clock, SystemClock};
use alongside_storage::{Options, PasswordCost, Store, SystemIds};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::rules;
use crate::settings::{LogFormat, Settings};

/// Starts logging to standard error.
pub(crate) fn log(settings: &Settings) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&settings.log_level).map_err(|_| {
        Failure::new("The setting log_level cannot be used: set it to error, warn, info, debug or trace.")
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let begun = match settings.log_format {
        LogFormat::Text => lines.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    begun.map_err(|error| Failure::new(format!("Logging cannot begin: {error}.")))
}

/// Opens the store with the clock of the machine.
pub(crate) fn open_now(settings: &Settings) -> Result<Store, Failure> {
    open(settings, Arc::new(SystemClock))
}

/// Opens the store with any clock.
pub(crate) fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Store, Failure> {
    Ok(Store::open(Options {
        database: settings.database.clone(),
        key_file: settings.key_file.clone(),
        key_file_readers: settings.key_file_readers,
        clock,
        ids: Arc::new(SystemIds),
        readers: settings.readers,
        writers: settings.writers,
        patience: settings.request_deadline,
        password_cost: PasswordCost::Standard,
        policy: rules::load(settings.policies.as_deref())?,
        referral_days: settings.referral_days,
        thresholds: settings.thresholds,
    })?)
}
