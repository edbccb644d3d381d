//! Whether the timing of a response reveals that an id exists, although the response itself does not. Requests for ids
//! hidden from the caller and for unknown ids alternate on one connection.

use std::time::{Duration, Instant};

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_domain::{ChildId, IdSource as _};
use alongside_storage::{Database, SystemIds};
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, SqliteConnection};
use uuid::Uuid;

use crate::Failure;
use crate::ceiling::connect;
use crate::client::Connection;
use crate::load::{Loaded, concern};
use crate::random::Random;
use crate::report::{Taken, median};
use crate::server::Server;

/// The number of hidden records of each kind that are requested.
const POOL: usize = 200;
/// The smallest number of repetitions of each operation.
const FEWEST_TURNS: usize = 400;

/// The subject of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Child,
    Concern,
}

/// An operation that is refused with "not found" whether the id is hidden or unknown.
struct Operation {
    name: &'static str,
    about: About,
    method: &'static str,
    path: [&'static str; 2],
    body: Option<String>,
}

fn operations(sealed: bool) -> Result<Vec<Operation>, Failure> {
    let read = |name, about, path| Operation { name, about, method: "GET", path, body: None };
    let withdrawal = serde_json::json!({ "because": "It was written on the wrong record." }).to_string();
    let mut all = vec![
        read("GET child", About::Child, ["/v1/children/", ""]),
        read("GET overview", About::Child, ["/v1/children/", "/overview"]),
        read("GET chronology", About::Child, ["/v1/children/", "/chronology"]),
        read("GET concern", About::Concern, ["/v1/concerns/", ""]),
        Operation {
            name: "POST withdraw",
            about: About::Concern,
            method: "POST",
            path: ["/v1/concerns/", "/withdraw"],
            body: Some(withdrawal),
        },
    ];
    if sealed {
        let at = SystemClock.now() - chrono::Duration::hours(1);
        let body = serde_json::to_string(&concern(at, &mut Random::new(5)))?;
        let path = ["/v1/children/", "/concerns"];
        all.push(Operation { name: "POST concern", about: About::Child, method: "POST", path, body: Some(body) });
    }
    Ok(all)
}

/// The hidden records, each with its child and one concern.
pub(crate) struct Hidden {
    name: &'static str,
    sealed: bool,
    ids: Vec<(Uuid, Uuid)>,
}

/// Finds the records that will be hidden. The worker of `own` is still involved, and no bare statement has written to
/// them yet.
pub(crate) fn find(server: &Server, loaded: &Loaded, own: &str) -> Result<[Hidden; 2], Failure> {
    let mut pools = loaded.children.chunks(POOL);
    let mut pool = |name, sealed| -> Result<Hidden, Failure> {
        let children = pools.next().ok_or("too few children")?;
        let ids = children.iter().map(|child| Ok((child.0, first_concern(server, own, *child)?)));
        Ok(Hidden { name, sealed, ids: ids.collect::<Result<_, Failure>>()? })
    };
    Ok([pool("sealed", true)?, pool("no relationship", false)?])
}

/// Requests hidden and unknown ids alternately, and returns the medians. `token` belongs to a worker who is involved
/// with none of the children.
pub(crate) fn run(
    server: &Server,
    database: &Database,
    pools: &[Hidden],
    token: &str,
    time: Duration,
) -> Result<Vec<Taken>, Failure> {
    let name = database_name(database);
    let mut all = Vec::new();
    for hidden in pools {
        if hidden.sealed {
            seal(database, &hidden.ids)?;
        }
        for operation in operations(hidden.sealed)? {
            let [of_hidden, of_unknown] = turns(server, token, hidden, &operation, time)?;
            all.push(Taken { database: name, hidden: hidden.name, operation: operation.name, of_hidden, of_unknown });
        }
    }
    Ok(all)
}

/// The name of a database in tables.
pub(crate) fn database_name(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => "SQLite",
        Database::Postgres(_) => "PostgreSQL",
    }
}

fn turns(
    server: &Server,
    token: &str,
    hidden: &Hidden,
    operation: &Operation,
    time: Duration,
) -> Result<[f64; 2], Failure> {
    let mut connection = Connection::open(server.address)?;
    let mut random = Random::new(23);
    let mut took = [Vec::new(), Vec::new()];
    let begun = Instant::now();
    let mut turn = 0;
    while turn < FEWEST_TURNS || begun.elapsed() < time {
        for place in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
            let id = if place == 0 {
                let (child, concern) = random.pick(&hidden.ids).ok_or("no ids")?;
                if operation.about == About::Child { *child } else { *concern }
            } else {
                SystemIds.next(SystemClock.now())
            };
            let request = request(operation, id, token);
            let begun = Instant::now();
            connection.exchange(request.as_bytes(), 404)?;
            let microseconds = begun.elapsed().as_secs_f64() * 1e6;
            if let Some(took) = took.get_mut(place) {
                took.push(microseconds);
            }
        }
        turn += 1;
    }
    Ok(took.map(median))
}

fn request(operation: &Operation, id: Uuid, token: &str) -> String {
    let Operation { method, path: [before, after], body, .. } = operation;
    let head = format!("{method} {before}{id}{after} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n");
    match body {
        None => format!("{head}\r\n"),
        Some(body) => format!(
            "{head}If-Match: \"1\"\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    }
}

fn first_concern(server: &Server, own: &str, child: ChildId) -> Result<Uuid, Failure> {
    let request =
        format!("GET /v1/children/{child}/overview HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {own}\r\n\r\n");
    let mut connection = Connection::open(server.address)?;
    let answer: serde_json::Value = serde_json::from_slice(connection.exchange(request.as_bytes(), 200)?)?;
    let id = answer.pointer("/concerns/0/id").and_then(|id| id.as_str()).ok_or("an overview without a concern")?;
    Ok(id.parse()?)
}

/// Seals records in one statement, with the same result as a proposal and a decision.
#[expect(clippy::disallowed_methods, reason = "the bench bypasses the store on purpose")]
fn seal(database: &Database, ids: &[(Uuid, Uuid)]) -> Result<(), Failure> {
    let list = |quote: fn(&Uuid) -> String| ids.iter().map(|(id, _)| quote(id)).collect::<Vec<_>>().join(", ");
    let change = |list: String| format!("UPDATE child SET restriction = 'sealed' WHERE id IN ({list})");
    match database {
        Database::Postgres(url) => connect(url)?.batch_execute(&change(list(|id| format!("'{id}'"))))?,
        Database::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(path.to_str().ok_or("the directory is not UTF-8")?)?;
            connection.batch_execute("PRAGMA busy_timeout = 10000")?;
            connection.batch_execute(&change(list(|id| format!("X'{}'", id.simple()))))?;
        }
    }
    Ok(())
}
