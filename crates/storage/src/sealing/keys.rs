//! Keys and sealed text.
//!
//! The key file holds one root secret. Four keys derive from it, each for one use: the key that wraps the children's
//! data keys, the key of search tokens, the key of service secrets (cursors, what repeatable requests made), and the
//! seed of the signing key.
//!
//! Every child has their own data key. Destroying it makes the child's text unreadable.
//!
//! Blob: format (1) | nonce (12) | ciphertext and tag. The associated data names table, row and version.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{self, HKDF_SHA256, Salt};
use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::database::connection::{Connection, on_either};
use crate::database::error::{Error, OpenError};
use crate::database::schema::key_check;

const FORMAT: u8 = 1;
const TAG_LEN: usize = 16;

/// Where a sealed text is stored. A text moved to another place does not open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) table: &'static str,
    pub(crate) row: uuid::Uuid,
    pub(crate) part: &'a str,
    pub(crate) owner: uuid::Uuid,
}

impl At<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(self.table.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(self.row.as_bytes());
        bytes.extend_from_slice(self.owner.as_bytes());
        bytes.extend_from_slice(self.part.as_bytes());
        bytes
    }
}

/// A key that seals and opens.
pub(crate) struct SealKey(LessSafeKey);

impl SealKey {
    fn new(secret: &[u8; 32]) -> Result<Self, Error> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, secret).map_err(|_| Error::Corrupt("key"))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Encrypts `text` for one place.
    pub(crate) fn seal(&self, at: At<'_>, text: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| Error::Unavailable)?;
        let mut blob = Vec::with_capacity(1 + NONCE_LEN + text.len() + TAG_LEN);
        blob.push(FORMAT);
        blob.extend_from_slice(&nonce);
        let mut sealed = text.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(at.bytes()), &mut sealed)
            .map_err(|_| Error::Unavailable)?;
        blob.extend_from_slice(&sealed);
        Ok(blob)
    }

    /// Decrypts a text that was sealed for exactly this place.
    pub(crate) fn open(&self, at: At<'_>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        const SPOILT: Error = Error::Corrupt("a sealed text does not open");
        let (format, rest) = blob.split_first().ok_or(SPOILT)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SPOILT)?;
        if *format != FORMAT {
            return Err(Error::Corrupt("a sealed text has an unknown format"));
        }
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(at.bytes()), &mut buffer)
            .map_err(|_| SPOILT)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// Seals a value as JSON.
    pub(crate) fn seal_json<T: Serialize>(&self, at: At<'_>, value: &T) -> Result<Vec<u8>, Error> {
        let text = Zeroizing::new(serde_json::to_vec(value).map_err(|_| Error::Corrupt("not serialisable"))?);
        self.seal(at, &text)
    }

    /// Opens a value sealed as JSON.
    pub(crate) fn open_json<T: for<'de> Deserialize<'de>>(&self, at: At<'_>, blob: &[u8]) -> Result<T, Error> {
        let text = self.open(at, blob)?;
        serde_json::from_slice(&text).map_err(|_| Error::Corrupt("a sealed text has an unknown shape"))
    }
}

/// Who may be able to read the key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFileReaders {
    /// Only its owner, which is the user that runs the service.
    OwnerAlone,
    /// Anyone: for a mount whose owner and mode cannot be chosen, and that is protected in another way.
    Anybody,
}

/// The keys derived from the key file.
pub(crate) struct Keys {
    pub(crate) root_id: String,
    wrapping: SealKey,
    service: SealKey,
    tokens: hmac::Key,
    signing_seed: Zeroizing<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    about: String,
    id: String,
    secret: String,
}

const ABOUT: &str = "This file opens every record of one Alongside database. Keep a copy in a safe place apart \
    from the database's backups: without it nothing can be read, with it everything can.";

