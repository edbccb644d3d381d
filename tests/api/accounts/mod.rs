//! Accounts, and signing in.

mod administration;
mod linked_accounts;
mod movers;
mod passwords;
mod role_grants;
mod second_factors;
mod sign_in;
mod single_administrator;
