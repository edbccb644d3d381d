//! The child's record.

mod beginnings;
mod catalogue;
mod children;
mod concerns;
mod confidences;
mod duplicate_checks;
mod moments;
mod searches;
mod versions;
