//! The key file that opens the records.

use std::os::unix::fs::PermissionsExt as _;

use alongside_storage::{Database, KeyFileReaders, OpenError, Options, Store};

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

    async fn a_damaged_key_file_is_refused_and_left_as_it_is(world: World) {
        let spoilt = world.fresh.folder.path().join("spoilt.json");
        std::fs::write(&spoilt, "{}").expect("a file");
        let refused = Store::open(options(world.fresh.database.clone(), spoilt.clone())).expect_err("refused");
        assert!(refused.to_string().contains("spoilt.json"), "{refused}");
        assert_eq!(std::fs::read_to_string(&spoilt).expect("a file"), "{}");
    }

    async fn a_key_file_that_others_can_open_is_refused_with_the_command_that_closes_it(world: World) {
        let key = world.fresh.folder.path().join("key.json");
        let open = |readers| {
            Store::open(Options { key_file_readers: readers, ..options(world.fresh.database.clone(), key.clone()) })
        };
        for mode in [0o640, 0o604, 0o622, 0o666] {
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("a mode");
            let refused = open(KeyFileReaders::OwnerAlone).expect_err("refused").to_string();
            assert!(refused.contains(&format!("`chmod 600 {}`", key.display())), "{refused}");
            open(KeyFileReaders::Anybody).expect("a mount that cannot close it");
        }
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o400)).expect("a mode");
        open(KeyFileReaders::OwnerAlone).expect("only its owner can read it, and it is never written");
    }

    async fn only_its_owner_can_read_the_key_file(world: World) {
        let file = std::fs::metadata(world.fresh.folder.path().join("key.json")).expect("a key file");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}
