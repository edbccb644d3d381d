//! The file that opens the records.

use std::os::unix::fs::PermissionsExt as _;

use alongside_storage::{Database, OpenError, Store};

use crate::support::world::options;
use crate::support::{World, words};

on_both! {
    async fn another_key_file_is_refused_with_an_explanation(world: World) {
        let officer = world.practitioner(&world.police).await;
        officer.creates_child(&words::child(0)).await.is(201);
        let folder = tempfile::TempDir::new().expect("a directory");
        let other = folder.path().join("key.json");
        let database = Database::Sqlite(folder.path().join("records.db"));
        Store::open(options(database, other.clone())).expect("another database with another key");
        let refused = Store::open(options(world.fresh.database.clone(), other)).expect_err("refused");
        assert!(matches!(refused, OpenError::WrongKeyFile { .. }), "{refused}");
        let text = refused.to_string();
        assert!(text.contains("put that key file in place") && text.contains("nothing was changed"), "{text}");
        let right = world.fresh.folder.path().join("key.json");
        Store::open(options(world.fresh.database.clone(), right)).expect("the right key opens");
    }

    async fn a_lost_key_file_is_not_replaced_by_a_new_one(world: World) {
        let lost = world.fresh.folder.path().join("lost.json");
        let refused = Store::open(options(world.fresh.database.clone(), lost.clone())).expect_err("refused");
        assert!(refused.to_string().contains("lost.json"), "{refused}");
        assert!(!lost.exists());
    }

    async fn a_spoilt_key_file_is_refused_and_left_as_it_is(world: World) {
        let spoilt = world.fresh.folder.path().join("spoilt.json");
        std::fs::write(&spoilt, "{}").expect("a file");
        let refused = Store::open(options(world.fresh.database.clone(), spoilt.clone())).expect_err("refused");
        assert!(refused.to_string().contains("spoilt.json"), "{refused}");
        assert_eq!(std::fs::read_to_string(&spoilt).expect("a file"), "{}");
    }

    async fn the_key_file_is_for_its_owner_alone(world: World) {
        let file = std::fs::metadata(world.fresh.folder.path().join("key.json")).expect("a key file");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
