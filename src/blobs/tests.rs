mod arriving;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::crypt::{HEADER, OVERHEAD, SEALED, plain_len, sealed_len};
use super::writer::Writer;
use super::*;

/// Sizes at which something changes.
const EDGES: [usize; 9] =
    [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK - 1, 4 * CHUNK, 4 * CHUNK + 1, 9 * CHUNK + 5];

struct House {
    folder: tempfile::TempDir,
    blobs: Blobs,
    secret: ClientSecret,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        Self { folder, blobs, secret: ClientSecret::from_bytes([3; 32]) }
    }

    fn store(&self, bytes: &[u8]) -> Stored {
        let mut writer = Writer::begin(&self.blobs, &self.secret, "up_1").unwrap();
        writer.write(bytes).unwrap();
        let stored = writer.finish().unwrap();
        writer.abandon().unwrap();
        stored
    }

    fn path(&self, name: &BlobName) -> PathBuf {
        self.folder.path().join("blobs").join(name.path())
    }

    fn temp(&self, id: &str) -> PathBuf {
        self.folder.path().join("blobs/tmp").join(id)
    }

    fn temps(&self) -> usize {
        fs::read_dir(self.folder.path().join("blobs/tmp")).unwrap().count()
    }

    fn whole(&self, stored: &Stored) -> Result<Bytes> {
        let content = self.blobs.content(&self.secret, &stored.name, stored.bytes)?;
        Ok(content.read(0..stored.bytes)?)
    }

    fn fault(&self, stored: &Stored) -> Option<Fault> {
        self.blobs.verify(&self.secret, &stored.name, stored.bytes, Some(&stored.sha256)).unwrap()
    }

    /// Plays a disk that changes a file under its name.
    fn spoil(&self, name: &BlobName, how: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        how(&mut bytes);
        let file = File::options().write(true).truncate(true).open(self.path(name)).unwrap();
        file.write_all_at(&bytes, 0).unwrap();
    }

    /// Plays a blob that was stored so long ago.
    fn age(path: &Path, days: i64) {
        let then = now() - SignedDuration::from_hours(24 * days);
        File::open(path).unwrap().set_modified(then.into()).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "the kernel stamps files with its own time")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Bytes that are all different somewhere.
fn bytes_of(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u8).collect()
}

