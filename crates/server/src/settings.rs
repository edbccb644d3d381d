//! The settings, parsed. Only this module reads the environment.

mod found;
mod issuer;
mod table;

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use alongside_domain::audit::activity::{Threshold, Thresholds};
use alongside_http::ConnectionLimits;
use alongside_storage::{Database, KeyFileReaders};

use crate::failure::Failure;
pub(crate) use found::{CONFIG_VARIABLE, Found, environment};

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("give text or json"),
        }
    }
}

/// The highest threshold for a worker's daily counts.
const MOST_UNUSUAL: u32 = 1_000_000;

/// The settings of the service.
pub(crate) struct Settings {
    /// The database with the records.
    pub(crate) database: Database,
    /// The path of the key file.
    pub(crate) key_file: PathBuf,
    /// Who may be able to read the key file. It is set on the command line only, so that no file or variable allows it
    /// unnoticed.
    pub(crate) key_file_readers: KeyFileReaders,
    /// The address of the API.
    pub(crate) listen: SocketAddr,
    /// The address of the metrics; `None` if they are off.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// The directory of the partnership's own policies; `None` for the shipped ones.
    pub(crate) policies: Option<PathBuf>,
    /// Database connections for reading.
    pub(crate) readers: usize,
    /// Database connections for writing.
    pub(crate) writers: usize,
    /// Threads that answer requests.
    pub(crate) workers: usize,
    /// Requests of one worker per minute.
    pub(crate) requests_per_minute: u32,
    /// Requests of one worker in quick succession.
    pub(crate) request_burst: u32,
    /// Searches of one worker per minute.
    pub(crate) searches_per_minute: u32,
    /// Wrong attempts to sign in with one name per minute, before the waits double.
    pub(crate) sign_ins_per_minute: u32,
    /// Attempts to sign in from one address per minute.
    pub(crate) sign_ins_by_address_per_minute: u32,
    /// The counts above which a worker's access is unusual.
    pub(crate) thresholds: Thresholds,
    /// Notice streams that one worker may have open.
    pub(crate) streams_by_worker: usize,
    /// Notice streams that may be open.
    pub(crate) streams_in_all: usize,
    /// Ordinary requests that are processed at a time.
    pub(crate) requests_at_once: usize,
    /// How long a response may take.
    pub(crate) request_deadline: Duration,
    /// Limits for connections, and for how long a client may stall.
    pub(crate) connections: ConnectionLimits,
    /// How long the worker who accepts a referral is allocated to the child, in days.
    pub(crate) referral_days: u32,
    /// Trusted proxies: the addresses that they forward are believed.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Other issuers whose access tokens are accepted.
    pub(crate) issuers: Vec<alongside_http::Issuer>,
    /// The format of log lines.
    pub(crate) log_format: LogFormat,
    /// The log level.
    pub(crate) log_level: String,
}

impl Settings {
    /// The settings from the file and the environment.
    pub(crate) fn load(config: Option<&Path>) -> Result<Self, Failure> {
        Self::understand(&Found::gather(config, environment()?)?)
    }

    /// The settings of a demonstration: a separate directory, nothing from the file or the environment, quiet logs.
    pub(crate) fn of_demonstration(directory: &Path, listen: SocketAddr) -> Result<Self, Failure> {
        let mut found = Found::defaults();
        let mut set = |name: &str, text: String| found.set(name, text, "demonstration".to_owned());
        set("listen", listen.to_string());
        set("metrics_listen", "off".to_owned());
        set("log_level", "warn".to_owned());
        // People who try the API request many things that do not exist.
        set("unusual_unknown_ids", "off".to_owned());
        let mut settings = Self::understand(&found)?;
        settings.database = Database::Sqlite(directory.join("alongside.db"));
        settings.key_file = directory.join("alongside.key");
        Ok(settings)
    }

