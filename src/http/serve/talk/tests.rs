//! HTTP/2 frame by frame, as no browser speaks it.

use futures_util::stream::{self, StreamExt};
use poem::Body as PoemBody;
use tokio::io::{AsyncReadExt, DuplexStream, duplex};
use tokio::sync::watch;

use super::*;
use crate::http::seats::Seats;
use crate::http::serve::{Limits, Stopping};

/// Far beyond every limit in these tests.
const DEADLINE: Duration = Duration::from_secs(20);

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const WINDOW: u8 = 8;
const END_OF_STREAM: u8 = 1;
const END_OF_HEADERS: u8 = 4;

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    bytes: Vec<u8>,
}

/// Answers with 1 MB, and tells how many answers are open.
fn file(open: &watch::Sender<usize>) -> PoemResponse {
    struct Descriptor(watch::Sender<usize>);
    impl Drop for Descriptor {
        fn drop(&mut self) {
            self.0.send_modify(|open| *open -= 1);
        }
    }
    open.send_modify(|open| *open += 1);
    let descriptor = Descriptor(open.clone());
    let pieces = stream::iter(0..4).map(move |_| {
        let _ = &descriptor;
        Ok::<_, io::Error>(Bytes::from(vec![b'a'; 256 * 1024]))
    });
    PoemResponse::builder().body(PoemBody::from_bytes_stream(pieces))
}

/// A peer that has just said how it speaks: without a request to do so, it is sent nothing.
async fn peer(open: watch::Sender<usize>, stall: Duration) -> DuplexStream {
    let (mut peer, server) = duplex(64 * 1024);
    let limits = Limits { stall, ..Limits::default() };
    let seats = Seats::new(1, 1, Arc::default(), Arc::default());
    let (stop, stopping) = Stopping::pair();
    let endpoint = poem::endpoint::make_sync(move |_| file(&open));
    let shared = Arc::new(Shared { endpoint, seats, limits, stopping });
    let seat = shared.seats.take([127, 0, 0, 1].into()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test plays the server's part")]
    tokio::spawn(async move {
        let ends = Ends {
            local: LocalAddr::default(),
            remote: RemoteAddr(BY_SOCKET_FILE),
            scheme: Scheme::HTTPS,
        };
        http2(server, ends, &shared, &seat).await;
        drop(stop);
    });
    peer.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    say(&mut peer, SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]).await;
    peer
}

async fn say(peer: &mut DuplexStream, kind: u8, flags: u8, stream: u32, bytes: &[u8]) {
    let length = (bytes.len() as u32).to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    peer.write_all(&[head.as_slice(), bytes].concat()).await.unwrap();
}

async fn ask_for_it(peer: &mut DuplexStream, stream: u32) {
    // GET, https, and the path and the host in full.
    let head = [&[0x82, 0x87, 0x04, 5], b"/file".as_slice(), &[0x01, 1], b"a"].concat();
    say(peer, HEADERS, END_OF_STREAM | END_OF_HEADERS, stream, &head).await;
}

async fn make_room(peer: &mut DuplexStream, stream: u32, bytes: u32) {
    say(peer, WINDOW, 0, stream, &bytes.to_be_bytes()).await;
}

async fn hear(peer: &mut DuplexStream) -> Frame {
    let mut head = [0; 9];
    timeout(DEADLINE, peer.read_exact(&mut head)).await.expect("it says something").unwrap();
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut bytes = vec![0; length as usize];
    peer.read_exact(&mut bytes).await.unwrap();
    let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
    Frame { kind: head[3], flags: head[4], stream, bytes }
}

#[tokio::test]
async fn who_takes_nothing_of_one_answer_loses_it_and_gets_the_others() {
    let open = watch::Sender::new(0);
    let mut peer = peer(open.clone(), Duration::from_millis(300)).await;
    ask_for_it(&mut peer, 1).await;
    loop {
        let frame = hear(&mut peer).await;
        assert_ne!(frame.kind, DATA, "there is no room for any");
        if (frame.kind, frame.stream) == (RESET, 1) {
            break;
        }
    }
    assert_eq!(*open.borrow(), 0, "nothing of it is open any more");

    ask_for_it(&mut peer, 3).await;
    make_room(&mut peer, 0, 2_000_000).await;
    let mut came = 0;
    // Slower than all at once, and in all longer than nothing may be taken.
    make_room(&mut peer, 3, 100_000).await;
    loop {
        let frame = hear(&mut peer).await;
        if (frame.kind, frame.stream) != (DATA, 3) {
            continue;
        }
        came += frame.bytes.len();
        if frame.flags & END_OF_STREAM > 0 {
            break;
        }
        if came % 100_000 == 0 {
            tokio::time::sleep(Duration::from_millis(60)).await;
            make_room(&mut peer, 3, 100_000).await;
        }
    }
    assert_eq!(came, 1024 * 1024);
    let mut counts = open.subscribe();
    timeout(DEADLINE, counts.wait_for(|open| *open == 0)).await.expect("it ends").unwrap();
}

#[tokio::test]
async fn who_stops_in_the_middle_of_an_answer_loses_it() {
    let open = watch::Sender::new(0);
    let mut peer = peer(open.clone(), Duration::from_millis(300)).await;
    ask_for_it(&mut peer, 1).await;
    make_room(&mut peer, 1, 40_000).await;
    let mut came = 0;
    while came < 40_000 {
        let frame = hear(&mut peer).await;
        came += if frame.kind == DATA { frame.bytes.len() } else { 0 };
    }
    assert_eq!(*open.borrow(), 1);
    let mut counts = open.subscribe();
    timeout(DEADLINE, counts.wait_for(|open| *open == 0)).await.expect("it ends").unwrap();
}
