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
/// Social care, police and health staff work on one record of a child, and every look at it is recorded.
/// To see it at work, run `alongside demo`.
#[derive(Parser)]
#[command(name = "alongside", version, propagate_version = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,

    /// Settings file in TOML; variables named ALONGSIDE_* win over it
    #[arg(long, global = true, env = settings::CONFIG_VARIABLE, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Use a key file that others can read, or that belongs to another user
    ///
    /// For a mount whose owner and mode cannot be chosen. Protect the mount by other means.
    #[arg(long, global = true)]
    allow_open_key_file: bool,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 something failed and a sentence says what to do, 2 wrong usage.";

#[derive(Subcommand)]
enum Command {
    /// Serve the API
    ///
    /// On SQLite the database and its key file are made on the first start. On PostgreSQL run
    /// `alongside migrate` first. SIGTERM and Ctrl-C let running requests finish.
    Serve,
    /// Serve invented agencies, children and stories, to try the service out
    ///
    /// The data are written on the first start and kept for the next. Settings of the file and the
    /// environment are not read. Never use it for real records: its passwords are public.
    Demo(demo::DemoArguments),
    /// Bring the database to the present schema
    ///
    /// Says what was applied. With a separate role that owns the tables, give the service's own role
    /// with --app-role: it may then add to the audit, and neither change nor delete it.
    Migrate(MigrateArguments),
    /// Examine a database: is it whole, does every sealed text open, is no version missing?
    ///
    /// Only reads, also while the service runs. Names each damaged place by table, row and column, and never shows what
    /// it says. Exits with 1 where anything is damaged.
    Check,
    /// Ask the running service whether it is ready
    ///
    /// For the health check of a container. Exits with 1 if the service does not answer within seconds, or its database
    /// does not accept writes.
    Health,
    /// Keep accounts without the API: the first administrator, movers and leavers
    #[command(subcommand)]
    Worker(worker::WorkerCommand),
    /// Show each setting: its value, where the value comes from, and what it means
    ///
    /// Passwords are hidden.
    Settings,
    /// Print the description of the API (OpenAPI 3.1, JSON)
    Openapi,
    /// Print who may do what, as the rules decide it (Markdown)
    Authorization,
    /// Check, show, compare and explain the rules about who may do what
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Print the code that an authenticator would show now
    ///
    /// For whoever has no authenticator at hand. Without a secret, that of everybody in the demonstration.
    Code(CodeArguments),
}

#[derive(Args)]
struct CodeArguments {
    /// Secret in base 32, as it was shown when the second factor was set up
    #[arg(value_name = "SECRET", default_value = demo::credentials::AUTHENTICATOR, hide_default_value = true)]
    secret: String,
}

#[derive(Args)]
struct MigrateArguments {
    /// PostgreSQL role that the service signs in with
    #[arg(long, value_name = "ROLE")]
    app_role: Option<String>,
}

/// Does what the command line asks for.
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
            terminal::say(&code.ok_or_else(|| Failure::new("The secret is not in base 32, or too short."))?)
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
