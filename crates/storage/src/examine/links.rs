//! What the database reports about itself, and whether every link leads to a row.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::examination::{Examination, NAMED};
use crate::database::connection::{Connection, on_either};

/// What SQLite reports about a file: `ok`, or what is wrong.
#[derive(QueryableByName)]
struct Said {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct Link {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    parent: String,
    #[diesel(sql_type = Text)]
    parent_column: String,
    #[diesel(sql_type = Text)]
    id: String,
}

const LINKS_OF_SQLITE: &str = "SELECT m.name AS table_name, f.\"from\" AS column_name, f.\"table\" AS parent, \
    COALESCE(f.\"to\", (SELECT name FROM pragma_table_info(f.\"table\") WHERE pk = 1)) AS parent_column, \
    (SELECT name FROM pragma_table_info(m.name) WHERE pk = 1) AS id \
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY 1, 2";

const LINKS_OF_POSTGRESQL: &str = "SELECT CAST(CAST(f.conrelid AS regclass) AS text) AS table_name, \
    CAST(a.attname AS text) AS column_name, CAST(CAST(f.confrelid AS regclass) AS text) AS parent, \
    CAST(pa.attname AS text) AS parent_column, CAST(k.attname AS text) AS id FROM pg_constraint f \
    JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1] \
    JOIN pg_attribute pa ON pa.attrelid = f.confrelid AND pa.attnum = f.confkey[1] \
    JOIN pg_index i ON i.indrelid = f.conrelid AND i.indisprimary \
    JOIN pg_attribute k ON k.attrelid = f.conrelid AND k.attnum = i.indkey[0] \
    WHERE f.contype = 'f' AND f.connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2";

/// The tables of the service, in PostgreSQL.
const TABLES: &str = "SELECT CAST(tablename AS text) AS word FROM pg_tables WHERE schemaname = current_schema() \
    AND tablename NOT LIKE '%schema_migrations' ORDER BY 1";
const INVALID_INDEXES: &str = "SELECT CAST(CAST(indexrelid AS regclass) AS text) AS word FROM pg_index i \
    JOIN pg_class c ON c.oid = i.indrelid WHERE NOT i.indisvalid \
    AND c.relnamespace = CAST(current_schema() AS regnamespace)";
const DISABLED_TRIGGERS: &str = "SELECT CAST(CAST(t.tgrelid AS regclass) AS text) || ' ' || CAST(t.tgname AS text) AS word \
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgenabled NOT IN ('O', 'A') \
    AND c.relnamespace = CAST(current_schema() AS regnamespace) ORDER BY 1";
const CHECKSUMS: &str = "SELECT COALESCE(SUM(checksum_failures), 0) AS n FROM pg_stat_database \
    WHERE datname = current_database()";

impl Examination<'_> {
    pub(super) fn integrity(&mut self) {
        if matches!(self.connection, Connection::Sqlite(_)) {
            self.integrity_of_sqlite();
        } else {
            self.integrity_of_postgresql();
        }
    }

    fn integrity_of_sqlite(&mut self) {
        self.reached("integrity of the file", 0, 1);
        let pragma = diesel::sql_query(format!("PRAGMA integrity_check({NAMED})"));
        let said: QueryResult<Vec<Said>> = on_either!(&mut self.connection, c => pragma.load(c));
        match said {
            Ok(said) => {
                for what in said.into_iter().map(|said| said.integrity_check).filter(|what| what != "ok") {
                    self.damage("-", "-", "-", format!("SQLite says: {what}"));
                }
            }
            Err(error) => self.unreadable("-", "-", "-", &error),
        }
        self.reached("integrity of the file", 1, 1);
    }

    /// Reads every row whole, so that an unreadable page is detected, and asks the server for its own counts.
    fn integrity_of_postgresql(&mut self) {
        let tables = self.words(TABLES).unwrap_or_default();
        let of = tables.len() as u64;
        for (done, table) in (1..).zip(tables) {
            if let Err(error) =
                self.number(&format!("SELECT COUNT(*) AS n FROM {table} t WHERE length(CAST(t AS text)) >= 0"))
            {
                self.unreadable(&table, "-", "-", &error);
            }
            self.reached("tables read", done, of);
        }
        for index in self.words(INVALID_INDEXES).unwrap_or_default() {
            self.damage("-", "-", "-", format!("the index {index} is not valid: run REINDEX INDEX {index}"));
        }
        for trigger in self.words(DISABLED_TRIGGERS).unwrap_or_default() {
            let (table, name) = trigger.split_once(' ').unwrap_or((&trigger, ""));
            self.damage(table, "-", "-", format!("the trigger {name} is disabled"));
        }
        let failures = self.number(&CHECKSUMS.replace("SELECT ", "SELECT CAST(").replace(" AS n", " AS bigint) AS n"));
        if let Ok(failures @ 1..) = failures {
            self.damage("-", "-", "-", format!("the server counted {failures} page(s) whose checksum was wrong"));
        }
    }

    pub(super) fn links(&mut self) {
        let (sql, as_text) = match self.connection {
            Connection::Sqlite(_) => {
                (LINKS_OF_SQLITE, "CASE typeof(t.{}) WHEN 'blob' THEN lower(hex(t.{})) ELSE t.{} END")
            }
            Connection::Postgres(_) => (LINKS_OF_POSTGRESQL, "CAST(t.{} AS text)"),
        };
        let links: QueryResult<Vec<Link>> = on_either!(&mut self.connection, c => diesel::sql_query(sql).load(c));
        let links = match links {
            Ok(links) => links,
            Err(error) => return self.unreadable("-", "-", "-", &error),
        };
        let of = links.len() as u64;
        for (done, Link { table_name, column_name, parent, parent_column, id }) in (1..).zip(links) {
            let broken = self.words(&format!(
                "SELECT {} AS word FROM {table_name} t WHERE t.{column_name} IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM {parent} p WHERE p.{parent_column} = t.{column_name}) LIMIT {NAMED}",
                as_text.replace("{}", &id)
            ));
            match broken {
                Ok(rows) => {
                    for row in rows {
                        let row = row.parse::<uuid::Uuid>().map_or(row, |id| id.to_string());
                        self.damage(&table_name, row, &column_name, format!("leads to no row of {parent}"));
                    }
                }
                Err(error) => self.unreadable(&table_name, "-", &column_name, &error),
            }
            self.reached("links", done, of);
        }
    }
}
