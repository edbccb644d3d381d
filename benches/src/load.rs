//! Fills a database through the store's own door: an agency, a worker, the children and their concerns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use alongside_domain::accounts::agency::{AgencyDetails, Sector};
use alongside_domain::accounts::worker::{Actor, NewWorker, Role, WorkerDetails, WorkerState};
use alongside_domain::record::child::{Address, ChildDetails, Ethnicity, Identity, NewChild, Sex};
use alongside_domain::record::concern::{Concern, ImmediateSafety, Told};
use alongside_domain::record::entry::{New, Source};
use alongside_domain::record::exploitation::ExploitationType;
use alongside_domain::record::identifier::{Identifier, IdentifierKind, is_nhs_number};
use alongside_domain::record::occurred::Occurred;
use alongside_domain::{AgencyId, At, ChildId};
use alongside_policy::action::{CreateChild, Record};
use alongside_storage::{PasswordChosenBy, Store};
use chrono::{Duration, NaiveDate};
use tokio::task::JoinSet;

use crate::Failure;
use crate::random::Random;
use crate::report::{number, say};

/// The largest number of children that can each have a different NHS number.
pub(crate) const MOST_CHILDREN: usize = 799_999;
/// The name to sign in with.
pub(crate) const SIGN_IN_NAME: &str = "load.worker";
/// The sign-in name of a worker who is involved with none of the children.
pub(crate) const OUTSIDER: &str = "load.outsider";
/// The secret of the authenticator to sign in with.
pub(crate) const AUTHENTICATOR: &str = "LOADLOADLOADLOADLOADLOADLOADLOAD";
/// The password to sign in with.
pub(crate) const PASSWORD: &str = "seven quiet herons at dusk";

/// How many are written at once, so that they share commits.
const AT_ONCE: usize = 128;
/// The number of concerns for each child.
const CONCERNS: usize = 3;
/// The length of a concern's text, in bytes.
const TEXT: usize = 600;

/// What was loaded.
pub(crate) struct Loaded {
    /// The worker who is allocated to every child.
    pub(crate) actor: Actor,
    /// Their agency.
    pub(crate) agency: AgencyId,
    /// The children.
    pub(crate) children: Vec<ChildId>,
    /// A worker of another agency who is involved with none of them.
    pub(crate) outsider: Actor,
    /// A child of the actor whose record is long enough to fill a page.
    pub(crate) page: ChildId,
}

/// Loads so many children with three concerns each.
pub(crate) fn load(store: &Store, children: usize) -> Result<Loaded, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(load_all(store, children))
}

/// Adds workers with these sign-in names. They are involved with none of the children.
pub(crate) fn staff(store: &Store, names: &[String]) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    names.iter().try_for_each(|name| runtime.block_on(worker(store, &format!("Council of {name}"), name)).map(drop))
}

/// A worker of a new agency, who has signed in.
async fn worker(store: &Store, agency: &str, sign_in_name: &str) -> Result<(Actor, AgencyId), Failure> {
    let details = AgencyDetails { name: agency.to_owned(), sector: Sector::SocialCare, in_sharing_agreement: true };
    let agency = store.bootstrap_agency(details).await?.id;
    let new = NewWorker {
        sign_in_name: sign_in_name.to_owned(),
        password: PASSWORD.to_owned(),
        details: WorkerDetails {
            agency_id: agency,
            display_name: "Load Worker".to_owned(),
            job_title: "Social worker".to_owned(),
            roles: vec![Role::Practitioner],
            state: WorkerState::Active,
            supervisor_id: None,
        },
    };
    let worker = store.bootstrap_worker(new, PasswordChosenBy::Owner).await?.id;
    store.bootstrap_second_factor(worker, AUTHENTICATOR).await?;
    let session = store.bootstrap_session(worker).await?.id;
    Ok((Actor { worker, session, request: store.new_id() }, agency))
}

