//! The bare server: what poem, redb, minijinja and argon2 can do when nothing else is done.
//!
//! `/healthz` is poem alone; `/page/OWNER` is a cookie, a session by point read, 50 rows by range scan, decoded and
//! rendered to some 12 KB; `/login` checks a password on as many threads as cores and stores nothing; `/upload` hashes a
//! body, writes it to a file and syncs it. It is the yardstick, not a model of style.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use futures_util::StreamExt;
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::web::{Data, Path as Part};
use poem::{Body, EndpointExt, Request, Response, Route, get, handler, post};
use redb::{Database, ReadableDatabase, TableDefinition};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;

use crate::loops::Hasher;
use crate::{Error, Result};

/// The cookie of a session that is there.
pub(crate) const COOKIE: &str = "s=sess00000500";
/// Whose page is asked for.
pub(crate) const PAGE: &str = "/page/7";
/// What each row of a page has.
pub(crate) const SIGN: (&str, usize) = ("<tr id=", 50);

/// Where a body is stored.
pub(crate) const UPLOAD: &str = "/upload";
/// Bytes that are written at once.
const BLOCK: usize = 1024 * 1024;

const SESSIONS: TableDefinition<&[u8], u64> = TableDefinition::new("sessions");
const ROWS: TableDefinition<(u64, u64), &[u8]> = TableDefinition::new("rows");
/// As many rows as the store of ours has records beside it.
const OWNERS: u64 = 600;

const TEMPLATE: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }} – {{ firm }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/a/floor.css"></head>
<body><header><a href="/">{{ firm }}</a><nav>{% for part in parts %}<a href="/{{ part }}">{{ part }}</a>{% endfor %}</nav><span>{{ me }}</span></header>
<main><h1>{{ title }}</h1><table><thead><tr><th>What</th><th>Client</th><th>Due</th><th>Status</th><th></th></tr></thead><tbody>
{% for row in rows %}<tr id="r{{ row.id }}"><td><a href="/todo/{{ row.id }}">{{ row.what }}</a></td><td>{{ row.client }}</td><td>{{ row.due }}</td><td class="{% if row.done %}done{% else %}open{% endif %}">{% if row.done %}Done{% else %}Open{% endif %}</td><td><form method="post" action="/todo/{{ row.id }}/done"><button>Done</button></form></td></tr>
{% endfor %}</tbody></table></main><footer>{{ rows|length }} to-dos</footer></body></html>"#;

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    id: u64,
    #[serde(borrow)]
    what: Cow<'a, str>,
    #[serde(borrow)]
    client: Cow<'a, str>,
    #[serde(borrow)]
    due: Cow<'a, str>,
    done: bool,
}

#[derive(Clone)]
struct App {
    db: Arc<Database>,
    pages: Arc<Environment<'static>>,
    hashes: mpsc::Sender<oneshot::Sender<bool>>,
    folder: Arc<Path>,
}

/// Serves until it is told to stop.
pub(crate) async fn serve(folder: &Path) -> Result<()> {
    let mut pages = Environment::new();
    pages.add_template("page.html", TEMPLATE)?;
    let (db, hashes) = (Arc::new(open(folder)?), hash_threads()?);
    let app = App { db, pages: Arc::new(pages), hashes, folder: folder.into() };
    let site = Route::new()
        .at("/healthz", get(health_page))
        .at("/page/:owner", get(to_dos_page))
        .at("/login", post(log_in))
        .at(UPLOAD, post(upload))
        .data(app);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "Open:   http://localhost:{}", listener.local_addr()?.port())?;
    let mut told = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let told = async move {
        told.recv().await;
    };
    #[expect(clippy::disallowed_types, reason = "the floor is poem as it comes")]
    let server = poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?);
    Ok(server.run_with_graceful_shutdown(site, told, None).await?)
}

fn open(folder: &Path) -> Result<Database> {
    let path = folder.join("floor.redb");
    let fresh = !path.exists();
    let db = Database::builder().set_cache_size(32 << 20).create(path)?;
    if fresh {
        fill(&db)?;
    }
    Ok(db)
}

#[expect(clippy::disallowed_methods, reason = "nobody else writes to the floor")]
fn fill(db: &Database) -> Result<()> {
    let write = db.begin_write()?;
    {
        let mut sessions = write.open_table(SESSIONS)?;
        for n in 0..1_000 {
            sessions.insert(format!("sess{n:08}").as_bytes(), n)?;
        }
        let mut rows = write.open_table(ROWS)?;
        for id in 0..OWNERS * 50 {
            rows.insert((id / 50, id), serde_json::to_vec(&row(id))?.as_slice())?;
        }
    }
    Ok(write.commit()?)
}

