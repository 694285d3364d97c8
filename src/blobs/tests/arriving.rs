//! Bytes on their way in, and what stops them there.

use super::*;

#[test]
fn an_upload_that_is_cut_off_anywhere_goes_on_from_what_was_acknowledged() {
    let bytes = bytes_of(5 * CHUNK + 1234);
    for tenth in 0..=10 {
        let house = House::new();
        let mut writer = Writer::begin(&house.blobs, &house.secret, "up_1").unwrap();
        let cut = bytes.len() * tenth / 10;
        writer.write(&bytes[..cut]).unwrap();
        let acknowledged = writer.pause().unwrap();
        writer.write(&bytes[acknowledged as usize..]).unwrap();
        drop(writer); // killed: some of the rest is on disk, the last of it torn
        let whole = fs::metadata(house.temp("up_1")).unwrap().len();
        let kept = sealed_len(acknowledged) - OVERHEAD as u64;
        let torn = File::options().write(true).open(house.temp("up_1")).unwrap();
        torn.set_len(kept + (whole.max(kept) - kept) * 7 / 10).unwrap();

        let mut writer = Writer::resume(&house.blobs, &house.secret, "up_1").unwrap();
        let there = writer.durable();
        assert!(there >= acknowledged, "{there} of {acknowledged}");
        writer.write(&bytes[there as usize..]).unwrap();
        let stored = writer.finish().unwrap();
        assert_eq!(house.whole(&stored).unwrap(), bytes, "cut after {tenth} tenths");
        assert_eq!(house.fault(&stored), None);
    }
}

#[test]
fn an_upload_whose_file_is_cut_at_every_tenth_goes_on() {
    let bytes = bytes_of(3 * CHUNK + 77);
    let length = sealed_len(bytes.len() as u64);
    for tenth in 0..=10 {
        let house = House::new();
        let mut writer = Writer::begin(&house.blobs, &house.secret, "up_1").unwrap();
        writer.write(&bytes).unwrap();
        let stored = writer.finish().unwrap();
        fs::remove_file(house.path(&stored.name)).unwrap(); // it has no name yet
        let torn = File::options().write(true).open(house.temp("up_1")).unwrap();
        torn.set_len(length * tenth / 10).unwrap();
        let mut writer = Writer::resume(&house.blobs, &house.secret, "up_1").unwrap();
        let there = writer.durable() as usize;
        match tenth {
            10 => assert_eq!(there, bytes.len(), "the last chunk counts"),
            _ => assert_eq!(there % CHUNK, 0),
        }
        writer.write(&bytes[there..]).unwrap();
        assert!(tenth < 10 || writer.write(b"more").is_err());
        let again = writer.finish().unwrap();
        assert_eq!((again.name, again.bytes), (stored.name, stored.bytes));
        assert_eq!(house.whole(&again).unwrap(), bytes);
    }
}

