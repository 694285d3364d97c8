//! The whole site as one endpoint: the guard, the firm's first run, the routes.

use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;
use poem::{Endpoint, Request, Response};

use super::addresses::{Addresses, PublicOrigin};
use super::doors::{self, App, Opened};
use super::errors::{Audience, ErrorPage, ErrorPages, ErrorRequest};
use super::frame::Frame;
use super::guard::Guard;
use super::origin::Origin;
use super::pages::{Page, Pages, Templates};
use super::respond::{FROM_DIALOG, see_other, told};
use super::routes::Routes;
use super::traffic::Traffic;
use crate::error::{Error, Result};
use crate::model::Guest;
use crate::model::firm::Firm;

/// The site: these routes, for people who hold this outer door. `traffic` counts their answers.
pub fn site(
    guest: Guest,
    trusted_proxies: Arc<[IpNet]>,
    templates: Arc<Templates>,
    routes: Routes,
    traffic: Arc<Traffic>,
) -> impl Endpoint<Output = Response> + 'static {
    let app = App::new(guest.clone(), templates, trusted_proxies.clone());
    let pages = Arc::new(AppErrors { app: app.clone() });
    let routes = routes.into_route();
    let routed = FirstRun { guest: guest.clone(), app, next: routes };
    let told = guest.peeking();
    Guard::new(pages, public_origin(guest), trusted_proxies)
        .counting(traffic)
        .on_new_address(move |session| told.note_answered(session))
        .around(routed)
}

/// The firm's addresses as the guard compares them; parsed when the firm changes.
fn public_origin(guest: Guest) -> PublicOrigin {
    type Parsed = (Arc<Firm>, Option<Arc<Origin>>);
    let last: RwLock<Option<Parsed>> = RwLock::default();
    let public = move |guest: &Guest| {
        let firm = guest.firm().ok()?;
        if let Some((known, origin)) = &*last.read().unwrap_or_else(PoisonError::into_inner)
            && Arc::ptr_eq(known, &firm)
        {
            return origin.clone();
        }
        let origin = Origin::parse(firm.public_url.as_str()).map(Arc::new);
        *last.write().unwrap_or_else(PoisonError::into_inner) = Some((firm, origin.clone()));
        origin
    };
    Arc::new(move || {
        let former = guest.former_address();
        Addresses {
            public: public(&guest),
            former: former.and_then(|url| Origin::parse(url.as_str()).map(Arc::new)),
            insist: guest.is_https_proven(),
        }
    })
}

/// Before set-up, every page leads there.
struct FirstRun<E> {
    guest: Guest,
    app: App,
    next: E,
}

/// What answers before there is a firm.
const BEFORE_SETUP: [&str; 8] = [
    "/setup",
    "/healthz",
    "/livez",
    "/readyz",
    "/assets/",
    "/brand/",
    "/favicon.ico",
    "/robots.txt",
];

impl<E: Endpoint<Output = Response>> Endpoint for FirstRun<E> {
    type Output = Response;

    async fn call(&self, mut req: Request) -> poem::Result<Response> {
        let early = BEFORE_SETUP.iter().any(|path| req.uri().path().starts_with(path));
        if !early && !self.guest.has_firm()? {
            return Ok(see_other("/setup"));
        }
        req.set_data(self.app.clone());
        req.set_data(Opened::default());
        let from_dialog = req.header(FROM_DIALOG).is_some();
        let response = self.next.call(req).await?;
        Ok(if from_dialog { told(response) } else { response })
    }
}

/// Draws error pages in the frame of whoever asked.
struct AppErrors {
    app: App,
}

impl ErrorPages for AppErrors {
    fn error_page(&self, req: &ErrorRequest, page: &ErrorPage) -> Result<String> {
        let frame = match doors::frame_of(&self.app, req.audience(), req.uri.path(), req.session())
        {
            Ok(frame) => frame,
            Err(Error::SignIn | Error::NotFound) => None,
            Err(e) => return Err(e),
        };
        // Without its door nobody gets the navigation of an audience.
        let template = match frame {
            Some(_) => req.audience().template(),
            None => Audience::Guest.template(),
        };
        Pages::of_app(&self.app, None)?.draw(
            template,
            page,
            &frame.unwrap_or_else(Frame::guest),
            "",
            None,
        )
    }
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "guest/error.html";
}
