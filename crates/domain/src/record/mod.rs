//! The shared child record: the child, and the four kinds of recording.

pub mod catalogue;
pub mod child;
pub mod child_words;
pub mod concern;
pub mod contact;
pub mod entry;
pub mod exploitation;
pub mod identifier;
pub mod observation;
pub mod occurred;
pub mod segment;
pub mod third_party;
pub mod withheld;
