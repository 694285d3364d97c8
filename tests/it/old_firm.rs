//! The data folder of a large firm as schema 1 wrote it. Nothing of today's records is used: what schema 1 was is what
//! `tests/fixtures/schema-1` has, whose records are taken as patterns. The benches use it too.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anteroom::model::client::Client;
use anteroom::model::contact::Contact;
use anteroom::model::membership::Membership;
use anteroom::model::{Id, Kind, activity};
use redb::{Database, ReadableTable, TableDefinition};
use serde_json::{Map, Value, json};

type Fail = Box<dyn std::error::Error + Send + Sync>;
type Record = Map<String, Value>;
type Table<'t> = redb::Table<'t, &'static [u8], &'static [u8]>;

/// Contacts of each client.
const CONTACTS: usize = 3;
/// How many index rows schema 1 had for each contact: they lie there before the index is made anew.
const INDEX_ROWS: usize = 5;

fn table(name: &str) -> TableDefinition<'_, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

/// A copy of a folder. A checkout forgets that nobody else may read a key.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<(), Fail> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let (path, copied) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if path.is_dir() {
            copy_folder(&path, &copied)?;
        } else {
            fs::copy(&path, &copied)?;
            fs::set_permissions(&copied, Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// The data folder that schema 1 left, with its own few people.
pub(crate) fn schema_1(data: &Path) -> Result<(), Fail> {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema-1");
    copy_folder(&fixture, data)
}

/// The same with so many contacts more, each with a membership and an entry of the activity.
pub(crate) fn large_firm(data: &Path, contacts: usize) -> Result<(), Fail> {
    schema_1(data)?;
    let database = Database::open(data.join("anteroom.redb"))?;
    #[expect(clippy::disallowed_methods, reason = "a file that nobody else has")]
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true); // as it always did
    {
        let mut tables = Tables {
            clients: Pattern::of(transaction.open_table(table("clients"))?)?,
            contacts: Pattern::of(transaction.open_table(table("contacts"))?)?,
            memberships: Pattern::of(transaction.open_table(table("memberships"))?)?,
            activity: Pattern::of(transaction.open_table(table("activity"))?)?,
        };
        let mut index = transaction.open_table(table("index"))?;
        for n in 0..contacts {
            tables.add(n)?;
            for row in 0..INDEX_ROWS {
                let row = format!("old.{row}\0somebody{n}@crowd.example\0\0{:016x}", n * row);
                index.insert(row.as_bytes(), [].as_slice())?;
            }
        }
    }
    transaction.commit()?;
    Ok(database.close()?)
}

/// A table and one of its records.
struct Pattern<'t> {
    table: Table<'t>,
    record: Record,
}

impl<'t> Pattern<'t> {
    fn of(table: Table<'t>) -> Result<Self, Fail> {
        let record = match table.last()? {
            Some((_, record)) => rmp_serde::from_slice(record.value())?,
            None => return Err("the fixture has none".into()),
        };
        Ok(Self { table, record })
    }

    /// Puts the record with these fields.
    fn put<T: Kind>(&mut self, n: usize, fields: Value) -> Result<(), Fail> {
        let id = id::<T>(n);
        let mut record = self.record.clone();
        record.insert("id".into(), id.to_string().into());
        record.extend(fields.as_object().cloned().unwrap_or_default());
        let bytes = rmp_serde::to_vec_named(&record)?;
        self.table.insert(id.bytes().as_slice(), bytes.as_slice())?;
        Ok(())
    }
}

/// In no order, as ids of one millisecond are not.
fn id<T>(n: usize) -> Id<T> {
    let mut bytes = [0x01; 16];
    bytes[8..].copy_from_slice(&(n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    Id::from_bytes(bytes)
}

struct Tables<'t> {
    clients: Pattern<'t>,
    contacts: Pattern<'t>,
    memberships: Pattern<'t>,
    activity: Pattern<'t>,
}

impl Tables<'_> {
    /// One more contact, and with each third one a client.
    fn add(&mut self, n: usize) -> Result<(), Fail> {
        let (client, contact) = (id::<Client>(n / CONTACTS), id::<Contact>(n));
        if n.is_multiple_of(CONTACTS) {
            let name = format!("Crowd {} Ltd", n / CONTACTS);
            self.clients.put::<Client>(n / CONTACTS, json!({ "name": name }))?;
        }
        let emails = json!([{ "address": format!("somebody{n}@crowd.example"), "kind": "work" }]);
        let fields = json!({ "first": "Somebody", "last": format!("Crowd{n}"), "emails": emails });
        self.contacts.put::<Contact>(n, fields)?;
        let fields = json!({ "contact": contact.to_string(), "client": client.to_string() });
        self.memberships.put::<Membership>(n, fields)?;
        let from = match n % 3 {
            0 => Value::Null,
            1 => json!({ "V4": [203, 0, 113, 7] }),
            _ => json!({ "V6": [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9] }),
        };
        let actor = match n % 4 {
            0 => json!("System"),
            1 => json!("Terminal"),
            2 => json!({ "Contact": contact.to_string() }),
            _ => self.activity.record["actor"].clone(),
        };
        let fields = json!({
            "actor": actor,
            "from": from,
            "client": if n.is_multiple_of(5) { Value::Null } else { client.to_string().into() },
            "what": format!("added Somebody Crowd{n} — “é” to the contacts"),
        });
        self.activity.put::<activity::Entry>(n, fields)
    }
}
