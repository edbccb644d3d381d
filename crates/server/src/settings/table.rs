//! Every setting: its name, its default and its meaning.

use crate::failure::Failure;

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name in the file. In the environment it is in capitals after `ALONGSIDE_`.
    pub(crate) name: &'static str,
    /// The value if it is not set.
    pub(crate) default: &'static str,
    /// Its meaning.
    pub(crate) meaning: &'static str,
}

macro_rules! settings {
    ($($name:ident = $default:literal, $meaning:literal;)+) => {
        /// The settings, in the order in which they are shown.
        pub(crate) const SETTINGS: &[Setting] = &[$(
            Setting { name: stringify!($name), default: $default, meaning: $meaning }
        ),+];
    };
}

settings! {
    database_url = "sqlite://alongside-data/alongside.db",
        "Where records are kept: sqlite://relative/path, sqlite:///absolute/path or postgres://user:password@host/database.";
    key_file = "alongside-data/alongside.key",
        "File with the key that seals names and narratives; made on the first start. Back it up apart from the database: without it, what is sealed is lost.";
    listen = "127.0.0.1:8080",
        "Address and port of the API. Put a proxy that speaks TLS in front of it.";
    metrics_listen = "127.0.0.1:9090",
        "Address and port of the metrics, or off. Keep it inside the network.";
    policies = "shipped",
        "Directory with the partnership's own rules (*.cedar), or shipped. Check them with `alongside policy check` first; SIGHUP loads them anew.";
    readers = "8",
        "Database connections for reading, 1 to 256.";
    writers = "auto",
        "Database connections for writing, 1 to 64. auto: 1 on SQLite, which allows no more, and 2 on PostgreSQL.";
    workers = "2",
        "Threads that answer requests, 1 to 256. They wait for no database.";
    requests_per_minute = "3000",
        "Requests that one worker may make in a minute, 1 to 1000000.";
    request_burst = "100",
        "Requests that one worker may make in quick succession, 1 to 1000000. Then they are let through evenly, at the rate of requests_per_minute.";
    searches_per_minute = "30",
        "Searches for a child that one worker may make in a minute, 1 to 1000000. Low, so that nobody leafs through children.";
    sign_ins_per_minute = "5",
        "Wrong attempts to sign in with one name in a minute, 1 to 1000000. Then each doubles the wait, up to 15 minutes.";
    sign_ins_by_address_per_minute = "60",
        "Attempts to sign in from one network address in a minute, 1 to 1000000. Raise it where many share an address.";
    unusual_records_in_hour = "60,120",
        "Different records that one worker reads in an hour. Above the first number those who oversee the worker are notified; above the second the worker waits until a colleague confirms. off: never.";
    unusual_records_in_day = "200,400",
        "Different records that one worker reads in a day: notify above the first number, hold above the second; or off.";
    unusual_unknown_ids = "100,200",
        "Different ids that are not found for one worker in a day: notify above the first number, hold above the second; or off.";
    unusual_searches = "400,800",
        "Searches of one worker in a day, with each number that a change compares: notify above the first number, hold above the second; or off.";
    unusual_duty_claims = "20,40",
        "Claims of duty by one worker in a day: notify above the first number, hold above the second; or off.";
    unusual_emergency_accesses = "3",
        "Emergency accesses that one worker begins in a day: notify above this number, or off. Nobody is held for them.";
    unusual_people_added = "40,80",
        "People whom one worker relates to children in a day: notify above the first number, hold above the second; or off.";
    streams_by_worker = "4",
        "Streams of notices that one worker may have open at a time, 1 to 100.";
    streams_in_all = "1000",
        "Streams of notices that may be open at a time, 1 to 20000. Each keeps a connection.";
    requests_at_once = "256",
        "Ordinary requests that are worked on at a time, 1 to 10000. Others wait for up to a second and are then answered 503. Concerns, emergency access and sign-in do not wait.";
    request_deadline = "5",
        "Seconds within which a request is answered, 1 to 60; then the answer is 503, whatever it waits for. Receiving a body does not count.";
    connections_by_address = "256",
        "Connections from one network address over which nobody has signed in yet, 1 to 100000. Connections of signed-in workers and of trusted proxies do not count.";
    connections_in_all = "10000",
        "Connections at a time, 1 to 100000. More are answered with 503.";
    bodies_mib = "16",
        "Memory for the bodies of all requests together, in MiB, 1 to 4096. Beyond it a request is answered with 503.";
    body_seconds = "15",
        "How long a client may take to send the body of a request, in seconds, 1 to 3600. It must also send 4 KiB in every 5 seconds.";
    answer_seconds = "15",
        "How long an answer may stay unread before the connection is closed, in seconds, 1 to 3600. Each 4 KiB that are read earn a second of it back.";
    referral_days = "70",
        "Days for which the worker who accepts a referral is allocated to the child, 1 to 366. Ends earlier with the outcome; a supervisor renews it.";
    trusted_proxies = "none",
        "Network addresses of the proxies whose X-Forwarded-For is believed, with commas between them, or none.";
    log_format = "text",
        "How log lines are written: text for people, json for machines.";
    log_level = "info",
        "What is logged: error, warn, info, debug or trace; also per part, such as info,alongside_storage=debug.";
}

/// The setting with this name.
pub(crate) fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// The known name that is most similar to this one, if any is.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    nearest_of(name, SETTINGS.iter().map(|setting| setting.name))
}

/// The name that is most similar to this one, if any is.
pub(crate) fn nearest_of(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// Says that there is no such setting, and which one may have been meant.
pub(crate) fn unknown(what: &str, nearest: Option<&str>) -> Failure {
    let remedy = nearest.map_or_else(
        || "`alongside settings` lists what there is".to_owned(),
        |known| format!("did you mean {known}?"),
    );
    Failure::new(format!("The {what} is not known: {remedy}"))
}
