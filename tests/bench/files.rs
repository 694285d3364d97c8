//! Files: in, out, listed and packed. Uploads beside a bare server that hashes and syncs, downloads beside nginx with
//! sendfile, which reads no byte of what it sends.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use anteroom::model::file::{Audience, File as ClientFile};
use anteroom::model::folder::Folder;
use anteroom::model::upload::NewUpload;
use anteroom::model::{Console, Id};
use anteroom::values::FolderName;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::fill::{self, Store};
use crate::load::{Ask, load};
use crate::pages::{Side, in_turn};
use crate::server::Server;
use crate::table::Limit::{AtLeast, AtMost};
use crate::table::Unit;
use crate::{Bench, Result, floor};

const MB: u64 = 1_000_000;
/// What an upload may take beside what the server holds when it does nothing.
const MEMORY: f64 = 16.0;
/// Of a small file.
const SMALL: usize = 10_000;
/// Files in the folder that is large, and in the one that is not.
const MANY: usize = 10_000;
const FEW: usize = 100;
/// Files in a zip.
const ZIPPED: usize = 1_000;
const BOUNDARY: &str = "----bench";

/// What was put into a store to be asked for. Paths below the site.
struct Filled {
    files: String,
    small: String,
    large: String,
    many: Id<Folder>,
    few: Id<Folder>,
    zipped: Id<Folder>,
}

pub(crate) fn files(bench: &mut Bench) -> Result<()> {
    let store = bench.store(1_000)?;
    let filled = bench.runtime.block_on(fill_files(&store))?;
    let ours = Server::ours(&store.data, &[])?;
    uploads(bench, &ours, &store, &filled)?;
    downloads(bench, &ours, &store, &filled)?;
    pages(bench, &ours, &store, &filled)?;
    zip(bench, &ours, &store, &filled)?;
    ours.stop()
}

async fn fill_files(store: &Store) -> Result<Filled> {
    let (guest, system) = fill::doors(&store.data)?;
    let (console, _) = fill::owner(&guest).await?;
    let client = store.home.strip_prefix("/p/").ok_or("no client")?.parse()?;
    let folder = async |name: &str| -> Result<Id<Folder>> {
        Ok(console.make_folder(client, None, FolderName::parse(name)?, String::new()).await?)
    };
    let (many, few, zipped) = (folder("Many").await?, folder("Few").await?, folder("Zip").await?);
    let add = async |folder, n: usize, bytes: Bytes| -> Result<Id<ClientFile>> {
        add(&console, client, folder, &format!("Statement {n}.txt"), bytes).await
    };
    let text = Bytes::from("A line of a statement.\n".repeat(SMALL / 23 + 1)[..SMALL].to_owned());
    for (into, count) in [(many, MANY), (few, FEW), (zipped, ZIPPED)] {
        let adding = stream::iter(0..count).map(|n| add(into, n, text.clone()));
        adding.buffer_unordered(64).try_collect::<Vec<_>>().await?;
    }
    let small = add(few, MANY, text).await?;
    let large = add(few, MANY + 1, Bytes::from(vec![b'x'; 100 * MB as usize])).await?;
    system.close().await?;
    let path = |file| format!("{}/files/{file}/download", store.home);
    let files = format!("/console/clients/{client}/files");
    Ok(Filled { files, small: path(small), large: path(large), many, few, zipped })
}

async fn add(
    console: &Console,
    client: Id<anteroom::model::client::Client>,
    folder: Id<Folder>,
    name: &str,
    bytes: Bytes,
) -> Result<Id<ClientFile>> {
    let audience = Some(Audience::Everyone);
    let new =
        NewUpload { name: name.into(), folder: Some(folder), audience, ..NewUpload::default() };
    let mut receiving = console.uploads(client)?.receive(new, Some(bytes.len() as u64)).await?;
    for piece in 0..bytes.len().div_ceil(MB as usize) {
        let from = piece * MB as usize;
        receiving.write(bytes.slice(from..bytes.len().min(from + MB as usize))).await?;
    }
    Ok(receiving.finish().await?.file)
}

