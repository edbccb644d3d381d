//! Embedded migrations. SQLite migrates when it is opened. PostgreSQL migrates only when an operator says so.

use std::collections::HashSet;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::database::connection::{Connection, Database, on_either};
use crate::database::error::OpenError;
use crate::database::rights::RIGHTS;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRESQL: EmbeddedMigrations = embed_migrations!("../../migrations/postgresql");

/// How long one statement of a migration may take. It is four times as long as the statement may wait for a lock.
const PATIENCE: Duration = Duration::from_secs(40);

fn failed(error: impl std::fmt::Display) -> OpenError {
    OpenError::Database(error.to_string())
}

diesel::table! {
    /// Diesel's own table of the migrations that have been run.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The names of the migrations that have not been run. It only reads: the service's role may not create tables.
pub(crate) fn pending(connection: &mut Connection) -> Result<Vec<String>, OpenError> {
    let begun = match connection {
        Connection::Postgres(_) => "to_regclass('__diesel_schema_migrations') IS NOT NULL",
        Connection::Sqlite(_) => "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')",
    };
    let begun: bool =
        on_either!(&mut *connection, c => diesel::select(sql::<Bool>(begun)).get_result(c)).map_err(failed)?;
    let run: HashSet<String> = if begun {
        let versions = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
        on_either!(&mut *connection, c => versions.load(c)).map_err(failed)?.into_iter().collect()
    } else {
        HashSet::new()
    };
    Ok(match connection {
        Connection::Postgres(_) => not_in(&MigrationSource::<Pg>::migrations(&POSTGRESQL).map_err(failed)?, &run),
        Connection::Sqlite(_) => not_in(&MigrationSource::<Sqlite>::migrations(&SQLITE).map_err(failed)?, &run),
    })
}

fn not_in<DB: Backend>(all: &[Box<dyn Migration<DB>>], run: &HashSet<String>) -> Vec<String> {
    let pending = all.iter().filter(|migration| !run.contains(&migration.name().version().to_string()));
    pending.map(|migration| migration.name().to_string()).collect()
}

/// Runs what is pending. On PostgreSQL it also grants the service's role what it needs and no more.
pub(crate) fn run(database: &Database, app_role: Option<&str>) -> Result<Vec<String>, OpenError> {
    let mut connection = Connection::open(database, PATIENCE)?;
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
    // One message is one transaction: a service that is running meanwhile never lacks a right.
    let rights: String = RIGHTS.iter().map(|rights| rights.grants(role)).collect();
    connection
        .execute(&format!(
            "DO $$ BEGIN EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %1$I FROM {role}; \
             GRANT USAGE ON SCHEMA %1$I TO {role}', current_schema()); END $$; {rights}\
             GRANT SELECT ON __diesel_schema_migrations TO {role}",
        ))
        .map_err(failed)
}
