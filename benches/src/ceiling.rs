//! The database's rate for the same work without the service: one transaction with the statements that the product
//! sends. On `PostgreSQL`, `pgbench` sends them over as many connections as the product serves. `SQLite` is in
//! [`crate::sqlite`].

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use alongside_storage::Database;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::load::Loaded;
use crate::random::Random;
use crate::sqlite::Sqlite;
use crate::{Failure, Measure, client};

/// The approximate length of a concern's sealed content.
pub(crate) const CONTENT: usize = 700;

/// Bare statements on a loaded database.
pub(crate) enum Ceiling {
    Sqlite(Box<Sqlite>),
    Postgres(Postgres),
}

impl Ceiling {
    /// Prepares a loaded database for measuring, both for the ceiling and for the product.
    pub(crate) fn prepare(database: &Database, loaded: &Loaded, directory: &Path) -> Result<Self, Failure> {
        Ok(match database {
            Database::Sqlite(path) => Self::Sqlite(Box::new(Sqlite::open(path)?)),
            Database::Postgres(url) => Self::Postgres(Postgres::prepare(url, loaded, directory)?),
        })
    }

    /// Transactions a second.
    pub(crate) fn run(&mut self, measure: Measure, loaded: &Loaded, time: Duration) -> Result<f64, Failure> {
        match self {
            Self::Sqlite(sqlite) => sqlite.run(measure, loaded, time),
            Self::Postgres(postgres) => postgres.run(measure, time),
        }
    }
}

/// `pgbench` and its scripts.
pub(crate) struct Postgres {
    url: String,
    program: PathBuf,
    read: PathBuf,
    write: PathBuf,
    variables: Vec<String>,
}

/// A table with a number for each child, and ids that sort by time as the product's do.
const HELPERS: &str = "
CREATE SCHEMA bench;
CREATE TABLE bench.child (n INTEGER NOT NULL PRIMARY KEY, id UUID NOT NULL);
INSERT INTO bench.child SELECT row_number() OVER (), id FROM child;
CREATE FUNCTION bench.next_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 'hex')::uuid
$$;
";

/// The actor. The same statement draws the child, so that drawing costs no round trip.
const ACTOR: &str = "\
SELECT w.agency_id, w.roles, w.state, s.ends_at, a.sector, a.in_sharing_agreement, b.id AS child, \
bench.next_id() AS entry \
FROM session s JOIN worker w ON w.id = s.worker_id JOIN agency a ON a.id = w.agency_id, bench.child b \
WHERE s.id = :session AND w.id = :worker AND b.n = :n LIMIT 1 \\gset
";

/// The actor's relationship to the child.
const STANDING: &str = "\
SELECT c.version, c.key_sealed, \
EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > now() AND i.worker_id = :worker \
AND i.agency_id = :agency AND i.kind = 'allocated') AS allocated, \
EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > now() AND i.worker_id = :worker \
AND i.agency_id = :agency AND i.kind = 'team') AS team, \
EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > now() AND i.agency_id = :agency) \
AS agency_involved, \
EXISTS (SELECT 1 FROM referral r WHERE r.child_id = c.id AND r.to_agency_id = :agency AND r.status = 'sent') \
AS agency_receiving \
FROM child c WHERE c.id = :child;
";

/// Who the child is, and the latest concerns.
const OVERVIEW: &str = "\
SELECT version, author_id, recorded_at, content FROM child_version \
WHERE child_id = :child AND recorded_at <= now() + interval '1 day' ORDER BY version DESC LIMIT 1;
SELECT e.id, e.child_id, e.kind, e.agency_id, e.author_id, e.recorded_at, e.occurred_at, v.version, \
v.author_id, v.recorded_at, v.segment, v.status, v.occurred_at, v.occurred_precision, v.captured_at, v.content \
FROM entry e JOIN entry_version v ON v.entry_id = e.id \
WHERE e.child_id = :child AND e.kind = ANY ('{concern}') AND v.version = e.version \
AND (v.segment = ANY ('{shared,own_agency}') OR e.author_id = :worker OR e.agency_id = :agency) \
ORDER BY e.occurred_at DESC, e.id DESC LIMIT 21;
";

