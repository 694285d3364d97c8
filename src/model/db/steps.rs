//! Every change ever made to the shape of the data. A step works on JSON and on nothing of ours that may change: what
//! it did to the data of the first firm it does to that of the last one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::migrate::{Migration, Step};
use crate::error::{Error, Result};
use crate::model::activity::chain::{HEAD, Head, Words};

/// Oldest first. Append; never edit.
pub(super) const STEPS: &[Step] = &[
    Step {
        says: "each activity entry is sealed with a hash of the one before it",
        run: seal_activity,
    },
    Step {
        says: "files of clients have a master key, which recovery keys of before do not hold",
        run: ask_for_recovery_keys,
    },
    Step {
        says: "files are handed in for requests, and mails tell of requests",
        run: make_room_for_requests,
    },
];

/// To schema 2. Entries were kept in the order of their ids, which is the order in which they were written.
fn seal_activity(migration: &Migration<'_>) -> Result<()> {
    let mut head = Head::default();
    migration.each("activity", |entry| {
        head.seq += 1;
        let (actor, from) = (actor(entry.get("actor"))?, address(entry.get("from"))?);
        let at: Timestamp = text(entry, "at")?.parse()?;
        let words = Words {
            seq: head.seq,
            id: text(entry, "id")?,
            at: at.as_nanosecond(),
            actor: &actor,
            from: from.as_deref(),
            client: entry.get("client").and_then(Value::as_str),
            event: text(entry, "event")?,
            what: text(entry, "what")?,
        };
        head.seal = words.seal(head.seal);
        entry.insert("seq".into(), head.seq.into());
        entry.insert("chain".into(), head.seal.to_string().into());
        Ok(())
    })?;
    migration.set_fact(HEAD, &head.bytes())
}

/// To schema 3. Records of files are new; an older program must not serve a store that has them.
fn ask_for_recovery_keys(migration: &Migration<'_>) -> Result<()> {
    migration.each("backup_plan", |plan| {
        plan.insert("keys_taken".into(), Value::Null);
        Ok(())
    })
}

/// To schema 4. Files and uploads say what they were handed in for; notices, whether they are about a file or a request.
fn make_room_for_requests(migration: &Migration<'_>) -> Result<()> {
    for table in ["files", "uploads"] {
        migration.each(table, |record| {
            record.insert("handed_in_for".into(), Value::Null);
            Ok(())
        })?;
    }
    migration.each("notices", |notice| {
        let mut part = |name: &str| Some((name.to_owned(), notice.remove(name)?));
        let file: Map<String, Value> =
            [part("file"), part("version")].into_iter().flatten().collect();
        let about = Map::from_iter([("File".to_owned(), Value::Object(file))]);
        notice.insert("about".into(), Value::Object(about));
        Ok(())
    })
}

fn text<'a>(record: &'a Map<String, Value>, field: &str) -> Result<&'a str> {
    let text = record.get(field).and_then(Value::as_str);
    text.ok_or_else(|| Error::bug(format!("{field} is no text: {record:?}")))
}

/// `"System"`, or an id under the name of its kind.
fn actor(actor: Option<&Value>) -> Result<String> {
    let actor = actor.unwrap_or(&Value::Null);
    let named = actor.as_str().map(str::to_lowercase);
    let id = || actor.as_object()?.values().next()?.as_str().map(str::to_owned);
    named.or_else(id).ok_or_else(|| Error::bug(format!("no actor: {actor}")))
}

/// Bytes under the name of their kind.
fn address(from: Option<&Value>) -> Result<Option<String>> {
    let Some(Value::Object(kind)) = from else { return Ok(None) };
    let bytes = kind.values().next().cloned().unwrap_or_default();
    let bytes: Vec<u8> = serde_json::from_value(bytes)?;
    let four = <[u8; 4]>::try_from(bytes.as_slice()).map(|four| Ipv4Addr::from(four).into());
    let address: IpAddr = four.or_else(|_| {
        <[u8; 16]>::try_from(bytes.as_slice())
            .map(|many| Ipv6Addr::from(many).into())
            .map_err(|_| Error::bug(format!("no network address: {kind:?}")))
    })?;
    Ok(Some(address.to_string()))
}
