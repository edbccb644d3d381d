//! The demonstration: invented agencies, children and stories, served like real ones.

mod acts;
mod clock;
mod confidences;
pub(crate) mod credentials;
mod moments;
mod newcomer;
mod recordings;
mod script;
mod seed;
mod welcome;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_domain::{At, ChildId};
use alongside_storage::{Database, Store};
use chrono::Duration;
use clap::Args;

use crate::failure::Failure;
use crate::open::{log, open, open_now};
use crate::settings::Settings;
use crate::{start, terminal};
use clock::StoryClock;
use seed::Seeder;

/// The file that marks a complete demonstration.
const FINISHED_MARK: &str = "demo-child";

#[derive(Args)]
pub(crate) struct DemoArguments {
    /// Directory of the demonstration's database and key
    #[arg(long, value_name = "DIR", default_value = "./alongside-data")]
    pub(crate) data_dir: PathBuf,
    /// Address and port to serve on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
}

/// Seeds the directory if that was not done before, then serves it.
pub(crate) fn run(arguments: &DemoArguments) -> Result<(), Failure> {
    let settings = Settings::of_demonstration(&arguments.data_dir, arguments.listen)?;
    log(&settings)?;
    start::assure_free(settings.listen)?;
    let directory = Directory(arguments.data_dir.clone());
    directory.prepare()?;
    let child = if let Some(child) = directory.finished() {
        terminal::say(&format!("The records in {} are from an earlier start.", directory.0.display()))?;
        child
    } else {
        directory.seed(&settings)?
    };
    let store = open_now(&settings)?;
    start::run(&settings, store, || welcome::greet(settings.listen, child))
}

/// Whether the demonstration wrote this database.
pub(crate) fn wrote(database: &Database) -> bool {
    match database {
        Database::Sqlite(path) => path.with_file_name(FINISHED_MARK).exists(),
        Database::Postgres(_) => false,
    }
}

/// The directory of the demonstration's records.
struct Directory(PathBuf);

impl Directory {
    /// The file that holds the id of a child of the demonstration once everything is written.
    fn finished_mark(&self) -> PathBuf {
        self.0.join(FINISHED_MARK)
    }

    /// The file that exists while records are being written.
    fn unfinished_mark(&self) -> PathBuf {
        self.0.join("demo-unfinished")
    }

    fn finished(&self) -> Option<ChildId> {
        std::fs::read_to_string(self.finished_mark()).ok()?.trim().parse().ok()
    }

    /// Creates the directory, and removes what an interrupted start left behind.
    fn prepare(&self) -> Result<(), Failure> {
        let cannot = |error| self.cannot(&error);
        std::fs::create_dir_all(&self.0).map_err(cannot)?;
        if self.unfinished_mark().exists() {
            for name in ["alongside.db", "alongside.db-wal", "alongside.db-shm", "alongside.key", FINISHED_MARK] {
                remove(&self.0.join(name)).map_err(cannot)?;
            }
            remove(&self.unfinished_mark()).map_err(cannot)?;
        }
        Ok(())
    }

    /// Writes the demonstration's records, unless there are other records.
    fn seed(&self, settings: &Settings) -> Result<ChildId, Failure> {
        if self.0.join("alongside.db").exists() {
            return Err(Failure::new(format!(
                "{} holds a database that the demonstration did not make. Choose another directory with \
                 --data-dir, or serve this one with `alongside serve`.",
                self.0.display()
            )));
        }
        std::fs::write(self.unfinished_mark(), "").map_err(|error| self.cannot(&error))?;
        let child = play(settings)?;
        let finish = std::fs::write(self.finished_mark(), child.to_string());
        finish.and_then(|()| remove(&self.unfinished_mark())).map_err(|error| self.cannot(&error))?;
        Ok(child)
    }

    fn cannot(&self, error: &std::io::Error) -> Failure {
        let directory = self.0.display();
        Failure::new(format!("Cannot write in {directory}: {error}. Choose another directory with --data-dir."))
    }
}

/// Removes a file; a missing file is no error.
fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Plays the script on a separate clock, up to now.
fn play(settings: &Settings) -> Result<ChildId, Failure> {
    let partnership = script::partnership()?;
    let lives = script::lives()?;
    terminal::say(&format!("Writing {} and the stories of {} children.", partnership.name, lives.len()))?;
    let now = SystemClock.now();
    let clock = Arc::new(StoryClock::new(opening(&lives, now)));
    let store: Store = open(settings, clock.clone())?;
    actix_web::rt::System::new().block_on(async {
        let mut seeder = Seeder::begin(&store, &clock, &partnership, &lives).await?;
        seeder.play(now).await?;
        seeder.add_newcomer().await?;
        seeder.first_child().ok_or_else(|| Failure::new("The demonstration has no child to show."))
    })
}

/// A month before the first story begins.
fn opening(lives: &[script::Life], now: At) -> At {
    let longest = lives.iter().map(|life| life.child.start_days_ago).max().unwrap_or_default();
    now - Duration::days(longest + 30)
}
