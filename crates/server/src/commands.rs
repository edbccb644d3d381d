//! The command line.

use std::path::PathBuf;

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_policy::Policy;
use alongside_storage::KeyFileReaders;
use clap::{Args, Parser, Subcommand};

use crate::failure::Failure;
use crate::policies::{self, PolicyCommand};
use crate::settings::{self, Found, Settings};
use crate::{check, demo, health, serve, terminal, worker};

/// A shared record for agencies that keep children safe from exploitation.
///
/// Social care, police and health staff work on one record of a child, and every access to it is audited. To try it,
/// run `alongside demo`.
#[derive(Parser)]
#[command(name = "alongside", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Settings file in TOML; variables named ALONGSIDE_* override it
    #[arg(long, global = true, env = settings::CONFIG_VARIABLE, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Use a key file that others can read, or that belongs to another user
    ///
    /// For a mounted file whose owner and mode you cannot choose. Protect the mount by other means.
    #[arg(long, global = true)]
    allow_open_key_file: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed and the message says what to do, 2 wrong usage.";

#[derive(Subcommand)]
enum Command {
    /// Serve the API
    ///
    /// On SQLite, the first start creates the database and its key file. On PostgreSQL, run `alongside migrate` first.
    /// On SIGTERM and Ctrl-C, running requests finish first.
    Serve,
    /// Serve a demonstration with invented agencies, children and stories
    ///
    /// The first start writes the data; they are still there after a restart. Settings from the file and the
    /// environment are not read. Never use it for real records: its passwords are public.
    Demo(demo::DemoArguments),
    /// Bring the database to the current schema
    ///
    /// Prints what was applied. If a separate role owns the tables, name the service's role with --app-role: it may
    /// then add to the audit, but not change or delete it.
    Migrate(MigrateArguments),
    /// Check a database: is it complete, can every encrypted text be decrypted, is no version missing?
    ///
    /// Only reads, and can run while the service runs. Names each damaged place by table, row and column, and never
    /// shows its content. Exits with 1 if there is damage.
    Check,
    /// Ask the running service whether it is ready
    ///
    /// For the health check of a container. Exits with 1 if the service does not respond within seconds, or its database
    /// does not accept writes.
    Health,
    /// Manage accounts without the API: the first administrator, movers and leavers
    #[command(subcommand)]
    Worker(worker::WorkerCommand),
    /// Show each setting: its value, where the value comes from, and what it means
    ///
    /// Passwords are hidden.
    Settings,
    /// Print the description of the API (OpenAPI 3.1, JSON)
    Openapi,
    /// Print who may do what, according to the policies (Markdown)
    Authorization,
    /// Check, show, compare and explain the policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Print the code that an authenticator would show now
    ///
    /// For use without an authenticator app. Without a secret, prints the code of every worker in the demonstration.
    Code(CodeArguments),
}

#[derive(Args)]
struct CodeArguments {
    /// Secret in base 32, as shown when the second factor was set up
    #[arg(value_name = "SECRET", default_value = demo::credentials::AUTHENTICATOR, hide_default_value = true)]
    secret: String,
}

#[derive(Args)]
struct MigrateArguments {
    /// PostgreSQL role with which the service signs in
    #[arg(long, value_name = "ROLE")]
    app_role: Option<String>,
}

/// Runs the command.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let config = arguments.config.as_deref();
    let load = || -> Result<Settings, Failure> {
        let mut settings = Settings::load(config)?;
        if arguments.allow_open_key_file {
            settings.key_file_readers = KeyFileReaders::Anybody;
        }
        Ok(settings)
    };
    match arguments.command {
        Command::Serve => serve::serve(&load()?),
        Command::Demo(demo) => demo::run(&demo),
        Command::Migrate(migrate) => {
            let settings = load()?;
            let applied = alongside_storage::Store::migrate(&settings.database, migrate.app_role.as_deref())?;
            terminal::say(&match applied.as_slice() {
                [] => "The database is up to date.".to_owned(),
                names => format!("Applied: {}.", names.join(", ")),
            })
        }
        Command::Check => check::run(&load()?),
        Command::Health => health::run(load()?.listen),
        Command::Worker(command) => worker::run(&load()?, &command),
        Command::Settings => terminal::say(Found::gather(config, settings::environment()?)?.show().trim_end()),
        Command::Openapi => terminal::say(alongside_http::openapi::document().trim_end()),
        Command::Policy(command) => policies::run(&command, load),
        Command::Code(CodeArguments { secret }) => {
            let code = alongside_storage::authenticator_code(&secret, SystemClock.now());
            terminal::say(&code.ok_or_else(|| Failure::new("The secret is not in base 32, or is too short."))?)
        }
        Command::Authorization => {
            let policy = Policy::shipped().map_err(|error| Failure::new(error.to_string()))?;
            terminal::say(alongside_policy::authorization_document(&policy).trim_end())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }
}