    /// Parses the texts of the settings.
    pub(crate) fn understand(found: &Found) -> Result<Self, Failure> {
        let database: Database = parsed(found, "database_url", None)?;
        let writers = match found.value("writers")?.text.as_str() {
            "auto" => {
                if matches!(database, Database::Sqlite(_)) {
                    1
                } else {
                    2
                }
            }
            _ => number(found, "writers", 64)? as usize,
        };
        if writers > 1 && matches!(database, Database::Sqlite(_)) {
            return Err(wrong(found, "writers", "SQLite allows one writer: leave it at auto"));
        }
        let metrics_listen = match found.value("metrics_listen")?.text.as_str() {
            "off" => None,
            _ => Some(parsed(
                found,
                "metrics_listen",
                Some("give an address and a port such as 127.0.0.1:9090, or off"),
            )?),
        };
        Ok(Self {
            key_file: PathBuf::from(&found.value("key_file")?.text),
            key_file_readers: KeyFileReaders::OwnerAlone,
            listen: parsed(found, "listen", Some("give an address and a port such as 127.0.0.1:8080"))?,
            metrics_listen,
            policies: match found.value("policies")?.text.as_str() {
                "shipped" => None,
                directory => Some(PathBuf::from(directory)),
            },
            readers: number(found, "readers", 256)? as usize,
            writers,
            workers: number(found, "workers", 256)? as usize,
            requests_per_minute: number(found, "requests_per_minute", 1_000_000)?,
            request_burst: number(found, "request_burst", 1_000_000)?,
            searches_per_minute: number(found, "searches_per_minute", 1_000_000)?,
            sign_ins_per_minute: number(found, "sign_ins_per_minute", 1_000_000)?,
            sign_ins_by_address_per_minute: number(found, "sign_ins_by_address_per_minute", 1_000_000)?,
            thresholds: Thresholds {
                records_in_hour: threshold(found, "unusual_records_in_hour")?,
                records_in_day: threshold(found, "unusual_records_in_day")?,
                unknown_ids: threshold(found, "unusual_unknown_ids")?,
                searches: threshold(found, "unusual_searches")?,
                duty_claims: threshold(found, "unusual_duty_claims")?,
                emergency_accesses: notice_alone(found, "unusual_emergency_accesses")?,
                people_added: threshold(found, "unusual_people_added")?,
            },
            streams_by_worker: number(found, "streams_by_worker", 100)? as usize,
            streams_in_all: number(found, "streams_in_all", 20_000)? as usize,
            requests_at_once: number(found, "requests_at_once", 10_000)? as usize,
            request_deadline: Duration::from_secs(number(found, "request_deadline", 60)?.into()),
            connections: ConnectionLimits {
                by_address: number(found, "connections_by_address", 100_000)? as usize,
                in_all: number(found, "connections_in_all", 100_000)? as usize,
                bodies: (number(found, "bodies_mib", 4_096)? as usize) << 20,
                body: Duration::from_secs(number(found, "body_seconds", 3_600)?.into()),
                answer: Duration::from_secs(number(found, "answer_seconds", 3_600)?.into()),
            },
            referral_days: number(found, "referral_days", 366)?,
            trusted_proxies: addresses(found, "trusted_proxies")?,
            issuers: found.issuers(),
            log_format: parsed(found, "log_format", None)?,
            log_level: found.value("log_level")?.text.clone(),
            database,
        })
    }
}

fn parsed<T: FromStr<Err: Display>>(found: &Found, name: &str, remedy: Option<&str>) -> Result<T, Failure> {
    let text = &found.value(name)?.text;
    text.parse().map_err(|error: T::Err| match remedy {
        Some(remedy) => wrong(found, name, remedy),
        None => wrong(found, name, &error.to_string()),
    })
}

fn addresses(found: &Found, name: &str) -> Result<Vec<IpAddr>, Failure> {
    let text = &found.value(name)?.text;
    let listed = text.split(',').filter(|_| text != "none").map(|address| address.trim().parse::<IpAddr>());
    let listed = listed.map(|address| address.map(|address| address.to_canonical())).collect::<Result<_, _>>();
    listed.map_err(|_| wrong(found, name, "give network addresses such as 10.0.0.1, or none"))
}

fn number(found: &Found, name: &str, most: u32) -> Result<u32, Failure> {
    let number = found.value(name)?.text.parse().ok();
    number
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| wrong(found, name, &format!("give a whole number from 1 to {most}")))
}

/// Two numbers: above the first the overseers are notified, above the second the worker waits.
fn threshold(found: &Found, name: &str) -> Result<Threshold, Failure> {
    let text = &found.value(name)?.text;
    let numbers = text.split_once(',').map(|(notify, hold)| (notify.trim().parse().ok(), hold.trim().parse().ok()));
    match numbers {
        _ if text == "off" => Ok(Threshold::NEVER),
        Some((Some(notify), Some(hold))) if (1..=hold).contains(&notify) && hold <= MOST_UNUSUAL => {
            Ok(Threshold::new(notify, hold))
        }
        _ => Err(wrong(found, name, "give two whole numbers such as 60,120, the second at least the first, or off")),
    }
}

/// One number, above which the overseers are notified.
fn notice_alone(found: &Found, name: &str) -> Result<Threshold, Failure> {
    match found.value(name)?.text.as_str() {
        "off" => Ok(Threshold::NEVER),
        _ => Ok(Threshold { notify: number(found, name, MOST_UNUSUAL)?, hold: None }),
    }
}

