//! A fresh database for each test, and a second connection that bypasses the service.

use std::path::Path;

use alongside_domain::IdSource as _;
use alongside_storage::{Database, Store, SystemIds};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};
use tempfile::TempDir;

use super::world::beginning;

/// The role that the service has on PostgreSQL.
pub(crate) const SERVICE_ROLE: &str = "alongside_tests_service";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Sqlite,
    Postgresql,
}

/// A fresh database in its own directory. Removed when dropped.
pub(crate) struct Fresh {
    pub(crate) folder: TempDir,
    pub(crate) database: Database,
    schema: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// A second connection.
pub(crate) enum Behind {
    Sqlite(SqliteConnection),
    Postgresql(PgConnection),
}

macro_rules! with {
    ($behind:expr, $c:ident => $query:expr) => {
        match $behind {
            Behind::Sqlite($c) => $query,
            Behind::Postgresql($c) => $query,
        }
    };
}

impl Behind {
    #[expect(clippy::disallowed_methods, reason = "reads the tables directly, which only this file may do")]
    fn open(database: &Database) -> Self {
        match database {
            Database::Sqlite(path) => {
                let path = path.to_str().expect("a path in UTF-8");
                let mut c = SqliteConnection::establish(path).expect("a second connection");
                c.batch_execute("PRAGMA busy_timeout = 10000").expect("a setting");
                Self::Sqlite(c)
            }
            Database::Postgres(url) => Self::Postgresql(PgConnection::establish(url).expect("a second connection")),
        }
    }

    pub(crate) fn run(&mut self, sql: &str) -> QueryResult<()> {
        with!(self, c => c.batch_execute(sql))
    }

    /// The number that the query calls `n`.
    pub(crate) fn number(&mut self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        with!(self, c => query.get_result::<Number>(c)).expect("a number").n
    }

    /// Undoes every migration.
    pub(crate) fn revert_all(&mut self, migrations: &Path) {
        let of = |name: &str| FileBasedMigrations::from_path(migrations.join(name)).expect("migrations");
        match self {
            Self::Sqlite(c) => drop(c.revert_all_migrations(of("sqlite")).expect("reverted")),
            Self::Postgresql(c) => drop(c.revert_all_migrations(of("postgresql")).expect("reverted")),
        }
    }

    /// The texts that the query calls `word`.
    pub(crate) fn words(&mut self, sql: &str) -> Vec<String> {
        let query = diesel::sql_query(sql);
        let rows = with!(self, c => query.load::<Word>(c)).expect("texts");
        rows.into_iter().map(|row| row.word).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "the test command sets the address of PostgreSQL")]
fn server() -> String {
    std::env::var("ALONGSIDE_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!("ALONGSIDE_TEST_POSTGRES is not set: run scripts/test, or scripts/with-postgres before a command")
    })
}

impl Fresh {
    pub(crate) fn new(backend: Backend) -> Self {
        let folder = TempDir::new().expect("a directory");
        let (database, schema) = match backend {
            Backend::Sqlite => (Database::Sqlite(folder.path().join("records.db")), None),
            Backend::Postgresql => {
                let server = server();
                let schema = format!("t_{}", SystemIds.next(beginning()).simple());
                Behind::open(&Database::Postgres(server.clone()))
                    .run(&format!("CREATE SCHEMA \"{schema}\""))
                    .expect("a schema");
                let url = format!("{server}?options=-csearch_path%3D{schema}");
                (Database::Postgres(url), Some(schema))
            }
        };
        let fresh = Self { folder, database, schema };
        if backend == Backend::Postgresql {
            // Once for all tests: roles belong to the whole server.
            let role =
                format!("CREATE ROLE {SERVICE_ROLE}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL");
            fresh.behind().run(&format!("DO $$ BEGIN {role}; END $$")).expect("a role");
        }
        Store::migrate(&fresh.database, Some(SERVICE_ROLE)).expect("the tables");
        fresh
    }

    /// The database as the service connects to it. On PostgreSQL the connection has only the rights of the service.
    pub(crate) fn served(&self) -> Database {
        match self.backend() {
            Backend::Sqlite => self.database.clone(),
            Backend::Postgresql => self.in_role(SERVICE_ROLE),
        }
    }

    /// Which database it is.
    pub(crate) fn backend(&self) -> Backend {
        match &self.database {
            Database::Sqlite(_) => Backend::Sqlite,
            Database::Postgres(_) => Backend::Postgresql,
        }
    }

    /// The database as another role of PostgreSQL sees it.
    pub(crate) fn in_role(&self, role: &str) -> Database {
        match &self.database {
            Database::Postgres(url) => Database::Postgres(format!("{url}%20-crole%3D{role}")),
            Database::Sqlite(_) => panic!("SQLite has no roles"),
        }
    }

    pub(crate) fn behind(&self) -> Behind {
        Behind::open(&self.database)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some(schema) = &self.schema {
            // A failed test must still report why, so this does not panic.
            let _ = self.behind().run(&format!("DROP SCHEMA \"{schema}\" CASCADE"));
        }
    }
}
