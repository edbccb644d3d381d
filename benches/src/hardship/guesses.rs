//! Password guesses: 70 against 14 accounts right after a restart, then from 120 addresses without pause. The owners of
//! the accounts sign in from the same networks as before.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use alongside_domain::accounts::agency::{AgencyDetails, Sector};
use alongside_domain::accounts::worker::{NewWorker, Role, WorkerDetails, WorkerState};
use alongside_storage::PasswordChosenBy;

use super::{Outcome, Stage};
use crate::Failure;
use crate::client::Connection;
use crate::load::PASSWORD;

/// The accounts under attack.
const OWNERS: u8 = 14;
/// How often each owner signs in, in each phase.
const TIMES: usize = 3;
/// Guesses at each owner after the restart.
const GUESSES: u8 = 5;
/// Addresses that guess afterwards, and how many of them guess at the same time.
const ADDRESSES: u8 = 120;
const GUESSING: u8 = 24;
/// The largest ratio of a sign-in's time to its usual time, from a known network.
const MOST: f64 = 4.0;

const SETTINGS: &[(&str, &str)] =
    &[("TRUSTED_PROXIES", "127.0.0.1"), ("SIGN_INS_PER_MINUTE", "5"), ("SIGN_INS_BY_ADDRESS_PER_MINUTE", "60")];

pub(crate) fn run(stage: &Stage) -> Result<Outcome, Failure> {
    add_owners(stage)?;
    let server = stage.serve(SETTINGS)?;
    honest(server.address)?;
    let quiet = honest(server.address)?;
    server.stop()?;

    let server = stage.serve(SETTINGS)?;
    let at = server.address;
    thread::scope(|scope| {
        for guess in 0..GUESSES {
            scope.spawn(move || {
                for owner in 0..OWNERS {
                    let from = format!("198.51.100.{}", guess * OWNERS + owner + 1);
                    // The service may refuse the guess or compare it. Both are expected.
                    drop(ask(at, &name(owner), "not the password at all", &from));
                }
            });
        }
    });
    let restarted = honest(at)?;

    let (over, number) = (AtomicBool::new(false), AtomicU32::new(0));
    let flooded = thread::scope(|scope| {
        for first in 0..GUESSING {
            let (over, number) = (&over, &number);
            scope.spawn(move || {
                for address in (first..ADDRESSES).step_by(usize::from(GUESSING)).cycle() {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let guess = number.fetch_add(1, Ordering::Relaxed);
                    let from = format!("203.0.113.{}", address + 1);
                    drop(ask(at, &format!("nobody.{guess}"), "not the password at all", &from));
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        thread::sleep(Duration::from_secs(1));
        let flooded = honest(at);
        over.store(true, Ordering::Relaxed);
        flooded
    })?;
    server.stop()?;

    let locked_out = restarted.locked_out + flooded.locked_out;
    let passed =
        locked_out == 0 && [restarted.median(), flooded.median()].into_iter().all(|time| time < MOST * quiet.median());
    Ok(Outcome::of(
        format!(
            "sign-in {:.0} ms quiet, {:.0} ms (worst {:.0}) after 70 guesses and a restart, {:.0} ms (worst {:.0}) while \
             120 addresses made {} guesses; below {MOST} times quiet; {locked_out} owners locked out of 0",
            quiet.median(),
            restarted.median(),
            restarted.worst(),
            flooded.median(),
            flooded.worst(),
            number.load(Ordering::Relaxed),
        ),
        passed,
    ))
}

/// The owners' sign-in times in milliseconds, shortest first.
struct Met {
    times: Vec<f64>,
    locked_out: usize,
}

impl Met {
    fn median(&self) -> f64 {
        self.times.get(self.times.len() / 2).copied().unwrap_or(f64::INFINITY)
    }

    fn worst(&self) -> f64 {
        self.times.last().copied().unwrap_or(f64::INFINITY)
    }
}

/// Every owner signs in from home.
fn honest(at: SocketAddr) -> Result<Met, Failure> {
    let mut met = Met { times: Vec::new(), locked_out: 0 };
    for owner in 0..OWNERS {
        let mut locked_out = false;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let status = ask(at, &name(owner), PASSWORD, &format!("192.0.2.{}", owner + 1))?;
            met.times.push(begun.elapsed().as_secs_f64() * 1_000.0);
            locked_out |= status != 201;
        }
        met.locked_out += usize::from(locked_out);
    }
    met.times.sort_by(f64::total_cmp);
    Ok(met)
}

fn name(owner: u8) -> String {
    format!("owner.{owner}")
}

/// An attempt to sign in, as a proxy passes it on.
fn ask(at: SocketAddr, name: &str, password: &str, from: &str) -> Result<u16, Failure> {
    let body = serde_json::json!({ "sign_in_name": name, "password": password }).to_string();
    let request = format!(
        "POST /v1/sessions HTTP/1.1\r\nHost: bench\r\nX-Forwarded-For: {from}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Ok(Connection::open(at)?.answer(request.as_bytes())?.0)
}

fn add_owners(stage: &Stage) -> Result<(), Failure> {
    let store = stage.store()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let name_of_agency = "Guessed Council".to_owned();
        let details = AgencyDetails { name: name_of_agency, sector: Sector::SocialCare, in_sharing_agreement: true };
        let agency = store.bootstrap_agency(details).await?;
        for owner in 0..OWNERS {
            let details = WorkerDetails {
                agency_id: agency.id,
                display_name: "Guessed Worker".to_owned(),
                job_title: "Social worker".to_owned(),
                roles: vec![Role::Practitioner],
                state: WorkerState::Active,
                supervisor_id: None,
            };
            let new = NewWorker { sign_in_name: name(owner), password: PASSWORD.to_owned(), details };
            store.bootstrap_worker(new, PasswordChosenBy::Owner).await?;
        }
        Ok(())
    })
}
