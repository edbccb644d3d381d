//! The one place that opens connections. The URL's scheme alone decides which database it is.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};

use crate::database::error::OpenError;

/// Where the records are stored.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A file on this machine. It need not exist yet.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(String),
}

impl FromStr for Database {
    type Err = OpenError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            _ => Err(OpenError::UnknownScheme),
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let after_user = url.rsplit_once('@').map_or("", |(_, rest)| rest);
                let shown = after_user.split_once('?').map_or(after_user, |(host, _)| host);
                write!(f, "postgres://{shown}")
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// A connection to either database.
pub(crate) enum Connection {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Writes a query once and compiles it for each database.
macro_rules! on_either {
    ($connection:expr, $c:ident => $query:expr) => {
        match $connection {
            $crate::database::connection::Connection::Postgres($c) => $query,
            $crate::database::connection::Connection::Sqlite($c) => $query,
        }
    };
}
pub(crate) use on_either;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    Write,
}

impl Connection {
    #[expect(clippy::disallowed_methods, reason = "the one place that opens connections")]
    /// Opens a connection with time limits, whatever the database does. A statement may take as long as `patience`, and
    /// may wait for a lock for a quarter of it. So the other requests in the same commit can still be answered in time.
    pub(crate) fn open(database: &Database, patience: Duration) -> Result<Self, OpenError> {
        let refused = |error: diesel::ConnectionError| OpenError::Database(explain(&error));
        let mut connection = match database {
            Database::Postgres(url) => {
                Self::Postgres(PgConnection::establish(&watched(url, patience)).map_err(refused)?)
            }
            Database::Sqlite(path) => {
                let path = path.to_str().ok_or_else(|| OpenError::Database("its path is not UTF-8".into()))?;
                Self::Sqlite(SqliteConnection::establish(path).map_err(refused)?)
            }
        };
        connection.prepare(patience).map_err(|error| OpenError::Database(crate::database::error::kind_of(&error)))?;
        Ok(connection)
    }

    /// A connection that only reads, with no time limit. A missing database is not created.
    #[expect(clippy::disallowed_methods, reason = "beside the place that opens the others")]
    pub(crate) fn open_to_examine(database: &Database) -> Result<Self, OpenError> {
        let refused = |error: diesel::ConnectionError| OpenError::Database(explain(&error));
        let (mut connection, settings) = match database {
            Database::Postgres(url) => (
                Self::Postgres(PgConnection::establish(url).map_err(refused)?),
                "SET default_transaction_read_only = on; SET statement_timeout = 0; SET client_min_messages = warning",
            ),
            Database::Sqlite(path) => {
                if !path.is_file() {
                    return Err(OpenError::Database(format!("there is no file {}", path.display())));
                }
                let path = path.to_str().ok_or_else(|| OpenError::Database("its path is not UTF-8".into()))?;
                (
                    Self::Sqlite(SqliteConnection::establish(path).map_err(refused)?),
                    "PRAGMA query_only = ON; PRAGMA busy_timeout = 10000; PRAGMA trusted_schema = OFF",
                )
            }
        };
        connection.execute(settings).map_err(|error| OpenError::Database(crate::database::error::kind_of(&error)))?;
        Ok(connection)
    }

    fn prepare(&mut self, patience: Duration) -> diesel::QueryResult<()> {
        let (statement, lock) = (patience.as_millis(), (patience / 4).as_millis());
        match self {
            // Neither timeout ends a commit that waits for a standby: the server stops counting before the commit.
            Self::Postgres(c) => c.batch_execute(&format!(
                "SET synchronous_commit = on; SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
                 SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning",
            )),
            // busy_timeout first: switching to WAL may have to wait for another connection.
            // A checkpoint every MiB. A larger one would make the requests that wait for the commit wait longer.
            Self::Sqlite(c) => c.batch_execute(&format!(
                "PRAGMA busy_timeout = {statement}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 250",
            )),
        }
    }

    /// Starts a transaction: one snapshot to read from, or the write lock at once. A SQLite transaction that begins by
    /// reading can fail when it starts to write.
    pub(crate) fn begin(&mut self, purpose: Use) -> diesel::QueryResult<()> {
        match (self, purpose) {
            (Self::Postgres(c), Use::Read) => c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            (Self::Postgres(c), Use::Write) => c.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED"),
            (Self::Sqlite(c), Use::Read) => c.batch_execute("BEGIN"),
            (Self::Sqlite(c), Use::Write) => c.batch_execute("BEGIN IMMEDIATE"),
        }
    }

    /// Ends a read transaction and starts the next, whose snapshot is taken at its first read.
    pub(crate) fn begin_next_read(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Postgres(c) => c.batch_execute("COMMIT AND CHAIN"),
            Self::Sqlite(c) => c.batch_execute("COMMIT; BEGIN"),
        }
    }

    /// Commits a transaction of changes, and begins the next one in the same round trip if it is wanted. Whether it has
    /// begun: on SQLite it would keep other connections from writing.
    pub(crate) fn commit(&mut self, another: bool) -> diesel::QueryResult<bool> {
        match self {
            Self::Postgres(c) if another => c.batch_execute("COMMIT AND CHAIN").map(|()| true),
            _ => self.execute("COMMIT").map(|()| false),
        }
    }

    pub(crate) fn execute(&mut self, sql: &str) -> diesel::QueryResult<()> {
        on_either!(self, c => c.batch_execute(sql))
    }
}

/// The URL with the settings that detect a silent server, except those that the operator chose.
fn watched(url: &str, patience: Duration) -> String {
    let seconds = patience.as_secs().max(2);
    let wanted = [
        ("connect_timeout", seconds),
        ("keepalives_idle", seconds),
        ("keepalives_interval", seconds),
        ("keepalives_count", 3),
        // In milliseconds.
        ("tcp_user_timeout", seconds * 2_000),
    ];
    let chosen = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let is_chosen = |name: &str| chosen.split('&').any(|one| one.split('=').next() == Some(name));
    let added = wanted.iter().filter(|(name, _)| !is_chosen(name)).map(|(name, value)| format!("{name}={value}"));
    let added = added.collect::<Vec<_>>().join("&");
    let joint = match (url.contains('?'), chosen.is_empty()) {
        (false, _) => "?",
        (true, true) => "",
        (true, false) => "&",
    };
    format!("{url}{joint}{added}")
}

/// The first line of a refusal. PostgreSQL's can name the host, but never the password.
fn explain(error: &diesel::ConnectionError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_detected_unless_the_operator_chose_other_settings() {
        let of = |url: &str| watched(url, Duration::from_secs(5));
        let all = "connect_timeout=5&keepalives_idle=5&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=10000";
        assert_eq!(of("postgres://a@b/c"), format!("postgres://a@b/c?{all}"));
        assert_eq!(of("postgres://a@b/c?"), format!("postgres://a@b/c?{all}"));
        assert_eq!(of("postgres://a@b/c?sslmode=require"), format!("postgres://a@b/c?sslmode=require&{all}"));
        let chosen = of("postgres://a@b/c?connect_timeout=30");
        assert!(chosen.contains("connect_timeout=30") && !chosen.contains("connect_timeout=5"), "{chosen}");
    }
}