#[test]
fn two_uploads_of_one_id_and_ids_that_lead_elsewhere_are_refused() {
    let house = House::new();
    let _one = Writer::begin(&house.blobs, &house.secret, "up_1").unwrap();
    let begun = Writer::begin(&house.blobs, &house.secret, "up_1");
    assert_eq!(begun.err().unwrap().kind(), io::ErrorKind::AlreadyExists);
    std::os::unix::fs::symlink("/etc/passwd", house.temp("up_2")).unwrap();
    assert!(Writer::begin(&house.blobs, &house.secret, "up_2").is_err());
    assert!(Writer::resume(&house.blobs, &house.secret, "up_2").is_err());
    for bad in ["", "../x", "a/b", "a\0b", ".x", &"x".repeat(65)] {
        assert!(Writer::begin(&house.blobs, &house.secret, bad).is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn bytes_that_arrive_are_written_elsewhere_in_order() {
    let house = House::new();
    let bytes = Bytes::from(bytes_of(3_000_000));
    let incoming = house.blobs.begin(&house.secret, "up_1").await.unwrap();
    for at in (0..1_500_000).step_by(10_007) {
        incoming.write(bytes.slice(at..(at + 10_007).min(1_500_000))).await.unwrap();
    }
    let on = incoming.pause().await.unwrap();
    assert_eq!((on, incoming.durable()), (1_500_000 / CHUNK as u64 * CHUNK as u64, on));
    drop(incoming); // the server stops
    let incoming = house.blobs.resume(&house.secret, "up_1").await.unwrap();
    assert_eq!(incoming.durable(), on);
    incoming.write(bytes.slice(on as usize..)).await.unwrap();
    let stored = incoming.finish().await.unwrap();
    assert_eq!((house.whole(&stored).unwrap(), house.temps()), (bytes.clone(), 0));
    assert!(incoming.finish().await.is_err() && incoming.write(bytes).await.is_err());
    assert!(matches!(house.blobs.resume(&house.secret, "up_1").await, Err(Error::NotFound)));

    let given_up = house.blobs.begin(&house.secret, "up_2").await.unwrap();
    given_up.write(Bytes::from_static(b"some")).await.unwrap();
    given_up.abandon().await.unwrap();
    assert_eq!(house.temps(), 0);
}

#[test]
fn an_upload_that_is_cut_off_between_its_name_and_its_record_has_arrived() {
    for length in EDGES {
        let house = House::new();
        let bytes = bytes_of(length);
        let mut writer = Writer::begin(&house.blobs, &house.secret, "up_1").unwrap();
        writer.write(&bytes).unwrap();
        let stored = writer.finish().unwrap();
        drop(writer); // killed
        let mut writer = Writer::resume(&house.blobs, &house.secret, "up_1").unwrap();
        assert_eq!(writer.durable(), length as u64, "nothing has to come again");
        let again = writer.finish().unwrap();
        assert_eq!((again.name, again.bytes), (stored.name, stored.bytes));
        writer.abandon().unwrap(); // a record refers to it
        assert_eq!((house.whole(&again).unwrap(), house.temps()), (Bytes::from(bytes), 0));
    }
}

#[test]
fn what_has_a_name_is_not_written_to_also_if_it_was_damaged() {
    let house = House::new();
    let bytes = bytes_of(3 * CHUNK + 9);
    let mut writer = Writer::begin(&house.blobs, &house.secret, "up_1").unwrap();
    writer.write(&bytes).unwrap();
    let stored = writer.finish().unwrap();
    drop(writer); // killed
    house.spoil(&stored.name, |bytes| bytes[HEADER + SEALED + 5] ^= 1);
    let spoilt = fs::read(house.path(&stored.name)).unwrap();
    let mut writer = Writer::resume(&house.blobs, &house.secret, "up_1").unwrap();
    assert_eq!(writer.durable(), 0, "it begins anew");
    assert_eq!(fs::read(house.path(&stored.name)).unwrap(), spoilt);
    assert!(house.fault(&stored).is_some());
    writer.write(&bytes).unwrap();
    writer.finish().unwrap();
    writer.abandon().unwrap();
    assert_eq!((house.whole(&stored).unwrap(), house.temps()), (Bytes::from(bytes), 0), "healed");
}

#[tokio::test]
async fn much_behind_little_is_taken() {
    let house = House::new();
    let incoming = house.blobs.begin(&house.secret, "up_1").await.unwrap();
    let bytes = Bytes::from(bytes_of(2_000_000));
    incoming.write(bytes.slice(..9)).await.unwrap();
    incoming.write(bytes.slice(9..)).await.unwrap();
    assert_eq!(house.whole(&incoming.finish().await.unwrap()).unwrap(), bytes);
}

#[tokio::test]
async fn a_disk_that_fails_says_so_again_and_keeps_what_was_acknowledged() {
    let house = House::new();
    let bytes = Bytes::from(bytes_of(9 * CHUNK));
    let incoming = house.blobs.begin(&house.secret, "up_1").await.unwrap();
    incoming.write(bytes.slice(..3 * CHUNK + 5)).await.unwrap();
    let acknowledged = incoming.pause().await.unwrap();
    assert_eq!(acknowledged, 3 * CHUNK as u64);
    incoming.write(bytes.slice(3 * CHUNK..)).await.unwrap();
    let full = || io::Error::from(io::ErrorKind::StorageFull);
    incoming.step_for_tests(move |_| Err(full())).await;
    for _ in 0..2 {
        assert!(matches!(incoming.finish().await, Err(Error::Full)));
        let more = || incoming.write(Bytes::from_static(b"more"));
        let told = loop {
            // It may be heard with a later one.
            if let Err(why) = more().await {
                break why;
            }
        };
        assert!(matches!(told, Error::Full));
    }
    let left = fs::metadata(house.temp("up_1")).unwrap().len();
    assert_eq!(left, sealed_len(acknowledged) - OVERHEAD as u64, "the rest takes no room");
    drop(incoming);
    let incoming = house.blobs.resume(&house.secret, "up_1").await.unwrap();
    assert_eq!(incoming.durable(), acknowledged);
    incoming.write(bytes.slice(acknowledged as usize..)).await.unwrap();
    let stored = incoming.finish().await.unwrap();
    assert_eq!((house.whole(&stored).unwrap(), house.temps()), (bytes, 0));

    let incoming = house.blobs.begin(&house.secret, "up_2").await.unwrap();
    incoming.step_for_tests(move |_| Err(full())).await;
    incoming.abandon().await.unwrap();
    assert_eq!(house.temps(), 0, "nobody wanted it");
    assert!(house.blobs.disk().unwrap().free > 0);
}
