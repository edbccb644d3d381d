//! Opening a store: the database, its migrations, the keys and the rules in force.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use alongside_domain::audit::activity::Thresholds;
use alongside_domain::audit::event::AuditEvent;
use alongside_domain::{Clock, IdSource};
use alongside_policy::Policy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::audit::activity::Watch;
use crate::audit::event;
use crate::context::job::Passed;
use crate::context::lanes::{self, Source, Writers};
use crate::context::store::{Shared, Store};
use crate::database::connection::{Connection, Database};
use crate::database::error::{Error, OpenError};
use crate::database::migrations;
use crate::sealing::hashing::{PasswordCost, Passwords};
use crate::sealing::keys::{self, KeyFileReaders};

/// The options with which a store is opened.
pub struct Options {
    /// Where the records are stored.
    pub database: Database,
    /// The file with the key to the records. It is created where there is none.
    pub key_file: PathBuf,
    /// Who may be able to read the key file.
    pub key_file_readers: KeyFileReaders,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of new ids.
    pub ids: Arc<dyn IdSource>,
    /// The number of connections for reading.
    pub readers: usize,
    /// The number of connections for writing. SQLite always has one.
    pub writers: usize,
    /// How long a caller waits for the database, and how long a statement may take.
    pub patience: Duration,
    /// The cost of a password hash.
    pub password_cost: PasswordCost,
    /// The rules about who may do what.
    pub policy: Policy,
    /// For how many days a worker who accepts a referral is allocated to the child.
    pub referral_days: u32,
    /// The counts above which a worker's access is unusual.
    pub thresholds: Thresholds,
}

impl Store {
    /// Opens the database. SQLite is migrated. PostgreSQL is only checked, and refused where migrations are pending.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        if let Database::Sqlite(path) = &options.database {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|error| OpenError::Database(error.to_string()))?;
            }
            make_private(path).map_err(|error| OpenError::Database(error.to_string()))?;
            migrations::run(&options.database, None)?;
        }
        let mut connection = Connection::open(&options.database, options.patience)?;
        let pending = migrations::pending(&mut connection)?;
        if !pending.is_empty() {
            return Err(OpenError::MigrationsPending(pending));
        }
        let keys = keys::open(&mut connection, &options.key_file, options.key_file_readers)?;
        let source = Arc::new(Source { database: options.database, patience: options.patience });
        Ok(Self {
            readers: lanes::readers(&source, options.readers)?,
            writers: Arc::new(Writers::start(&source, options.writers)?),
            patience: options.patience,
            health: Arc::default(),
            passwords: Arc::new(Passwords::new(options.password_cost)),
            shared: Arc::new(Shared {
                clock: options.clock,
                watch: Arc::new(Watch::new(options.thresholds, Arc::clone(&options.ids))),
                ids: options.ids,
                keys,
                policy: RwLock::new(Arc::new(options.policy)),
                told: Arc::default(),
                referral_days: i64::from(options.referral_days),
            }),
        })
    }

    /// Runs the pending migrations and returns their names. On PostgreSQL, `app_role` is granted what the service
    /// needs. It may add to the audit and to record versions, and never change or remove them.
    pub fn migrate(database: &Database, app_role: Option<&str>) -> Result<Vec<String>, OpenError> {
        migrations::run(database, app_role)
    }

    /// Applies new policies to every decision from now on. Writes an event with their digest.
    pub async fn put_policy(&self, policy: Policy) -> Result<(), Error> {
        self.record_policy(&policy).await?;
        *self.shared.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        Ok(())
    }

    /// Writes an event with the digest of the policies in force.
    pub async fn record_policy(&self, policy: &Policy) -> Result<(), Error> {
        let digest = STANDARD.encode(keys::digest_of(policy.source().as_bytes()));
        let request = self.new_id();
        self.session_change(move |shared, _, now| {
            let event = event::without_actor(shared.ids.as_ref(), now, "load_policies", None, None, request);
            let event =
                AuditEvent { subject_kind: "policies".to_owned(), policies: format!("sha256-{digest}"), ..event };
            Passed::of(Ok(()), Some(event.permitted()))
        })
        .await
    }
}

/// Only its owner may open a new database file, or the files that SQLite puts beside it.
fn make_private(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}
