//! The load bench: the running service, compared with the database's ceiling in the same run.
//!
//! Two measures, each with 32 connections and random children: `r1` reads a child's overview, `w1`
//! raises a concern of 600 bytes. The ceiling is the same work done by bare statements on the same
//! tables, without HTTP, sealing or rules: `pgbench` on `PostgreSQL`, one thread on `SQLite`. Product and
//! ceiling alternate, so that other work on the machine affects both.
//!
//! Three more measures show the cost of the rules and what timing reveals: a decision compared with its SQL, a page
//! with and without rules, and responses about hidden ids compared with unknown ids.
//!
//! With `overload` as the first argument the bench sends more requests than the service can answer. With `hardship` it
//! attacks the service.

mod ceiling;
mod client;
mod decision;
mod hardship;
mod hidden;
mod load;
mod overload;
mod page;
mod random;
mod report;
mod server;
mod sqlite;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use alongside_domain::audit::activity::Thresholds;
use alongside_domain::vocabulary::clock::SystemClock;
use alongside_policy::Policy;
use alongside_storage::{Database, KeyFileReaders, Options, PasswordCost, Store, SystemIds};

use crate::ceiling::Ceiling;
use crate::page::Pages;
use crate::report::{Measured, Round, Start, Taken, say};
use crate::server::Server;

/// An error that stops the bench.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How often product and ceiling alternate.
const ROUNDS: usize = 2;
/// How often the server is started to measure its first response.
const STARTS: usize = 3;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// GET /v1/children/{id}/overview.
    Read,
    /// POST /v1/children/{id}/concerns.
    Write,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "r1",
            Self::Write => "w1",
        }
    }
}

/// The arguments of the command line.
struct Arguments {
    children: usize,
    seconds: u64,
    directory: PathBuf,
    server: PathBuf,
    postgres: Option<String>,
}

const USAGE: &str = "usage: alongside-benches [overload] --directory DIR --server PROGRAM \
     [--postgres URL] [--children N] [--seconds S]";

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>, mut children: usize) -> Result<Self, Failure> {
        let mut seconds = 10;
        let (mut directory, mut server, mut postgres) = (None, None, None);
        while let Some(word) = words.next() {
            let value = words.next().ok_or(USAGE)?;
            match word.as_str() {
                "--children" => children = value.parse()?,
                "--seconds" => seconds = value.parse()?,
                "--directory" => directory = Some(PathBuf::from(value)),
                "--server" => server = Some(PathBuf::from(value)),
                "--postgres" => postgres = Some(value),
                _ => return Err(USAGE.into()),
            }
        }
        if children == 0 || seconds == 0 || children > load::MOST_CHILDREN {
            let most = load::MOST_CHILDREN;
            return Err(format!("give 1 to {most} children and at least 1 second").into());
        }
        Ok(Self { children, seconds, directory: directory.ok_or(USAGE)?, server: server.ok_or(USAGE)?, postgres })
    }
}

/// The results of one database.
struct Found {
    measured: Vec<Measured>,
    start: Start,
    pages: Pages,
    taken: Vec<Taken>,
}

fn open(database: &Database, key_file: &Path) -> Result<Store, Failure> {
    Ok(Store::open(Options {
        database: database.clone(),
        key_file: key_file.to_owned(),
        key_file_readers: KeyFileReaders::OwnerAlone,
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
        readers: 1,
        writers: 2,
        patience: Duration::from_secs(60),
        password_cost: PasswordCost::Standard,
        policy: Policy::shipped()?,
        referral_days: 70,
        thresholds: Thresholds::NEVER,
    })?)
}

/// Loads one database and measures everything on it.
fn measure(arguments: &Arguments, database: &Database) -> Result<Found, Failure> {
    let name = hidden::database_name(database);
    let key_file = arguments.directory.join(format!("{name}.key"));
    say(&format!("{name}: {database}"))?;
    if matches!(database, Database::Postgres(_)) {
        Store::migrate(database, None)?;
    }
    let open = || open(database, &key_file);
    let loaded = {
        let store = open()?;
        let loaded = load::load(&store, arguments.children)?;
        page::record(&store, &loaded, loaded.page)?;
        loaded
    };
    let mut ceiling = Ceiling::prepare(database, &loaded, &arguments.directory)?;

    let pages = page::measure(&open()?, &loaded, loaded.page, name)?;

    let mut starts = Vec::new();
    let mut start = || -> Result<Server, Failure> {
        let (program, directory) = (&arguments.server, &arguments.directory);
        let (server, first_answer) = Server::start(program, database, &key_file, directory)?;
        starts.push(first_answer);
        Ok(server)
    };
    for _ in 1..STARTS {
        start()?.stop()?;
    }
    let server = start()?;
    let token = client::sign_in(&server, load::SIGN_IN_NAME)?;
    let pools = hidden::find(&server, &loaded, &token)?;

    let time = Duration::from_secs(arguments.seconds);
    let mut all = Vec::new();
    for measure in [Measure::Read, Measure::Write] {
        let mut rounds = Vec::new();
        for number in 1..=ROUNDS {
            let product = client::run(&server, &token, measure, &loaded, time)?;
            let ceiling = ceiling.run(measure, &loaded, time)?;
            say(&format!(
                "  {} round {number}: product {:.0}/s, ceiling {ceiling:.0}/s",
                measure.name(),
                product.per_second()
            ))?;
            rounds.push(Round { product, ceiling });
        }
        all.push(Measured::of(measure, name, rounds));
    }
    let peak = server.peak_memory()?;
    let outsider = client::sign_in(&server, load::OUTSIDER)?;
    let hidden = hidden::run(&server, database, &pools, &outsider, time / 2)?;
    server.stop()?;
    Ok(Found { measured: all, start: Start::of(name, peak, &starts), pages, taken: hidden })
}

fn main() -> Result<ExitCode, Failure> {
    let mut words = std::env::args().skip(1).peekable();
    let bench = words.next_if(|word| ["hardship", "overload"].contains(&word.as_str()));
    if bench.as_deref() == Some("hardship") {
        return hardship::main(words);
    }
    let overload = bench.is_some();
    let arguments = Arguments::read(words, if overload { overload::CHILDREN } else { 100_000 })?;
    let mut databases = vec![Database::Sqlite(arguments.directory.join("alongside.db"))];
    if let Some(url) = &arguments.postgres {
        databases.push(url.parse()?);
    }
    if overload {
        overload::main(&arguments, &databases)?;
        return Ok(ExitCode::SUCCESS);
    }
    let found = databases.iter().map(|database| measure(&arguments, database)).collect::<Result<Vec<_>, _>>()?;
    report::tables(&arguments, &found, &decision::measure()?)?;
    Ok(ExitCode::SUCCESS)
}
