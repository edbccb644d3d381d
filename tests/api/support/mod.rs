//! A world to test in, people to act in it, and words for what they write.

pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod held;
pub(crate) mod issuer;
pub(crate) mod sample;
pub(crate) mod stream;
pub(crate) mod words;
pub(crate) mod world;

pub(crate) use client::{Answer, Ask, Worker};
pub(crate) use database::Backend;
pub(crate) use sample::Sample;
pub(crate) use world::World;

/// Runs each test on both databases.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn story($world: World) $body

            #[actix_web::test]
            async fn sqlite() {
                Box::pin(story(World::new($crate::support::Backend::Sqlite).await)).await;
            }

            #[actix_web::test]
            async fn postgresql() {
                Box::pin(story(World::new($crate::support::Backend::Postgresql).await)).await;
            }
        }
    )+};
}
