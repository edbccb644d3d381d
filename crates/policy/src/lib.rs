//! Who may do what.
//!
//! The rules are Cedar text in `policies/`, and only this crate reads them. Other crates pass a typed [`Action`] and
//! the [`Facts`] that relate the actor to its subject. They get a [`Permit`] for exactly that action, or a [`Refusal`].
//! A permit cannot be made any other way:
//!
//! ```compile_fail,E0451
//! use alongside_policy::{Permit, action::ViewChild};
//! let forged: Permit<ViewChild> = Permit { decision: todo!(), purpose: None, action: std::marker::PhantomData };
//! ```

pub mod action;
mod compare;
mod decision;
mod document;
mod engine;
pub mod facts;
mod matrix;
mod operation;
mod permit;
mod question;
mod situations;
mod slices;
mod subject;

pub use action::{Action, Effect, Subject, Verb};
pub use compare::{Difference, compare};
pub use decision::{Decision, LoadError};
pub use document::authorization_document;
pub use engine::{Policy, verb_to_view};
pub use facts::{EntryFacts, Facts, Relation, SecondFactor};
pub use matrix::{MatrixForm, matrix};
pub use permit::{Permit, Refusal, RefusalReason};
pub use situations::{Situation, situations};