fn row(id: u64) -> Row<'static> {
    Row {
        id,
        what: format!("Upload bank statement no {id} & receipts").into(),
        client: format!("Client {:05} Ltd", id % 977).into(),
        due: format!("2026-{:02}-{:02}", id % 12 + 1, id % 28 + 1).into(),
        done: id.is_multiple_of(3),
    }
}

#[handler]
fn health_page() -> &'static str {
    "ok"
}

#[handler]
fn to_dos_page(
    req: &Request,
    Part(owner): Part<u64>,
    Data(app): Data<&App>,
) -> poem::Result<Response> {
    let cookie = req.header("cookie").and_then(|cookie| cookie.strip_prefix("s="));
    let Some(cookie) = cookie else { return Err(StatusCode::UNAUTHORIZED.into()) };
    match app.page(cookie, owner) {
        Ok(Some(page)) => {
            Ok(Response::builder().content_type("text/html; charset=utf-8").body(page))
        }
        Ok(None) => Err(StatusCode::UNAUTHORIZED.into()),
        Err(why) => {
            Err(poem::Error::from_string(why.to_string(), StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}

impl App {
    fn page(&self, cookie: &str, owner: u64) -> Result<Option<String>> {
        let read = self.db.begin_read()?;
        if read.open_table(SESSIONS)?.get(cookie.as_bytes())?.is_none() {
            return Ok(None);
        }
        let table = read.open_table(ROWS)?;
        let stored = table.range((owner, 0)..(owner, u64::MAX))?.take(50);
        let stored = stored.collect::<Result<Vec<_>, _>>()?;
        let rows = stored
            .iter()
            .map(|(_, value)| serde_json::from_slice::<Row<'_>>(value.value()))
            .collect::<Result<Vec<_>, _>>()?;
        let page = self.pages.get_template("page.html")?.render(context! {
            firm => "Miller & Sons",
            title => "To-dos",
            me => "anna@example.com",
            parts => ["home", "files", "todos", "messages", "billing"],
            rows => Value::from(Serde(&rows)),
        })?;
        Ok(Some(page))
    }
}

#[handler]
async fn log_in(Data(app): Data<&App>) -> StatusCode {
    let (answer, answered) = oneshot::channel();
    if app.hashes.send(answer).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    match answered.await {
        Ok(true) => StatusCode::SEE_OTHER,
        Ok(false) | Err(_) => StatusCode::UNAUTHORIZED,
    }
}

#[handler]
async fn upload(body: Body, Data(app): Data<&App>) -> poem::Result<StatusCode> {
    let stored = store(body, &app.folder).await;
    stored.map_err(|why| poem::Error::from_string(why.to_string(), StatusCode::BAD_REQUEST))?;
    Ok(StatusCode::SEE_OTHER)
}

async fn store(body: Body, folder: &Path) -> Result<()> {
    let beside = folder.join("upload.partial");
    let mut file = tokio::fs::File::create(&beside).await?;
    file.set_max_buf_size(BLOCK);
    let (mut hash, mut block) = (Context::new(&SHA256), Vec::with_capacity(2 * BLOCK));
    let mut pieces = body.into_bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        hash.update(&piece);
        block.extend_from_slice(&piece);
        if block.len() >= BLOCK {
            file.write_all(&block).await?;
            block.clear();
        }
    }
    file.write_all(&block).await?;
    file.flush().await?;
    file.sync_all().await?;
    tokio::fs::rename(beside, folder.join(format!("{:?}", hash.finish()))).await?;
    Ok(())
}

/// One for each core, each with its own memory.
fn hash_threads() -> Result<mpsc::Sender<oneshot::Sender<bool>>, Error> {
    let (queue, jobs) = mpsc::channel::<oneshot::Sender<bool>>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..thread::available_parallelism()?.get() {
        let (jobs, mut hasher) = (jobs.clone(), Hasher::new()?);
        let next = move || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        thread::spawn(move || {
            while let Ok(answer) = next() {
                // Whoever asked may have left.
                let _ = answer.send(hasher.fits().unwrap_or(false));
            }
        });
    }
    Ok(queue)
}