async fn load_all(store: &Store, children: usize) -> Result<Loaded, Failure> {
    let (actor, agency) = worker(store, "Load Council", SIGN_IN_NAME).await?;
    let (outsider, _) = worker(store, "Other Council", OUTSIDER).await?;
    let loader = Arc::new(Loader {
        store: store.clone(),
        actor: actor.clone(),
        children,
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        begun: Instant::now(),
    });
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        tasks.spawn(Arc::clone(&loader).work());
    }
    let mut ids = Vec::with_capacity(children);
    while let Some(some) = tasks.join_next().await {
        ids.extend(some??);
    }
    let page = loader.one(children).await?;
    Ok(Loaded { actor, agency, children: ids, outsider, page })
}

/// Loads children until there are none left.
struct Loader {
    store: Store,
    actor: Actor,
    children: usize,
    next: AtomicUsize,
    done: AtomicUsize,
    begun: Instant,
}

impl Loader {
    async fn work(self: Arc<Self>) -> Result<Vec<ChildId>, Failure> {
        let mut ids = Vec::new();
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.children {
                return Ok(ids);
            }
            ids.push(self.one(index).await?);
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            let (now, before) = (done * 10 / self.children, (done - 1) * 10 / self.children);
            let seconds = self.begun.elapsed().as_secs_f64();
            if now > before && seconds > 2.0 {
                let rate = number(done * (1 + CONCERNS)) / seconds;
                say(&format!("  loading: {done} of {} children, {seconds:.0} s, {rate:.0} changes/s", self.children))?;
            }
        }
    }

    async fn one(&self, index: usize) -> Result<ChildId, Failure> {
        let new = child(index)?;
        let begin = CreateChild {};
        let id = self.store.act(&self.actor, begin, move |granted| granted.create(&new, &mut |_| Ok(()))).await?.id;
        let mut random = Random::new(u64::try_from(index)?);
        for day in 1..=CONCERNS {
            let at = self.store.now() - Duration::days(i64::try_from(day)?);
            let new = concern(at, &mut random);
            let raise = Record::<Concern>::new(id);
            self.store.act(&self.actor, raise, move |granted| granted.record(&new)).await?;
        }
        Ok(id)
    }
}

/// A concern whose text is 600 bytes.
pub(crate) fn concern(at: At, random: &mut Random) -> New<Concern> {
    New::shared(
        Occurred::exactly(at),
        Concern {
            exploitation_types: vec![ExploitationType::Cce],
            told: Some(Told { by: Source::School, to: "School nurse".to_owned() }),
            seen: Some(random.text(TEXT)),
            said: None,
            opinion: None,
            child_words: Vec::new(),
            professional_judgement: None,
            immediate_safety: ImmediateSafety::NoImmediateConcern,
            action_taken: None,
        },
    )
}

fn child(index: usize) -> Result<NewChild, Failure> {
    let days = u64::try_from(index % 5_000)?;
    let first = NaiveDate::from_ymd_opt(2010, 1, 1).ok_or("no such day")?;
    let value = nhs_number(index).ok_or("no number is left")?;
    Ok(NewChild {
        details: ChildDetails {
            identity: Identity {
                given_name: format!("Child {index}"),
                family_name: format!("Family {}", index % 10_000),
                other_names: Vec::new(),
                born_on: first.checked_add_days(chrono::Days::new(days)),
                expected_on: None,
                sex: Sex::Unknown,
                gender_identity: None,
                ethnicity: Ethnicity::Nobt,
                language: Some("English".to_owned()),
                communication_needs: None,
            },
            identifiers: vec![Identifier { kind: IdentifierKind::NhsNumber, value, system: None }],
            address: Some(Address {
                line: format!("{index} Quarry Rise"),
                town: Some("Larkmoor".to_owned()),
                postcode: Some("ZZ9 4QR".to_owned()),
            }),
        },
        new_because: None,
    })
}

/// A number of the range that is reserved for tests. Of ten in a row at least eight have a check digit.
fn nhs_number(index: usize) -> Option<String> {
    let digits = |body: usize| (0..10).map(|check| format!("{body}{check}")).find(|text| is_nhs_number(text));
    // Each row of ten bodies gives numbers to eight children, so no two children share one.
    let (row, place) = (index / 8, index % 8);
    (0..10).filter_map(|step| digits(999_000_000 + row * 10 + step)).nth(place)
}