/// Says which setting is wrong, where it was set, and what to set. Does not repeat the value.
pub(crate) fn wrong(found: &Found, name: &str, remedy: &str) -> Failure {
    let source = found.value(name).map_or("", |value| value.source.as_str());
    let remedy = remedy.trim_end_matches('.');
    Failure::new(format!("The setting {name} ({source}) cannot be used: {remedy}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(file: Option<&str>, environment: &[(&str, &str)]) -> Result<Settings, Failure> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("alongside.toml");
        if let Some(text) = file {
            std::fs::write(&path, text).unwrap();
        }
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(owned).collect();
        Settings::understand(&Found::gather(file.map(|_| path.as_path()), environment)?)
    }

    fn refusal(file: Option<&str>, environment: &[(&str, &str)]) -> String {
        gather(file, environment).err().map_or_else(String::new, |failure| failure.to_string())
    }

    #[test]
    fn every_default_can_be_used() {
        let settings = gather(None, &[]).unwrap();
        assert_eq!((settings.readers, settings.writers, settings.workers), (8, 1, 2));
        let streams = alongside_http::Limits::default();
        assert_eq!((settings.streams_by_worker, settings.streams_in_all), (streams.streams, streams.streams_in_all));
        assert_eq!(settings.requests_at_once, streams.at_once);
        assert_eq!(settings.request_deadline, streams.deadline);
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.thresholds, Thresholds::default());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = Some("readers = 3\nworkers = 5\nmetrics_listen = \"off\"");
        let settings = gather(file, &[("ALONGSIDE_READERS", "4")]).unwrap();
        assert_eq!((settings.readers, settings.workers, settings.metrics_listen), (4, 5, None));
    }

    #[test]
    fn a_mistyped_name_is_refused_with_the_nearest_known_one() {
        assert!(refusal(Some("databse_url = \"x\""), &[]).contains("did you mean database_url?"));
        assert!(refusal(None, &[("ALONGSIDE_REDERS", "4")]).contains("did you mean ALONGSIDE_READERS?"));
        assert!(refusal(None, &[("ALONGSIDE_QQQQ", "4")]).contains("`alongside settings` lists"));
        assert!(refusal(None, &[("ALONGSIDE_readers", "4")]).contains("did you mean ALONGSIDE_READERS?"));
    }

    #[test]
    fn variables_that_are_no_settings_are_left_alone() {
        let known = [("ALONGSIDE_CONFIG", "x.toml"), ("ALONGSIDE_TEST_POSTGRES", "postgres://x")];
        assert!(gather(None, &known).is_ok());
    }

    #[test]
    fn a_refusal_names_the_setting_its_source_and_the_remedy() {
        let refused = refusal(None, &[("ALONGSIDE_READERS", "many")]);
        assert!(refused.contains("readers (environment variable ALONGSIDE_READERS)"), "{refused}");
        assert!(refused.contains("whole number from 1 to 256"), "{refused}");
        assert!(!refused.contains("many"), "{refused}");
        for (variable, value) in [
            ("ALONGSIDE_READERS", "0"),
            ("ALONGSIDE_LISTEN", "localhost"),
            ("ALONGSIDE_LOG_FORMAT", "xml"),
            ("ALONGSIDE_DATABASE_URL", "mysql://x"),
            ("ALONGSIDE_WRITERS", "2"),
        ] {
            assert!(refusal(None, &[(variable, value)]).contains("cannot be used"), "{variable}");
        }
    }

    #[test]
    fn writers_follow_the_database() {
        let postgres = ("ALONGSIDE_DATABASE_URL", "postgres://a:b@localhost/c");
        assert_eq!(gather(None, &[postgres]).unwrap().writers, 2);
        assert_eq!(gather(None, &[postgres, ("ALONGSIDE_WRITERS", "5")]).unwrap().writers, 5);
    }

    #[test]
    fn thresholds_are_two_numbers_in_order_or_off() {
        let with = |text: &str| gather(None, &[("ALONGSIDE_UNUSUAL_SEARCHES", text)]).map(|s| s.thresholds.searches);
        assert_eq!(with("5, 9").unwrap(), Threshold::new(5, 9));
        assert_eq!(with("off").unwrap(), Threshold::NEVER);
        for wrong in ["9,5", "0,5", "5", "five,six", "5,9,12", ""] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
        assert!(gather(None, &[("ALONGSIDE_UNUSUAL_EMERGENCY_ACCESSES", "2,4")]).is_err());
    }

    #[test]
    fn passwords_are_not_shown() {
        let environment =
            vec![("ALONGSIDE_DATABASE_URL".to_owned(), "postgres://app:tell-nobody@db/alongside".to_owned())];
        let shown = Found::gather(None, environment).unwrap().show();
        assert!(shown.contains("(environment variable ALONGSIDE_DATABASE_URL)"), "{shown}");
        assert!(!shown.contains("tell-nobody"), "{shown}");
    }

    #[test]
    fn proxies_are_addresses_or_none() {
        let with = |text: &str| gather(None, &[("ALONGSIDE_TRUSTED_PROXIES", text)]);
        assert!(with("none").is_ok_and(|settings| settings.trusted_proxies.is_empty()));
        assert!(with("10.0.0.1, ::1").is_ok_and(|settings| settings.trusted_proxies.len() == 2));
        for wrong in ["", "proxy.larkmoor.example", "10.0.0.0/8"] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }
}