impl Keys {
    /// Reads the key file. If there is none and the database is new, creates one.
    fn read(path: &Path, readers: KeyFileReaders, is_new: bool) -> Result<Self, OpenError> {
        let broken = |reason: String| OpenError::KeyFile { path: path.display().to_string(), reason };
        let text = match std::fs::File::open(path) {
            Ok(file) => text_of(file, path, readers).map_err(broken)?,
            Err(error) if is_new && error.kind() == std::io::ErrorKind::NotFound => make(path).map_err(broken)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(broken("it is missing, and the database was written with it. Put it back".into()));
            }
            Err(error) => return Err(broken(error.to_string())),
        };
        let mut file: KeyFile = serde_json::from_str(&text)
            .map_err(|_| broken("it is not a key file of this service. Restore the original".into()))?;
        let mut secret = Zeroizing::new([0; 32]);
        let decoded = STANDARD.decode(&file.secret).ok().map(Zeroizing::new);
        file.secret.zeroize();
        match decoded {
            Some(bytes) if bytes.len() == 32 => secret.copy_from_slice(&bytes),
            _ => {
                return Err(broken("its secret is not 32 bytes in base64. Restore the original".into()));
            }
        }
        Self::from_root(file.id, &secret).map_err(|_| broken("its secret cannot be used".into()))
    }

    fn from_root(root_id: String, secret: &[u8; 32]) -> Result<Self, Error> {
        Ok(Self {
            root_id,
            wrapping: SealKey::new(&*derive(secret, b"alongside wrapping v1")?)?,
            service: SealKey::new(&*derive(secret, b"alongside service v1")?)?,
            tokens: hmac::Key::new(hmac::HMAC_SHA256, &*derive(secret, b"alongside search tokens v1")?),
            signing_seed: derive(secret, b"alongside signing v1")?,
        })
    }

    /// The seed of the key that signs access tokens.
    pub(crate) fn signing_seed(&self) -> [u8; 32] {
        *self.signing_seed
    }

    /// The key for the service's own secrets.
    pub(crate) fn service(&self) -> &SealKey {
        &self.service
    }

    /// A new data key for a child, and its stored form.
    pub(crate) fn new_child_key(&self, child: uuid::Uuid) -> Result<(SealKey, Vec<u8>), Error> {
        let mut secret = Zeroizing::new([0; 32]);
        rand::fill(&mut *secret).map_err(|_| Error::Unavailable)?;
        let sealed = self.wrapping.seal(child_key_at(child), &*secret)?;
        Ok((SealKey::new(&secret)?, sealed))
    }

    /// The data key of a child.
    pub(crate) fn child_key(&self, child: uuid::Uuid, sealed: &[u8]) -> Result<SealKey, Error> {
        let secret = self.wrapping.open(child_key_at(child), sealed)?;
        let secret: &[u8; 32] = secret.as_slice().try_into().map_err(|_| Error::Corrupt("a data key"))?;
        SealKey::new(secret)
    }

    /// A keyed digest by which a value can be found but not read.
    pub(crate) fn token(&self, kind: &str, value: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.tokens);
        context.update(kind.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

fn child_key_at(child: uuid::Uuid) -> At<'static> {
    At { table: "child", row: child, part: "key", owner: child }
}

struct Length32;

impl hkdf::KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

fn derive(secret: &[u8; 32], purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut out = Zeroizing::new([0; 32]);
    Salt::new(HKDF_SHA256, b"alongside")
        .extract(secret)
        .expand(&[purpose], Length32)
        .and_then(|material| material.fill(&mut *out))
        .map_err(|_| Error::Corrupt("key derivation"))?;
    Ok(out)
}

/// The text of a key file that only its owner can read. The owner and mode checked are those of the opened file.
fn text_of(mut file: std::fs::File, path: &Path, readers: KeyFileReaders) -> Result<Zeroizing<String>, String> {
    use std::io::Read as _;
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if readers == KeyFileReaders::OwnerAlone {
        let me = rustix::process::geteuid().as_raw();
        is_closed(metadata.mode(), metadata.uid(), me, path)?;
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

fn is_closed(mode: u32, owner: u32, me: u32, path: &Path) -> Result<(), String> {
    const OTHERWISE: &str =
        "If the mount that holds it cannot do this, protect the mount and start with --allow-open-key-file";
    let path = path.display();
    if owner != me {
        return Err(format!(
            "it belongs to user {owner}, and the service runs as user {me}. Run `chown {me} {path}` and \
             `chmod 600 {path}`. {OTHERWISE}"
        ));
    }
    if mode & 0o077 != 0 {
        return Err(format!(
            "users other than its owner can open it (mode {:03o}). Run `chmod 600 {path}`. {OTHERWISE}",
            mode & 0o777
        ));
    }
    Ok(())
}

/// Creates a key file that only its owner may read, either complete or not at all.
fn make(path: &Path) -> Result<Zeroizing<String>, String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut secret = Zeroizing::new([0; 32]);
    rand::fill(&mut *secret).map_err(|_| "no random numbers".to_owned())?;
    let digest = digest::digest(&digest::SHA256, &*secret);
    let id = URL_SAFE_NO_PAD.encode(digest.as_ref().get(..9).unwrap_or_default());
    let file = KeyFile { about: ABOUT.into(), id, secret: STANDARD.encode(*secret) };
    let text = Zeroizing::new(serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    let mut handle = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| error.to_string())?;
    handle.write_all(text.as_bytes()).and_then(|()| handle.sync_all()).map_err(|error| error.to_string())?;
    Ok(text)
}

/// The digest of a secret that is only compared.
pub(crate) fn digest_of(secret: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret).as_ref().to_vec()
}

