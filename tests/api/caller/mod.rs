//! Who calls.

mod issuers;
