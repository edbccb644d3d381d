//! Migrations, embedded. SQLite migrates when it is opened; PostgreSQL only when an operator says so.

use diesel::migration::Migration;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{Connection, Database};
use crate::error::OpenError;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRESQL: EmbeddedMigrations = embed_migrations!("../../migrations/postgresql");

/// Tables that even the service's own role may only add to.
const APPEND_ONLY: &[&str] = &["audit_event", "child_version", "entry_version", "referral_answer"];

fn failed(error: impl std::fmt::Display) -> OpenError {
    OpenError::Database(error.to_string())
}

/// The names of the migrations that have not been run.
pub(crate) fn pending(connection: &mut Connection) -> Result<Vec<String>, OpenError> {
    match connection {
        Connection::Postgres(c) => {
            let pending = c.pending_migrations(POSTGRESQL).map_err(failed)?;
            Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
        }
        Connection::Sqlite(c) => {
            let pending = c.pending_migrations(SQLITE).map_err(failed)?;
            Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
        }
    }
}

/// Runs what is pending; on PostgreSQL also grants the service's role what it needs and no more.
pub(crate) fn run(database: &Database, app_role: Option<&str>) -> Result<Vec<String>, OpenError> {
    let mut connection = Connection::open(database)?;
    let names = pending(&mut connection)?;
    match &mut connection {
        Connection::Postgres(c) => drop(c.run_pending_migrations(POSTGRESQL).map_err(failed)?),
        Connection::Sqlite(c) => drop(c.run_pending_migrations(SQLITE).map_err(failed)?),
    }
    if let (Some(role), Database::Postgres(_)) = (app_role, database) {
        grant(&mut connection, role)?;
    }
    Ok(names)
}

fn grant(connection: &mut Connection, role: &str) -> Result<(), OpenError> {
    let plain = !role.is_empty() && role.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !plain {
        return Err(OpenError::Database("the role's name may have a-z, 0-9 and _ only".into()));
    }
    connection
        .execute(&format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; \
             REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {role}; \
             REVOKE ALL ON __diesel_schema_migrations FROM {role}; \
             GRANT SELECT ON __diesel_schema_migrations TO {role}",
            APPEND_ONLY.join(", ")
        ))
        .map_err(failed)
}
