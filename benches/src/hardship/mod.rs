//! Attacks and faults, each with targets that the service must meet. A part runs once on each database, with its own
//! server and records, and prints one line.

mod connections;
mod guesses;
mod lock;
mod missing;
mod normal;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use alongside_domain::audit::activity::Thresholds;
use alongside_domain::vocabulary::clock::SystemClock;
use alongside_policy::Policy;
use alongside_storage::{Database, KeyFileReaders, Options, PasswordCost, Store, SystemIds};
use diesel::connection::SimpleConnection as _;

use crate::Failure;
use crate::ceiling::connect;
use crate::hidden::database_name;
use crate::load::{self, Loaded};
use crate::report::say;
use crate::server::Server;

/// One attack or fault.
struct Part {
    /// Its name on the command line.
    name: &'static str,
    run: fn(&Stage) -> Result<Outcome, Failure>,
}

const PARTS: &[Part] = &[
    Part { name: "connections", run: connections::run },
    Part { name: "guesses", run: guesses::run },
    Part { name: "lock", run: lock::run },
    Part { name: "missing", run: missing::run },
];

/// The time limit for a part on one database.
const LONGEST: Duration = Duration::from_secs(240);

/// The result of a part.
pub(crate) struct Outcome {
    /// The figures with their targets, on one line.
    figures: String,
    passed: bool,
}

impl Outcome {
    /// The figures, and whether every target was met.
    pub(crate) fn of(figures: String, passed: bool) -> Self {
        Self { figures, passed }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.figures, if self.passed { "passed" } else { "missed" })
    }
}

/// Where a part runs: its own database, and what the server needs.
pub(crate) struct Stage {
    pub(crate) database: Database,
    pub(crate) directory: PathBuf,
    pub(crate) key_file: PathBuf,
    server: PathBuf,
}

impl Stage {
    fn set(part: &str, arguments: &Arguments, database: &Database) -> Result<Self, Failure> {
        let directory = arguments.directory.join(format!("{part}-{}", database_name(database)));
        std::fs::create_dir(&directory)?;
        let key_file = directory.join("alongside.key");
        let database = match database {
            Database::Sqlite(_) => Database::Sqlite(directory.join("alongside.db")),
            Database::Postgres(url) => {
                let (server, _) = url.rsplit_once('/').ok_or("a URL without a database")?;
                connect(url)?.batch_execute(&format!("CREATE DATABASE \"hardship-{part}\""))?;
                Database::Postgres(format!("{server}/hardship-{part}"))
            }
        };
        if matches!(database, Database::Postgres(_)) {
            Store::migrate(&database, None)?;
        }
        Ok(Self { database, directory, key_file, server: arguments.server.clone() })
    }

    /// The store itself, to prepare records without HTTP. Drop it before measuring the server.
    pub(crate) fn store(&self) -> Result<Store, Failure> {
        Ok(Store::open(Options {
            database: self.database.clone(),
            key_file: self.key_file.clone(),
            key_file_readers: KeyFileReaders::OwnerAlone,
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            readers: 1,
            writers: if matches!(self.database, Database::Sqlite(_)) { 1 } else { 2 },
            patience: Duration::from_secs(60),
            password_cost: PasswordCost::Standard,
            policy: Policy::shipped()?,
            referral_days: 70,
            thresholds: Thresholds::NEVER,
        })?)
    }

    /// So many children with three concerns each, and the workers of the load bench.
    pub(crate) fn load(&self, children: usize) -> Result<Loaded, Failure> {
        load::load(&self.store()?, children)
    }

    /// Starts the server with these settings (in capitals, without the prefix) and those of the load bench. It ends
    /// with the calling thread, if not before.
    pub(crate) fn serve(&self, settings: &[(&str, &str)]) -> Result<Server, Failure> {
        Ok(Server::start_with(&self.server, &self.database, &self.key_file, &self.directory, settings)?.0)
    }
}

struct Arguments {
    parts: Vec<&'static Part>,
    directory: PathBuf,
    server: PathBuf,
    databases: Vec<Database>,
}

fn usage() -> Failure {
    let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
    format!(
        "usage: alongside-benches hardship [PART...] --directory DIR --server PROGRAM [--postgres URL]\nparts: {}",
        names.join(", ")
    )
    .into()
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut parts, mut directory, mut server, mut postgres) = (Vec::new(), None, None, None);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--directory" => directory = words.next().map(PathBuf::from),
                "--server" => server = words.next().map(PathBuf::from),
                "--postgres" => postgres = words.next(),
                name => parts.push(PARTS.iter().find(|part| part.name == name).ok_or_else(usage)?),
            }
        }
        if parts.is_empty() {
            parts.extend(PARTS);
        }
        let directory = directory.ok_or_else(usage)?;
        let mut databases = vec![Database::Sqlite(directory.join("alongside.db"))];
        databases.extend(postgres.map(|url| url.parse()).transpose()?);
        Ok(Self { parts, directory, server: server.ok_or_else(usage)?, databases })
    }
}

/// Runs the named parts, or all. The exit code is 1 if a part missed a target.
pub(crate) fn main(words: impl Iterator<Item = String>) -> Result<ExitCode, Failure> {
    let arguments = Arguments::read(words)?;
    let mut code = ExitCode::SUCCESS;
    for part in &arguments.parts {
        for database in &arguments.databases {
            let (sender, receiver) = channel();
            let stage = Stage::set(part.name, &arguments, database)?;
            let run = part.run;
            let running = thread::spawn(move || sender.send(run(&stage)));
            let found = receiver.recv_timeout(LONGEST);
            let stuck = matches!(found, Err(RecvTimeoutError::Timeout));
            let outcome = match found {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(failure)) => Outcome::of(failure.to_string().replace('\n', " "), false),
                Err(RecvTimeoutError::Timeout) => {
                    Outcome::of(format!("has not ended within {} s", LONGEST.as_secs()), false)
                }
                Err(RecvTimeoutError::Disconnected) => Outcome::of("the part panicked".to_owned(), false),
            };
            say(&format!("{}, {}: {outcome}", part.name, database_name(database)))?;
            if !outcome.passed {
                code = ExitCode::FAILURE;
            }
            if stuck {
                // A part that still runs would disturb the next one. Its server ends with this process.
                return Ok(code);
            }
            drop(running.join());
        }
    }
    Ok(code)
}
