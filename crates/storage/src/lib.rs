//! Storage of records. It has one door: nothing about a child is read or written except through [`Store::act`].
//!
//! The door takes one snapshot or transaction and loads the relationship between the caller and the subject. It asks
//! the policy, and hands the work a [`Granted`] for exactly that action. It makes the audit event durable, and only
//! then answers. Queries are methods of `Granted<'_, ThatAction>` and take no subject. A check of one record followed
//! by a fetch of another cannot be written:
//!
//! ```compile_fail,E0599
//! use alongside_policy::action::{CreateChild, ViewChild};
//! # use alongside_storage::{Error, Granted};
//! fn another_actions_query(granted: &mut Granted<'_, CreateChild>) -> Result<(), Error> {
//!     granted.child(None)?; // belongs to ViewChild
//!     Ok(())
//! }
//! ```
//!
//! A grant has no constructor outside the door:
//!
//! ```compile_fail,E0451
//! use alongside_policy::action::ViewChild;
//! # use alongside_storage::Granted;
//! fn forge<'a>(granted: Granted<'a, ViewChild>) -> Granted<'a, ViewChild> {
//!     Granted { ..granted }
//! }
//! ```
//!
//! Functions that need no actor are listed here and nowhere else: [`Store::ready`], [`Store::sign_in`],
//! [`Store::refresh`], [`Store::is_known_address`], [`Store::external_session`], [`Store::news`], [`Store::sign_out`]
//! (which ends the caller's own session), [`Store::hash_password`], [`Store::hash_change`] and
//! [`Store::notify_of_ending_allocations`].
//!
//! The operator's are [`Store::bootstrap_agency`], [`Store::bootstrap_worker`], [`Store::bootstrap_session`],
//! [`Store::bootstrap_second_factor`], [`Store::operator_list_workers`], [`Store::operator_correct_worker`],
//! [`Store::find_agency_by_name`], [`Store::explain`] and [`Store::is_empty`]. None of them touches a child's record.

mod access;
mod accounts;
mod audit;
mod chronology;
mod context;
mod database;
mod door;
mod examine;
#[cfg(feature = "measure")]
pub mod measure;
mod notices;
mod record;
mod sealing;
mod standing;
mod statistics;
mod statutory;

pub use accounts::external_identity::ExternalSession;
pub use accounts::known_address::Origin;
pub use accounts::password::{HashedChange, PasswordChosenBy};
pub use accounts::second_factor::authenticator_code;
pub use context::granted::Granted;
pub use context::repeatable::{Once, Repeatable};
pub use context::store::Store;
pub use database::connection::Database;
pub use database::error::{Error, OpenError};
pub use database::ids::SystemIds;
pub use database::paging::{EntryPage, Page, PageRequest, Place};
pub use examine::{Damage, Examined, Finding, examine, sealed_columns};
pub use notices::stream::{Listener, News, Opening};
pub use record::search::Spend;
pub use sealing::keys::KeyFileReaders;

// Linked for their build scripts, which compile libpq, OpenSSL and SQLite into the program.
pub use door::open::Options;
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
pub use sealing::hashing::PasswordCost;