async fn streamed(content: &Content, range: std::ops::Range<u64>) -> io::Result<BytesMut> {
    content
        .stream(range)
        .try_fold(BytesMut::new(), |mut all, piece| async move {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
}

#[tokio::test]
async fn what_was_stored_comes_back_and_lies_under_its_name() {
    let house = House::new();
    for length in EDGES {
        let bytes = bytes_of(length);
        let stored = house.store(&bytes);
        assert_eq!(stored.sha256, Digest::of(&bytes));
        assert_eq!(stored.name, house.secret.name(&stored.sha256));
        let about = fs::metadata(house.path(&stored.name)).unwrap();
        assert_eq!(
            (about.len(), about.permissions().mode() & 0o777),
            (sealed_len(stored.bytes), 0o600)
        );
        assert_eq!(plain_len(about.len()), Some(length as u64));
        assert_eq!(house.whole(&stored).unwrap(), bytes);
        let content = house.blobs.content(&house.secret, &stored.name, stored.bytes).unwrap();
        assert_eq!(streamed(&content, 0..stored.bytes).await.unwrap(), bytes);
        assert_eq!(house.fault(&stored), None);
    }
    let folder = fs::metadata(house.folder.path().join("blobs/tmp")).unwrap();
    assert_eq!((folder.permissions().mode() & 0o777, house.temps()), (0o700, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_in_any_pieces_come_back_in_any_part(
        length in 0_usize..400_000,
        cuts in prop::collection::vec(0_usize..400_000, 0..12),
        (a, b) in (0_u64..400_000, 0_u64..400_000),
        pauses in any::<u16>(),
    ) {
        let house = House::new();
        let bytes = bytes_of(length);
        let cuts: BTreeSet<usize> = cuts.into_iter().filter(|cut| *cut < length).chain([length]).collect();
        let mut writer = Writer::begin(&house.blobs, &house.secret, "up_1").unwrap();
        let mut from = 0;
        for (at, cut) in cuts.into_iter().enumerate() {
            writer.write(&bytes[from..cut]).unwrap();
            from = cut;
            if pauses >> at & 1 == 1 {
                // Whoever sends goes on from where the server says.
                from = writer.pause().unwrap() as usize;
                prop_assert!(from <= cut && cut - from < CHUNK);
            }
        }
        writer.write(&bytes[from..]).unwrap();
        let stored = writer.finish().unwrap();
        prop_assert_eq!(stored.sha256, Digest::of(&bytes));
        let content = house.blobs.content(&house.secret, &stored.name, stored.bytes).unwrap();
        let (from, to) = (a.min(b).min(stored.bytes), a.max(b).min(stored.bytes));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let part = runtime.block_on(streamed(&content, from..to)).unwrap();
        prop_assert_eq!(&part, &bytes[from as usize..to as usize]);
        prop_assert_eq!(content.read(from..to).unwrap(), part.freeze());
    }
}

#[test]
fn the_length_of_a_file_tells_how_many_bytes_are_in_it() {
    for bytes in (0..3 * CHUNK as u64).step_by(4093).chain(EDGES.map(|edge| edge as u64)) {
        assert_eq!(plain_len(sealed_len(bytes)), Some(bytes));
    }
    for wrong in [0, HEADER as u64, (HEADER + OVERHEAD - 1) as u64, (HEADER + SEALED) as u64] {
        assert_eq!(plain_len(wrong), None, "{wrong}");
    }
}

#[test]
fn chunks_that_were_moved_left_out_added_or_taken_from_another_blob_are_refused() {
    let (header, chunk) = (HEADER, SEALED);
    type Spoil = fn(&mut Vec<u8>);
    let spoilt: [(&str, Spoil); 7] = [
        ("a bit", |b| b[HEADER + 3 * SEALED + 99] ^= 1),
        ("the salt", |b| b[9] ^= 1),
        ("the order", |b| {
            let second = b[HEADER + SEALED..HEADER + 2 * SEALED].to_vec();
            b.copy_within(HEADER + 2 * SEALED..HEADER + 3 * SEALED, HEADER + SEALED);
            b[HEADER + 2 * SEALED..HEADER + 3 * SEALED].copy_from_slice(&second);
        }),
        ("an end that is cut off", |b| b.truncate(HEADER + 4 * SEALED)),
        ("an end that is cut off in a chunk", |b| b.truncate(HEADER + 4 * SEALED - 70)),
        ("something behind it", |b| b.extend([0; 17])),
        ("a chunk more", |b| b.extend_from_within(HEADER + SEALED..HEADER + 2 * SEALED)),
    ];
    for (what, how) in spoilt {
        let house = House::new();
        let bytes = bytes_of(4 * chunk + header);
        let stored = house.store(&bytes);
        house.spoil(&stored.name, how);
        let read = house.whole(&stored);
        assert!(read.is_err(), "{what}");
        assert!(house.fault(&stored).is_some(), "{what}");
        let again = house.blobs.content(&house.secret, &stored.name, stored.bytes);
        assert!(matches!(again, Err(Error::Gone(DAMAGED))), "{what}: refused at once");
        assert_eq!(house.blobs.damaged(), [stored.name], "{what}");
    }
}

#[test]
fn a_blob_does_not_stand_in_for_another_and_opens_for_no_other_client() {
    let house = House::new();
    let (one, other) = (house.store(&bytes_of(200_000)), house.store(&vec![7; 200_000]));
    let stranger = ClientSecret::from_bytes([4; 32]);
    assert_ne!(stranger.name(&one.sha256), one.name);
    assert!(house.blobs.content(&stranger, &one.name, one.bytes).is_err());
    let theirs = fs::read(house.path(&other.name)).unwrap();
    house.spoil(&one.name, |bytes| *bytes = theirs);
    assert_eq!(house.fault(&one), Some(Fault::Bytes), "it opens, and is not what was stored");
    house.spoil(&other.name, |bytes| bytes.truncate(9));
    assert_eq!(house.fault(&other), Some(Fault::Size(None)));
    fs::remove_file(house.path(&one.name)).unwrap();
    assert_eq!(house.fault(&one), Some(Fault::Missing));
}

#[test]
fn the_same_bytes_are_stored_once_and_heal_what_was_damaged() {
    let house = House::new();
    let bytes = bytes_of(100_000);
    let first = house.store(&bytes);
    House::age(&house.path(&first.name), 9);
    let written = fs::read(house.path(&first.name)).unwrap();
    let second = house.store(&bytes);
    assert_eq!((second.name, house.temps()), (first.name, 0));
    assert_eq!(fs::read(house.path(&first.name)).unwrap(), written, "those that were there stay");
    let touched = fs::metadata(house.path(&first.name)).unwrap().modified().unwrap();
    assert!(Timestamp::try_from(touched).unwrap() > now() - SignedDuration::from_hours(1));
    for (seen, at) in [(true, 50), (false, SEALED + 50)] {
        house.spoil(&first.name, |bytes| bytes[HEADER + at] ^= 1);
        assert!(!seen || house.whole(&first).is_err());
        house.store(&bytes);
        assert_eq!(house.whole(&first).unwrap(), bytes, "nobody need have seen it before");
        assert!(house.blobs.damaged().is_empty() && house.fault(&first).is_none());
    }
}

#[test]
fn the_sweep_takes_what_is_old_and_named_by_nobody() {
    let house = House::new();
    let day = now() - SignedDuration::from_hours(24);
    let kinds = [1, 2, 3, 4].map(|kind| house.store(&[kind; 9]));
    let names = kinds.each_ref().map(|one| one.name);
    let [old, named, held, fresh] = names;
    for name in [old, named, held] {
        House::age(&house.path(&name), 2);
    }
    for (id, days) in [("up_old", 2), ("up_open", 2), ("up_new", 0)] {
        drop(Writer::begin(&house.blobs, &house.secret, id).unwrap());
        House::age(&house.temp(id), days);
    }
    drop(kinds);
    let holding = house.blobs.hold(held);
    let refers = |name: &BlobName| Ok(*name == named);
    let waits = |id: &str| Ok(id == "up_open");
    let content = house.blobs.content(&house.secret, &old, 9).unwrap();
    let swept = house.blobs.sweep(day, refers, waits).unwrap();
    assert_eq!((swept.blobs, swept.unfinished), (1, 1));
    assert_eq!(content.read(0..9).unwrap(), [1; 9].as_slice(), "who has it open reads on");
    let there = |name: &BlobName| house.path(name).exists();
    assert!(!there(&old) && there(&named) && there(&held) && there(&fresh));
    assert!(house.temp("up_open").exists() && house.temp("up_new").exists());
    drop(holding);
    assert_eq!(house.blobs.sweep(day, refers, waits).unwrap().blobs, 1);
    assert!(!there(&held));
    let mut listed = Vec::new();
    house.blobs.list(|name, bytes| listed.push((name, bytes))).unwrap();
    listed.sort_unstable();
    let mut left = vec![(named, Some(9)), (fresh, Some(9))];
    left.sort_unstable();
    assert_eq!(listed, left);
}

#[test]
fn bytes_that_are_stored_again_while_the_sweep_looks_stay() {
    let house = House::new();
    let day = now() - SignedDuration::from_hours(24);
    let stored = house.store(b"the same bytes");
    House::age(&house.path(&stored.name), 2);
    drop(stored.hold);
    let again = Mutex::new(None);
    // Between the first look at the records and the second, somebody stores the same bytes.
    let refers = |_: &BlobName| {
        let mut again = again.lock().unwrap();
        if again.is_none() {
            *again = Some(house.store(b"the same bytes"));
        }
        Ok(false)
    };
    assert_eq!(house.blobs.sweep(day, refers, |_| Ok(false)).unwrap().blobs, 0);
    let again = again.into_inner().unwrap().unwrap();
    assert_eq!(house.whole(&again).unwrap(), b"the same bytes".as_slice());
}

#[test]
fn nothing_that_was_stored_can_be_found_in_the_folder() {
    let house = House::new();
    let canary = b"the salary of Ada Lovelace";
    let bytes = canary.repeat(10_000);
    let stored = house.store(&bytes);
    let mut half = Writer::begin(&house.blobs, &house.secret, "up_2").unwrap();
    half.write(&bytes).unwrap();
    half.pause().unwrap();
    for path in [house.path(&stored.name), house.temp("up_2")] {
        let file = fs::read(path).unwrap();
        assert!(file.len() > CHUNK && !file.windows(8).any(|some| some == &canary[..8]));
        let digest = stored.sha256.to_string();
        assert!(!file.windows(32).any(|some| some == stored.sha256.bytes()), "{digest}");
    }
    assert_ne!(stored.name.to_string(), stored.sha256.to_string());
    assert_eq!(format!("{:?}", house.secret), "ClientSecret(..)");
}
