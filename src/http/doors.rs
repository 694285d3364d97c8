//! Doors as parameters: a handler that asks for a [`Portal`] runs only for somebody who holds one.

use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use jiff::Timestamp;
use poem::http::header;
use poem::{FromRequest, Request, RequestBody};

use super::client_ip::ClientIp;
use super::cookies;
use super::errors::Audience;
use super::frame::Frame;
use super::pages::Templates;
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::firm::Firm;
use crate::model::{Admin, Console, Guest, Id, Owner, Person, Portal};

/// Sent with what an open page fetches by itself, so that it does not keep anybody logged in.
const LIVE: &str = "x-live";

/// What every request finds: the outer door, kept private so that no handler can reach past its own.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    guest: Guest,
    templates: Arc<Templates>,
    trusted_proxies: Arc<[IpNet]>,
}

impl App {
    /// Everything a request needs.
    #[must_use]
    pub fn new(guest: Guest, templates: Arc<Templates>, trusted_proxies: Arc<[IpNet]>) -> Self {
        Self(Arc::new(Parts { guest, templates, trusted_proxies }))
    }

    /// The app of a request.
    pub(super) fn of(req: &Request) -> Result<&Self> {
        req.data::<Self>().ok_or_else(|| Error::bug("this request came by no app"))
    }

    pub(super) fn templates(&self) -> &Templates {
        &self.0.templates
    }

    pub(super) fn firm(&self) -> Result<Arc<Firm>> {
        self.0.guest.firm()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.0.guest.now()
    }

    /// Whose forwarding headers are believed.
    pub(super) fn trusted_proxies(&self) -> &[IpNet] {
        &self.0.trusted_proxies
    }

    fn guest(&self, req: &Request) -> Guest {
        let guest = self.0.guest.at(ClientIp::of(req, &self.0.trusted_proxies).0);
        if req.header(LIVE).is_some() { guest.peeking() } else { guest }
    }
}

/// Filled in by the door that opened, so that the page around the answer need not open it again.
#[derive(Clone, Default)]
pub struct Opened(Arc<OnceLock<Frame>>);

impl Opened {
    pub(super) fn frame(req: &Request) -> Option<&Frame> {
        req.data::<Self>().and_then(|opened| opened.0.get())
    }

    fn note(req: &Request, frame: impl FnOnce() -> Result<Frame>) -> Result<()> {
        let Some(opened) = req.data::<Self>() else { return Ok(()) };
        if opened.0.get().is_none() {
            // Whoever came first has noted the same.
            let _ = opened.0.set(frame()?);
        }
        Ok(())
    }
}

/// The frame of an error page: that of the audience, for those who belong to it.
pub(super) fn frame_of(
    app: &App,
    audience: Audience,
    path: &str,
    cookie: Option<&str>,
) -> Result<Option<Frame>> {
    let (guest, Some(cookie)) = (&app.0.guest, cookie) else { return Ok(None) };
    match audience {
        Audience::Console => Frame::console(&guest.console(cookie)?).map(Some),
        Audience::Portal => {
            // Whoever only views a portal is told so on its error pages, too.
            let client = path.split('/').nth(2).and_then(|client| client.parse().ok());
            let portal = client.and_then(|client| guest.portal(cookie, client).ok());
            match portal.filter(Portal::viewed) {
                Some(portal) => Frame::portal(&portal).map(Some),
                None => Frame::person(&guest.person(cookie)?).map(Some),
            }
        }
        Audience::Guest => Ok(None),
    }
}

fn cookie(req: &Request) -> Result<&str> {
    cookies::session(req).ok_or(Error::SignIn)
}

/// A door whose answer is no page, such as a file: nothing is made ready to stand around it.
pub struct Bare<D>(pub D);

fn bare_console(req: &Request) -> Result<Console> {
    App::of(req)?.guest(req).console(cookie(req)?)
}

/// Opens the console's door.
fn console(req: &Request) -> Result<Console> {
    let console = bare_console(req)?;
    Opened::note(req, || Frame::console(&console))?;
    Ok(console)
}

/// Opens the person's door.
fn person(req: &Request) -> Result<Person> {
    let person = App::of(req)?.guest(req).person(cookie(req)?)?;
    Opened::note(req, || Frame::person(&person))?;
    Ok(person)
}

fn portal(req: &Request) -> Result<Portal> {
    let portal = bare_portal(req)?;
    Opened::note(req, || Frame::portal(&portal))?;
    Ok(portal)
}

fn bare_portal(req: &Request) -> Result<Portal> {
    open_portal(&App::of(req)?.guest(req), cookie(req)?, client_of(req))
}

fn client_of(req: &Request) -> Option<Id<Client>> {
    req.raw_path_param("client").and_then(|client| client.parse().ok())
}

fn open_portal(guest: &Guest, cookie: &str, client: Option<Id<Client>>) -> Result<Portal> {
    let Some(client) = client else {
        // Whoever is not logged in learns that first.
        return guest.person(cookie).and(Err(Error::NotFound));
    };
    guest.portal(cookie, client)
}

fn watching_portal(req: &Request) -> Result<Watching<Portal>> {
    let client = client_of(req);
    Watching::of(req, move |guest, cookie| open_portal(guest, cookie, client))
}

/// A door for a page that stays open, which is no use of the session. Whether it would open again is asked anew each time.
pub struct Watching<D> {
    /// As it was opened for this request.
    pub door: D,
    still: Box<dyn Fn() -> Option<D> + Send>,
}

impl<D: 'static> Watching<D> {
    fn of(
        req: &Request,
        open: impl Fn(&Guest, &str) -> Result<D> + Send + 'static,
    ) -> Result<Self> {
        let (guest, cookie) = (App::of(req)?.guest(req).peeking(), cookie(req)?.to_owned());
        let door = open(&guest, &cookie)?;
        Ok(Self { door, still: Box::new(move || open(&guest, &cookie).ok()) })
    }

    /// The door, and how to open it again; none for whoever has lost it.
    pub fn apart(self) -> (D, impl Fn() -> Option<D> + Send + 'static) {
        (self.door, self.still)
    }
}

macro_rules! parameter {
    ($($door:ty: $open:expr;)+) => {$(
        impl<'a> FromRequest<'a> for $door {
            async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
                let open: fn(&Request) -> Result<$door> = $open;
                Ok(open(req)?)
            }
        }
    )+};
}

parameter! {
    Guest: |req| Ok(App::of(req)?.guest(req));
    Console: console;
    Bare<Console>: |req| bare_console(req).map(Bare);
    Admin: |req| console(req)?.admin();
    Owner: |req| console(req)?.owner();
    Person: person;
    Portal: portal;
    Bare<Portal>: |req| bare_portal(req).map(Bare);
    Watching<Console>: |req| Watching::of(req, Guest::console);
    Watching<Portal>: watching_portal;
}

/// What a page before log-in may want to know of the request.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The session cookie, checked by nobody yet.
    pub cookie: Option<String>,
    /// The browser's own description.
    pub agent: String,
    /// Whether the browser runs on this very machine, without a proxy between.
    pub direct: bool,
}

impl<'a> FromRequest<'a> for Visit {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self {
            cookie: cookies::session(req).map(str::to_owned),
            agent: req.header(header::USER_AGENT).unwrap_or_default().to_owned(),
            direct: super::client_ip::came_directly(req),
        })
    }
}
