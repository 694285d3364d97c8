//! Anteroom is the client portal of a small accounting firm, as one file the firm runs itself.
//!
//! # Bird's eye
//!
//! One process serves two audiences: **staff** in the console (`/console`) and **contacts** of the firm's clients in
//! the portal (`/p/{client}`), with a few pages for **guests** (log-in, invites, set-up, help). Everything is kept in
//! one embedded store in the data folder. Mails wait in an outbox, which is part of that store, until a mail server
//! has taken them. Pages are HTML that works without a script; scripts only shorten the way.
//!
//! The heart is the invite: staff offer a contact the portal of one client by e-mail; looking at the link changes
//! nothing; storing a password spends it and gives access, in one transaction.
//!
//! # The doors
//!
//! [`model`] is a box with doors. Which door you hold says who you are, and nothing comes out of the box otherwise:
//!
//! | door | who | how |
//! |---|---|---|
//! | [`model::Guest`] | anyone | in every request |
//! | [`model::Console`], [`model::Admin`], [`model::Owner`] | staff, by role | from a session, anew in each request |
//! | [`model::Person`] | one contact, no client chosen | from a session |
//! | [`model::Portal`] | one contact looking at one client, or staff who only look as they do | from a `Person` with access to that client |
//! | [`model::System`] | the server's jobs | at start only |
//!
//! A handler names the door it needs as a parameter; if the visitor cannot open it, the handler does not run. What a
//! portal can read is the list of `impl Shown for` in `model/`.
//!
//! # Walk: staff invite a contact
//!
//! 1. `POST /console/clients/{client}/contacts/{contact}/invite` arrives in `http/serve.rs`, passes `http/guard.rs`
//!    (host, origin, limits), and `http/doors.rs` opens the [`model::Console`].
//! 2. `console/invites/one.rs` reads the form into values that cannot be wrong and calls one verb, `send_invites`.
//! 3. `model/inviting.rs` runs as one command of the writer thread: invite, link (a hash only), mail, activity entry.
//!    All of it is on disk, or none, before the browser is answered with 303.
//! 4. `jobs/outbox.rs` wakes, makes the mail (`mail/message.rs`; the link's token is derived from a key outside the
//!    store), hands it to the server (`mail/smtp.rs`) and records what the server said.
//! 5. The commit's changes reach `model/live.rs`; whoever looks at the client's contacts sees the new state.
//!
//! # Walk: the contact accepts
//!
//! 1. `GET /invite/{token}`: `guest/invites.rs` asks [`model::Guest`] what the link leads to. Nothing is written.
//! 2. `POST` with a password: it is hashed on a hash thread (`model/hashes.rs`), then one command checks the invite
//!    once more, creates the login, gives access (`model/accepting.rs`, the only place that does) and a session.
//! 3. 303 to `/p/{client}`: the session opens a [`model::Portal`], and `portal/home.rs` shows Home.
//!
//! # Walk: a contact adds a file
//!
//! 1. `PATCH /p/{client}/uploads/{upload}`, piece by piece (or one plain form), reaches `portal/uploads.rs`, whose
//!    `Portal` gives `Uploads`: what this person may send to this client.
//! 2. `blobs/` hashes and encrypts what arrives, by the client's own key, into a file without a name. A piece is
//!    acknowledged once it is on disk; a lost connection goes on from there.
//! 3. After the last piece the bytes get the name that their digest gives them, and only then one command of the writer
//!    thread makes the file: its record says who sees it, and nothing else can widen that (`model/file/shown.rs`).
//! 4. The same command wrote who is to be told; the mail is made of what is still true when it leaves
//!    (`model/notices.rs`). Where the firm scans for viruses, nobody opens it before `jobs/scans.rs` has had an answer.
//!
//! # Walk: a contact answers a request, and the firm reviews it
//!
//! 1. `POST /p/{client}/requests/{request}/items/{number}` (`portal/requests.rs`) carries what was typed, and which answer
//!    and which wording of the item the page had seen. `model/request/answer.rs` stores it, or says who answered otherwise
//!    meanwhile: nobody overwrites what they have not seen.
//! 2. A request is two records: a head that lists are made of, and a sheet of items with answers. They are written together
//!    (`model/request/whole.rs`), so progress is always what the answers say. Who is asked stands on the head, and
//!    `impl Shown for Request` is the one rule of who sees it: lists, counts, comments and calendars go through it.
//! 3. After "Send to the firm" staff find it under Requests (`console/requests/`), and accept each item or send it back.
//! 4. `jobs/reminders.rs` wakes each minute. Which days a request is reminded on is derived from it
//!    (`model/request/reminders.rs`); the command that queues the mails also notes that day as done.
//!
//! # Map
//!
//! - `error.rs` what went wrong, as what the person can do next · `config/` flags, environment, credentials and file, read
//!   once · `cli/` one file per group of verbs · `server.rs` opens, listens, stops
//! - `values/` things that cannot be wrong: no I/O, no clock · `files.rs` files that are there whole or not at all ·
//!   `blobs/` the bytes of clients' files at rest, encrypted
//! - `model/` the box: records and rules by noun, doors by audience, `db/` the store
//! - `console/` `portal/` `guest/` handlers, a file per page group; routes stand at its top
//! - `http/` plumbing that the three share; knows nothing of accounting
//! - `worker/` draws previews in a process of its own, which can reach nothing · `scan.rs` asks clamd
//! - `mail/` from a letter to a mail server · `backups/` from the store to one file and back · `dns.rs` asks the name
//!   server · `doctor/` whether all is well · `preflight.rs` what an authority is going to see · `jobs/` what runs in the
//!   background
//! - `templates/` pages and mails · `web/` style sheets and scripts
//!
//! # What must stay true
//!
//! Only `model` knows redb. A record never points at bytes that may not be there. Strangers' bytes are parsed in a
//! process that can reach nothing. `portal` holds nothing but a `Portal` or a `Person`. `values` and `model` read neither
//! environment nor network, and the time only from the `Clock`. No mail leaves before its commit. An activity entry is
//! never changed. The store holds no usable secret of a link. Templates never see a record that holds more than they
//! show. Console and portal do not know each other. `tests/house.rs` checks what is text.
//!
//! # Where to add
//!
//! - **a page**: a `Page` struct and a handler in its group's file, its route at the top, its template; knock and
//!   crawl tests find it by themselves.
//! - **a verb**: in the noun's file of the model, on the door that may do it; one command that says what it did.
//! - **a setting from outside**: an option with a variable in `config/` or `cli/args/`; file, credential, template and
//!   manual page have it by that.
//! - **a kind of item in requests**: a variant of `Ask` or `Question` in `model/request/sheet.rs`; the compiler names the
//!   form, the page and the review that must know it.
//! - **a mail**: a variant of `Letter`, a folder of three templates.
//! - **a change of the data's shape**: a step at the end of `model/db/migrate.rs`, and the record.

pub mod backups;
pub mod blobs;
pub mod cli;
pub mod config;
pub mod console;
pub mod dns;
pub mod doctor;
pub mod error;
mod files;
pub mod guest;
pub mod http;
pub mod jobs;
pub mod mail;
pub mod model;
pub mod portal;
pub mod preflight;
pub mod scan;
pub mod server;
pub mod values;
pub mod worker;