/// Opens the keys of a database. It refuses a key file that the database was not written with. It creates a missing
/// file only for a new database, and remembers its id.
pub(crate) fn open(connection: &mut Connection, path: &Path, readers: KeyFileReaders) -> Result<Keys, OpenError> {
    let known = known(connection)?;
    let keys = Keys::read(path, readers, known.is_empty())?;
    if known.is_empty() {
        let content = keys.service.seal(CHECK, KNOWN).map_err(|_| OpenError::Database("sealing failed".into()))?;
        let row = (key_check::root_id.eq(&keys.root_id), key_check::content.eq(content));
        on_either!(connection, c => diesel::insert_into(key_check::table).values(row).execute(c)).map_err(failed)?;
        return Ok(keys);
    }
    require_match(keys, known)
}

/// Opens the keys of a database that is already in use, and writes nothing.
pub(crate) fn open_existing(
    connection: &mut Connection,
    path: &Path,
    readers: KeyFileReaders,
) -> Result<Keys, OpenError> {
    let known = known(connection)?;
    require_match(Keys::read(path, readers, false)?, known)
}

const KNOWN: &[u8] = b"this key file opens this database";
const CHECK: At<'static> = At { table: "key_check", row: uuid::Uuid::nil(), part: "content", owner: uuid::Uuid::nil() };

#[expect(clippy::needless_pass_by_value, reason = "handed to map_err")]
fn failed(error: diesel::result::Error) -> OpenError {
    OpenError::Database(crate::database::error::kind_of(&error))
}

fn known(connection: &mut Connection) -> Result<Vec<(String, Vec<u8>)>, OpenError> {
    on_either!(connection, c => key_check::table.load(c)).map_err(failed)
}

fn require_match(keys: Keys, known: Vec<(String, Vec<u8>)>) -> Result<Keys, OpenError> {
    let opens = |content: &Vec<u8>| keys.service.open(CHECK, content).is_ok_and(|text| *text == KNOWN);
    if known.iter().any(|(id, content)| *id == keys.root_id && opens(content)) {
        return Ok(keys);
    }
    let ids: Vec<_> = known.into_iter().map(|(id, _)| id).collect();
    Err(OpenError::WrongKeyFile { expected: ids.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn keys() -> Keys {
        Keys::from_root("test".into(), &[7; 32]).unwrap()
    }

    fn place(n: u128) -> At<'static> {
        At { table: "entry_version", row: Uuid::from_u128(n), part: "1", owner: Uuid::from_u128(9) }
    }

    #[test]
    fn a_sealed_text_opens_in_its_place_alone() {
        let (key, wrapped) = keys().new_child_key(Uuid::from_u128(9)).unwrap();
        let blob = key.seal(place(1), b"words").unwrap();
        assert_eq!(key.open(place(1), &blob).unwrap().as_slice(), b"words");
        assert!(key.open(place(2), &blob).is_err());
        let again = keys().child_key(Uuid::from_u128(9), &wrapped).unwrap();
        assert_eq!(again.open(place(1), &blob).unwrap().as_slice(), b"words");
        assert!(keys().child_key(Uuid::from_u128(8), &wrapped).is_err());
    }

    #[test]
    fn a_key_file_is_closed_when_only_the_user_who_runs_the_service_can_open_it() {
        let path = Path::new("/srv/alongside.key");
        let refusal = |mode, owner| is_closed(mode, owner, 1_000, path).unwrap_err();
        for mode in [0o100_600, 0o100_400] {
            assert_eq!(is_closed(mode, 1_000, 1_000, path), Ok(()));
        }
        for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o777] {
            let refusal = refusal(mode, 1_000);
            assert!(refusal.contains("`chmod 600 /srv/alongside.key`"), "{refusal}");
            assert!(refusal.contains(&format!("mode {mode:o}")), "{refusal}");
        }
        let refusal = refusal(0o600, 0);
        assert!(refusal.contains("`chown 1000 /srv/alongside.key`"), "{refusal}");
        assert!(refusal.contains("--allow-open-key-file"), "{refusal}");
    }

    #[test]
    fn any_flipped_bit_is_detected() {
        let (key, _) = keys().new_child_key(Uuid::from_u128(9)).unwrap();
        let blob = key.seal(place(1), b"words").unwrap();
        for index in 0..blob.len() {
            let mut spoilt = blob.clone();
            spoilt[index] ^= 1;
            assert!(key.open(place(1), &spoilt).is_err(), "byte {index}");
        }
    }

    #[test]
    fn tokens_differ_by_kind_value_and_key() {
        let other = Keys::from_root("other".into(), &[8; 32]).unwrap();
        assert_eq!(keys().token("nhs_number", "1"), keys().token("nhs_number", "1"));
        assert_ne!(keys().token("nhs_number", "1"), keys().token("upn", "1"));
        assert_ne!(keys().token("nhs_number", "1"), other.token("nhs_number", "1"));
    }
}
