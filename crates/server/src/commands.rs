//! The command line.

#![expect(clippy::doc_markdown, reason = "help is read on a terminal, where backticks around names are noise")]

use std::net::SocketAddr;
use std::path::PathBuf;

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::{Role, WorkerState};
use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_policy::Policy;
use alongside_storage::KeyFileReaders;
use clap::{Args, Parser, Subcommand};

use crate::failure::Failure;
use crate::policies::{self, PolicyCommand};
use crate::settings::{self, Found, Settings};
use crate::{check, demo, start, terminal, worker};

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
    Demo(DemoArguments),
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
    /// Keep accounts without the API: the first administrator, movers and leavers
    #[command(subcommand)]
    Worker(WorkerCommand),
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
    #[arg(value_name = "SECRET", default_value = demo::AUTHENTICATOR, hide_default_value = true)]
    secret: String,
}

#[derive(Args)]
pub(crate) struct DemoArguments {
    /// Directory of the demonstration's database and key
    #[arg(long, value_name = "DIR", default_value = "./alongside-data")]
    pub(crate) data_dir: PathBuf,
    /// Address and port to serve on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
}

#[derive(Args)]
struct MigrateArguments {
    /// PostgreSQL role that the service signs in with
    #[arg(long, value_name = "ROLE")]
    app_role: Option<String>,
}

#[derive(Subcommand)]
enum WorkerCommand {
    /// Add a member of staff
    ///
    /// Grants the roles by one person alone: for the first administrators and leads. Everybody else is added through
    /// the API, where a second person confirms.
    ///
    /// The first password (15 to 128 characters) is read from standard input. Whoever signs in with it has to
    /// replace it before anything else, the first administrator too:
    ///
    /// alongside worker add --sign-in-name piotr.lind --agency 'Larkmoor Council' \
    /// --sector social_care --display-name 'Piotr Lind' \
    /// --job-title 'Systems administrator' --role administrator < password.txt
    #[command(verbatim_doc_comment)]
    Add(AddArguments),
    /// List everybody: sign-in name, name, agency, roles and state
    List,
    /// Let somebody do nothing for now
    ///
    /// Their sessions end at once, and with them the tokens that are out.
    Suspend(NameArguments),
    /// Note that somebody has left
    ///
    /// As suspending, and their involvements with children end. Refused while they have work that must be
    /// handed over first.
    Leave(NameArguments),
    /// Let somebody who was suspended or had left sign in again
    ///
    /// Whoever had left comes back without roles: an administrator proposes them again, and a second person confirms.
    Reinstate(NameArguments),
    /// Move somebody to another agency
    ///
    /// Their involvements with children end. They stay signed in, without roles until an administrator has proposed
    /// them for the other agency and a second person has confirmed them. Refused while they have work that must be
    /// handed over first.
    Move(MoveArguments),
}

#[derive(Args)]
pub(crate) struct NameArguments {
    /// Name they sign in with
    #[arg(value_name = "NAME")]
    pub(crate) sign_in_name: String,
}

#[derive(Args)]
pub(crate) struct MoveArguments {
    /// Name they sign in with
    #[arg(value_name = "NAME")]
    pub(crate) sign_in_name: String,
    /// Name of the agency they move to
    #[arg(long, value_name = "AGENCY")]
    pub(crate) to: String,
}

#[derive(Args)]
pub(crate) struct AddArguments {
    /// Name to sign in with: 3 to 64 of a-z, 0-9, dot, hyphen
    #[arg(long, value_name = "NAME")]
    pub(crate) sign_in_name: String,
    /// Name of the agency that employs the worker
    #[arg(long, value_name = "NAME")]
    pub(crate) agency: String,
    /// Field of the agency, which is added if it is not known: social_care, police, health, education, other
    #[arg(long, value_name = "SECTOR", value_parser = |text: &str| code(text, Sector::ALL))]
    pub(crate) sector: Option<Sector>,
    /// Name that colleagues know
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: String,
    /// Post held
    #[arg(long, value_name = "TITLE")]
    pub(crate) job_title: String,
    /// Role, may be repeated: practitioner, supervisor, safeguarding_lead, board_analyst, auditor, administrator
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = |text: &str| code(text, Role::ALL))]
    pub(crate) roles: Vec<Role>,
}

/// Reads a code; what is not one is answered with the codes there are.
fn code<T: Copy + ToString>(text: &str, all: &[T]) -> Result<T, String> {
    let known = |code: &&T| code.to_string() == text;
    all.iter().find(known).copied().ok_or_else(|| {
        let codes: Vec<_> = all.iter().map(ToString::to_string).collect();
        format!("must be one of {}", codes.join(", "))
    })
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
        Command::Serve => start::serve(&load()?),
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
        Command::Worker(command) => keep_accounts(&load()?, &command),
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

fn keep_accounts(settings: &Settings, command: &WorkerCommand) -> Result<(), Failure> {
    match command {
        WorkerCommand::Add(add) => worker::add(settings, add),
        WorkerCommand::List => worker::list(settings),
        WorkerCommand::Suspend(name) => worker::put_in_state(settings, name, WorkerState::Suspended),
        WorkerCommand::Leave(name) => worker::put_in_state(settings, name, WorkerState::Left),
        WorkerCommand::Reinstate(name) => worker::put_in_state(settings, name, WorkerState::Active),
        WorkerCommand::Move(to) => worker::move_to(settings, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn an_unknown_role_is_answered_with_the_known_ones() {
        assert_eq!(code("auditor", Role::ALL), Ok(Role::Auditor));
        assert!(code("king", Role::ALL).unwrap_err().contains("practitioner, supervisor"));
    }
}