fn uploads(bench: &mut Bench, ours: &Server, store: &Store, filled: &Filled) -> Result<()> {
    let bytes = if bench.quick { 256 * MB } else { 1_000 * MB };
    let floor = Server::floor(&bench.floor_folder("uploads")?)?;
    let idle = ours.memory()?;
    ours.forget_peak()?;
    let (mut our, mut bare, mut cipher) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..bench.rounds() {
        let form = upload_form(&filled.files, &store.staff, bytes);
        our.push(bytes as f64 / send(ours.addr, &form, bytes, round)? / 1e6);
        let plain = plain_upload(bytes);
        bare.push(bytes as f64 / send(floor.addr, &plain, bytes, round)? / 1e6);
        cipher.push(sealing_seconds(bytes)?);
    }
    // Eight tenths of what the floor would do if it enciphered as well, before it sends on.
    let enciphered = |(rate, cipher): (&f64, &f64)| {
        let seconds = bytes as f64 / 1e6 / rate;
        bytes as f64 / 1e6 / (seconds + cipher)
    };
    let bare: Vec<f64> = bare.iter().zip(&cipher).map(enciphered).collect();
    let table = &mut bench.table;
    table.compare("upload, MB a second", Unit::PerSecond, &our, &bare, AtLeast(0.8));
    let more = ours.peak()? - idle;
    table.absolute("upload, memory above idle", Unit::Megabytes, &[more], AtMost(MEMORY));
    floor.stop()
}

/// Head and tail of a request around so many bytes.
struct Form {
    head: String,
    tail: String,
}

fn upload_form(files: &str, cookie: &str, bytes: u64) -> Form {
    let before = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Big.bin\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let length = before.len() as u64 + bytes + tail.len() as u64;
    let head = format!(
        "POST {files} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\
         Sec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{before}"
    );
    Form { head, tail }
}

fn plain_upload(bytes: u64) -> Form {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n",
        floor::UPLOAD
    );
    Form { head, tail: String::new() }
}

/// Sends it, and gives the seconds until it was answered with 303.
fn send(addr: SocketAddr, form: &Form, bytes: u64, round: usize) -> Result<f64> {
    let mut block = vec![0; MB as usize];
    // Other bytes each time: those that are there already would not be stored again.
    block[..8].copy_from_slice(&round.to_le_bytes());
    let mut stream = TcpStream::connect(addr)?;
    let began = Instant::now();
    stream.write_all(form.head.as_bytes())?;
    for _ in 0..bytes / MB {
        stream.write_all(&block)?;
    }
    stream.write_all(form.tail.as_bytes())?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    let seconds = began.elapsed().as_secs_f64();
    match answer.ends_with(b" 303") {
        true => Ok(seconds),
        false => Err(format!("an upload: {}", String::from_utf8_lossy(&answer)).into()),
    }
}

/// Seconds of one core to encipher so many bytes in blocks of 64 KiB.
fn sealing_seconds(bytes: u64) -> Result<f64> {
    let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).map_err(|_| "no key")?;
    let (key, mut block) = (LessSafeKey::new(key), vec![0; 64 * 1024]);
    let began = Instant::now();
    for n in 0..bytes / block.len() as u64 {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&n.to_le_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut block);
        block[..8].copy_from_slice(&tag.map_err(|_| "no seal")?.as_ref()[..8]);
    }
    Ok(began.elapsed().as_secs_f64())
}

fn downloads(bench: &mut Bench, ours: &Server, store: &Store, filled: &Filled) -> Result<()> {
    let folder = bench.floor_folder("nginx")?;
    write_bytes(&folder.join("large"), 100 * MB)?;
    write_bytes(&folder.join("small"), SMALL as u64)?;
    let nginx = Server::nginx(&folder)?;
    let large = (ours, filled.large.as_str(), store.contact.as_str());
    let (our, bare) = fetched_in_turn(bench, large, (&nginx, "/large", ""))?;
    let table = &mut bench.table;
    table.compare("download of 100 MB, CPU", Unit::Cpu, &our.cpu, &bare.cpu, AtMost(5.0));
    let figure = "download, MB a second";
    table.compare(figure, Unit::PerSecond, &our.rate, &bare.rate, AtLeast(0.45));
    let ask = Ask::get(&filled.small, &store.contact, ("", 0));
    let plain = Ask::get("/small", "", ("", 0));
    let (our, bare) = in_turn(bench, (ours, &ask), (&nginx, &plain), 64)?;
    let figure = "10 KB files, 64 connections";
    bench.table.compare(figure, Unit::PerSecond, &our.rate, &bare.rate, AtLeast(0.2));
    let alone = bench.runtime.block_on(load(ours.addr, &ask, 1, bench.stretch(), None))?;
    let median = [alone.median()];
    bench.table.absolute("10 KB file, half of them within", Unit::Millis, &median, AtMost(0.3));
    nginx.stop()
}

