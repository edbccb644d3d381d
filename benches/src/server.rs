//! The real server in a separate process, and what the kernel reports about it.

use std::fs::{File, read_to_string};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alongside_storage::Database;

use crate::Failure;
use crate::client::Connection;
use crate::report::number;

/// Ticks of processor time in /proc, the same on every common Linux architecture.
const TICKS_PER_SECOND: f64 = 100.0;
/// The time limit for a start before the bench gives up.
const START: Duration = Duration::from_secs(30);
/// The time limit for a shutdown before the server is killed.
const END: Duration = Duration::from_secs(25);

/// A running server. Dropping this ends it.
pub(crate) struct Server {
    process: Child,
    /// The address that it listens on.
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts the server, and returns the time until its first response.
    pub(crate) fn start(
        program: &Path,
        database: &Database,
        key_file: &Path,
        directory: &Path,
    ) -> Result<(Self, Duration), Failure> {
        Self::start_with(program, database, key_file, directory, &[])
    }

    /// The same with additional settings, in capitals and without their prefix. The kernel ends the server when the
    /// calling thread ends.
    pub(crate) fn start_with(
        program: &Path,
        database: &Database,
        key_file: &Path,
        directory: &Path,
        settings: &[(&str, &str)],
    ) -> Result<(Self, Duration), Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let url = match database {
            Database::Sqlite(path) => format!("sqlite://{}", path.display()),
            Database::Postgres(url) => url.clone(),
        };
        let log = directory.join("server.log");
        // If the bench is killed, the kernel ends the server.
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .arg("serve")
            .env_clear()
            .env("ALONGSIDE_DATABASE_URL", url)
            .env("ALONGSIDE_KEY_FILE", key_file)
            .env("ALONGSIDE_LISTEN", address.to_string())
            .env("ALONGSIDE_METRICS_LISTEN", "off")
            .env("ALONGSIDE_REQUESTS_PER_MINUTE", "1000000")
            .env("ALONGSIDE_REQUEST_BURST", "1000000")
            // Access is still counted, but never unusual.
            .env("ALONGSIDE_UNUSUAL_RECORDS_IN_HOUR", "off")
            .env("ALONGSIDE_UNUSUAL_RECORDS_IN_DAY", "off")
            .env("ALONGSIDE_UNUSUAL_UNKNOWN_IDS", "off")
            .env("ALONGSIDE_SIGN_INS_PER_MINUTE", "1000")
            .env("ALONGSIDE_SIGN_INS_BY_ADDRESS_PER_MINUTE", "1000")
            .envs(settings.iter().map(|(name, value)| (format!("ALONGSIDE_{name}"), value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let begun = Instant::now();
        let process = command.spawn()?;
        let mut server = Self { process, address, log };
        while !server.is_live() {
            if server.process.try_wait()?.is_some() || begun.elapsed() > START {
                return Err(format!("the server did not start: {}", server.last_words()).into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok((server, begun.elapsed()))
    }

    fn is_live(&self) -> bool {
        let request = b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n";
        Connection::open(self.address).and_then(|mut connection| connection.exchange(request, 204).map(drop)).is_ok()
    }

    /// The end of its log.
    pub(crate) fn last_words(&self) -> String {
        let log = read_to_string(&self.log).unwrap_or_default();
        let mut lines: Vec<_> = log.lines().rev().take(3).collect();
        lines.reverse();
        lines.join("\n")
    }

    fn of_kernel(&self, file: &str) -> Result<String, Failure> {
        Ok(read_to_string(format!("/proc/{}/{file}", self.process.id()))?)
    }

    /// The processor time it has used, in seconds.
    pub(crate) fn processor_time(&self) -> Result<f64, Failure> {
        let stat = self.of_kernel("stat")?;
        // The program's name, in brackets, may contain any character, so counting starts after it. User and system
        // time are the 14th and 15th fields of the line, which are the 12th and 13th after the name.
        let (_, fields) = stat.rsplit_once(')').ok_or("a stat without a name")?;
        let mut ticks = 0;
        for field in fields.split_whitespace().skip(11).take(2) {
            ticks += field.parse::<usize>()?;
        }
        Ok(number(ticks) / TICKS_PER_SECOND)
    }

    /// Its peak memory, in MiB.
    pub(crate) fn peak_memory(&self) -> Result<f64, Failure> {
        let status = self.of_kernel("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next());
        Ok(number(kibibytes.ok_or("a status without VmHWM")?.parse()?) / 1_024.0)
    }

    /// Resets the peak, so that only memory from now on counts.
    pub(crate) fn forget_peak_memory(&self) -> Result<(), Failure> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?)
    }

    /// Asks it to shut down, and waits for that.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        let begun = Instant::now();
        while begun.elapsed() < END {
            if self.process.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("the server did not shut down in time".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail if it has already ended, and then there is nothing to do.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
