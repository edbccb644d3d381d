//! Where records are kept. One door: nothing about a child is read or written but through [`Store::act`].
//!
//! The door takes one snapshot or transaction, loads how the actor stands to the subject, asks the policy,
//! hands the work a [`Granted`] for that very action, makes the audit event durable, and only then answers.
//! Queries are methods of `Granted<'_, ThatAction>` and take no subject, so "checked one, fetched another"
//! cannot be written:
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
//! What needs no actor is listed here and nowhere else: [`Store::ready`], [`Store::sign_in`],
//! [`Store::refresh`], [`Store::is_known_address`], [`Store::external_session`], [`Store::news`], [`Store::sign_out`] (which ends the actor's own session),
//! [`Store::hash_password`], [`Store::hash_change`], [`Store::notify_of_ending_allocations`], and
//! for the operator [`Store::bootstrap_agency`], [`Store::bootstrap_worker`], [`Store::bootstrap_session`],
//! [`Store::bootstrap_second_factor`], [`Store::operator_list_workers`],
//! [`Store::operator_correct_worker`], [`Store::find_agency_by_name`], [`Store::explain`] and [`Store::is_empty`]. None of them touches a child's record.

mod access_history;
mod account_turn;
mod account_version;
mod activity;
mod actor;
mod agency;
mod audit;
mod child;
mod chronology;
mod closed_record;
mod conflict;
mod connection;
mod disclosure;
mod door;
mod emergency;
mod entry;
mod entry_ties;
mod error;
mod examine;
mod explain;
mod external_identity;
mod former_identity;
mod front_door;
mod health;
mod idempotency;
mod ids;
mod involvement;
mod keys;
mod known_address;
mod lanes;
#[cfg(feature = "measure")]
pub mod measure;
mod migrations;
mod notice;
mod notice_stream;
mod paging;
mod partner_information;
mod password;
mod referral;
mod restriction;
mod rights;
mod role_grant;
mod role_handover;
mod schema;
mod search;
mod second_factor;
mod session;
mod sql_types;
mod standing;
mod statistics;
mod store;
mod suppression;
mod token;
mod turns;
mod way_in;
mod worker;

pub use connection::Database;
pub use door::Granted;
pub use error::{Error, OpenError};
pub use examine::{Damage, Examined, Finding, examine, sealed_columns};
pub use external_identity::ExternalSession;
pub use idempotency::{Once, Repeatable};
pub use ids::SystemIds;
pub use keys::KeyFileReaders;
pub use known_address::Origin;
pub use notice_stream::{Listener, News, Opening};
pub use paging::{EntryPage, Page, PageRequest, Place};
pub use password::{HashedChange, PasswordChosenBy, PasswordCost};
pub use search::Spend;
pub use second_factor::authenticator_code;
pub use store::{Options, Store};

// Linked for their build scripts: they compile libpq, OpenSSL and SQLite into the program.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;