fn write_bytes(path: &Path, bytes: u64) -> Result<()> {
    let mut file = File::create(path)?;
    let block = vec![b'x'; MB as usize];
    for at in 0..bytes.div_ceil(MB) {
        file.write_all(&block[..(bytes - at * MB).min(MB) as usize])?;
    }
    Ok(())
}

/// A server, what is asked of it, and as whom.
type Source<'a> = (&'a Server, &'a str, &'a str);

fn fetched_in_turn(bench: &Bench, ours: Source<'_>, floor: Source<'_>) -> Result<(Side, Side)> {
    let mut sides = (Side::default(), Side::default());
    for source in [ours, floor] {
        fetch(source, &mut Side::default())?; // to warm up
    }
    for _ in 0..bench.rounds() {
        fetch(ours, &mut sides.0)?;
        fetch(floor, &mut sides.1)?;
    }
    Ok(sides)
}

/// The same file ten times over one connection.
fn fetch((server, path, cookie): Source<'_>, side: &mut Side) -> Result<()> {
    let mut stream = TcpStream::connect(server.addr)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
    let (began, before) = (Instant::now(), server.cpu()?);
    let mut bytes = 0;
    for _ in 0..10 {
        stream.write_all(request.as_bytes())?;
        bytes += whole(&mut stream)?;
    }
    side.rate.push(bytes as f64 / 1e6 / began.elapsed().as_secs_f64());
    side.cpu.push((server.cpu()? - before) * 1e6 / 10.0);
    Ok(())
}

/// Reads an answer to its end without keeping it, and says how long its body was.
fn whole(stream: &mut TcpStream) -> Result<usize> {
    let (mut piece, mut head) = (vec![0; 1024 * 1024], Vec::new());
    let (length, mut left) = loop {
        let read = stream.read(&mut piece)?;
        head.extend_from_slice(&piece[..read]);
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n") else {
            if read == 0 {
                return Err("the server hung up".into());
            }
            continue;
        };
        let text = std::str::from_utf8(&head[..end])?.to_ascii_lowercase();
        if !text.starts_with("http/1.1 200") {
            return Err(format!("a download: {text}").into());
        }
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.ok_or("a download without its length")?.trim().parse()?;
        break (length, length - (head.len() - end - 4));
    };
    while left > 0 {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err("a download was cut".into());
        }
        left -= read;
    }
    Ok(length)
}

/// The first page of a folder with many files beside one with few.
fn pages(bench: &mut Bench, ours: &Server, store: &Store, filled: &Filled) -> Result<()> {
    let ask = |folder| {
        let sign = ("href=\"/console/clients/", 50);
        Ask::get(&format!("{}/in/{folder}", filled.files), &store.staff, sign)
    };
    let (many, few) = (ask(filled.many), ask(filled.few));
    let (many, few) = in_turn(bench, (ours, &many), (ours, &few), 1)?;
    let figure = "page of a folder, 10,000 files beside 100, CPU";
    bench.table.compare(figure, Unit::Cpu, &many.cpu, &few.cpu, AtMost(1.5));
    Ok(())
}

/// From asking for a zip of a thousand files to its first byte.
fn zip(bench: &mut Bench, ours: &Server, store: &Store, filled: &Filled) -> Result<()> {
    let body = format!("folder={}", filled.zipped);
    let head = format!(
        "POST {}/zip HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        filled.files,
        store.staff,
        body.len()
    );
    let mut times = Vec::new();
    for _ in 0..bench.rounds() {
        let mut stream = TcpStream::connect(ours.addr)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let began = Instant::now();
        stream.write_all(head.as_bytes())?;
        let mut answer = Vec::new();
        while !answer.windows(4).any(|four| four == b"PK\x03\x04") {
            let mut piece = [0; 4096];
            let read = stream.read(&mut piece)?;
            if read == 0 {
                return Err("no zip came".into());
            }
            answer.extend_from_slice(&piece[..read]);
        }
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    bench.table.absolute("zip of 1,000 files, first byte", Unit::Millis, &times, AtMost(200.0));
    Ok(())
}