/// A new concern.
const CONCERN: &str = "\
INSERT INTO entry (id, child_id, kind, agency_id, author_id, segment, status, codes, occurred_at, recorded_at, version) \
VALUES (:entry, :child, 'concern', :agency, :worker, 'shared', 'current', 'cce', now(), now(), 1);
INSERT INTO entry_version (entry_id, version, author_id, recorded_at, segment, status, codes, occurred_at, \
occurred_precision, captured_at, content) \
VALUES (:entry, 1, :worker, now(), 'shared', 'current', 'cce', now(), 'exact', NULL, :content);
";

fn audit(action: &str, policies: &str, fields: &str) -> String {
    format!(
        "INSERT INTO audit_event (id, at, worker_id, agency_id, roles, session_id, action, subject_kind, \
         subject_id, child_id, purpose, policies, fields, outcome, request_id) \
         VALUES (bench.next_id(), now(), :worker, :agency, 'practitioner', :session, '{action}', 'child', \
         :child, :child, NULL, '{policies}', '{fields}', 'permitted', :request);\n"
    )
}

#[expect(clippy::disallowed_methods, reason = "the ceiling bypasses the store on purpose")]
pub(crate) fn connect(url: &str) -> Result<PgConnection, Failure> {
    Ok(PgConnection::establish(url)?)
}

/// The newest installed `pgbench`.
fn pgbench() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let mut found: Vec<_> = versions
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            let program = version.path().join("bin/pgbench");
            program.is_file().then_some((number, program))
        })
        .collect();
    found.sort();
    found.pop().map_or("pgbench".into(), |(_, program)| program)
}

impl Postgres {
    fn prepare(url: &str, loaded: &Loaded, directory: &Path) -> Result<Self, Failure> {
        let mut connection = connect(url)?;
        connection.batch_execute(HELPERS)?;
        connection.batch_execute("VACUUM ANALYZE")?;
        connection.batch_execute("CHECKPOINT")?;
        let draw = format!("\\set n random(1, {})\n", loaded.children.len());
        let seen = audit("view_overview", "involved-worker-reads-the-record", "identity,identifiers,address");
        let raised = audit("raise_concern", "anyone-may-raise-a-concern", "");
        let (read, write) = (directory.join("r1.sql"), directory.join("w1.sql"));
        std::fs::write(&read, format!("{draw}BEGIN;\n{ACTOR}{STANDING}{OVERVIEW}{seen}COMMIT;\n"))?;
        std::fs::write(&write, format!("{draw}BEGIN;\n{ACTOR}{STANDING}{CONCERN}{raised}COMMIT;\n"))?;
        let mut content = String::from("\\x");
        for byte in Random::new(7).bytes(CONTENT) {
            write!(content, "{byte:02x}")?;
        }
        let actor = &loaded.actor;
        Ok(Self {
            url: url.to_owned(),
            program: pgbench(),
            read,
            write,
            variables: vec![
                format!("session={}", actor.session),
                format!("worker={}", actor.worker),
                format!("agency={}", loaded.agency),
                format!("request={}", actor.request),
                format!("content={content}"),
            ],
        })
    }

    fn run(&self, measure: Measure, time: Duration) -> Result<f64, Failure> {
        let script = match measure {
            Measure::Read => &self.read,
            Measure::Write => &self.write,
        };
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
        command.arg(format!("--client={}", client::CONNECTIONS));
        command.arg(format!("--time={}", time.as_secs()));
        command.arg("--file").arg(script);
        for variable in &self.variables {
            command.arg("--define").arg(variable);
        }
        let output = command.arg(&self.url).output()?;
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")).and_then(|line| line.split(' ').next());
        let failed = !output.status.success() || said.contains("aborted");
        match rate {
            Some(rate) if !failed => Ok(rate.parse()?),
            _ => Err(format!("pgbench failed: {said}{complained}").into()),
        }
    }
}
