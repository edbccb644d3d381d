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
        "Where records are stored: sqlite://relative/path, sqlite:///absolute/path or postgres://user:password@host/database.";
    key_file = "alongside-data/alongside.key",
        "File with the key that encrypts names and narratives; created on the first start. Back it up apart from the database: without it, they are lost.";
    listen = "127.0.0.1:8080",
        "Address and port of the API. Put a proxy with TLS in front of it.";
    metrics_listen = "127.0.0.1:9090",
        "Address and port of the metrics, or off. Keep it inside the network.";
    policies = "shipped",
        "Directory with the partnership's own policies (*.cedar), or shipped. Check them with `alongside policy check` first; SIGHUP loads them again.";
    readers = "8",
        "Database connections for reading, 1 to 256.";
    writers = "auto",
        "Database connections for writing, 1 to 64. auto: 1 on SQLite, which allows no more, and 2 on PostgreSQL.";
    workers = "2",
        "Threads that answer requests, 1 to 256. They do not wait for the database.";
    requests_per_minute = "3000",
        "Requests that one worker may make in a minute, 1 to 1000000.";
    request_burst = "100",
        "Requests that one worker may make in quick succession, 1 to 1000000. After that they are admitted evenly, at the rate of requests_per_minute.";
    searches_per_minute = "30",
        "Searches for a child that one worker may make in a minute, 1 to 1000000. Keep it low, so that no worker browses children.";
    sign_ins_per_minute = "5",
        "Wrong attempts to sign in with one name in a minute, 1 to 1000000. After that, each doubles the wait, up to 15 minutes.";
    sign_ins_by_address_per_minute = "60",
        "Attempts to sign in from one network address in a minute, 1 to 1000000. Raise it if many workers share an address.";
    unusual_records_in_hour = "60,120",
        "Different records that one worker reads in an hour. Above the first number, the people who oversee the worker are notified; above the second, the worker waits until a colleague confirms. off: never.";
    unusual_records_in_day = "200,400",
        "Different records that one worker reads in a day: notify above the first number, wait above the second; or off.";
    unusual_unknown_ids = "100,200",
        "Different ids that are not found for one worker in a day: notify above the first number, wait above the second; or off.";
    unusual_searches = "400,800",
        "Searches of one worker in a day; each number that a change compares counts as one: notify above the first number, wait above the second; or off.";
    unusual_duty_claims = "20,40",
        "Claims of duty by one worker in a day: notify above the first number, wait above the second; or off.";
    unusual_emergency_accesses = "3",
        "Emergency accesses that one worker begins in a day: notify above this number, or off. The worker never waits.";
    unusual_people_added = "40,80",
        "People whom one worker involves with children in a day: notify above the first number, wait above the second; or off.";
    streams_by_worker = "4",
        "Notice streams that one worker may have open at a time, 1 to 100.";
    streams_in_all = "1000",
        "Notice streams that may be open at a time, 1 to 20000. Each uses a connection.";
    requests_at_once = "256",
        "Ordinary requests that are processed at a time, 1 to 10000. Others wait for up to a second and then get 503. Concerns, emergency access and sign-in do not wait.";
    request_deadline = "5",
        "Seconds within which a request is answered, 1 to 60. After that the response is 503, whatever the request waits for. Receiving a body does not count.";
    connections_by_address = "256",
        "Connections from one network address over which no worker has signed in yet, 1 to 100000. Connections of signed-in workers and of trusted proxies do not count.";
    connections_in_all = "10000",
        "Connections at a time, 1 to 100000. Further ones get 503.";
    bodies_mib = "16",
        "Memory for the bodies of all requests together, in MiB, 1 to 4096. When it is full, a request gets 503.";
    body_seconds = "15",
        "How long a client may take to send the body of a request, in seconds, 1 to 3600. It must also send 4 KiB in every 5 seconds.";
    answer_seconds = "15",
        "How long a response may stay unread before the connection is closed, in seconds, 1 to 3600. Each 4 KiB that the client reads adds a second.";
    referral_days = "70",
        "Days for which the worker who accepts a referral is allocated to the child, 1 to 366. It ends earlier with the outcome; a supervisor can renew it.";
    trusted_proxies = "none",
        "Network addresses of the proxies whose X-Forwarded-For is believed, separated by commas, or none.";
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
