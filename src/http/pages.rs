//! Pages: a struct, its template, and the frame around it.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use poem::http::StatusCode;
use poem::{FromRequest, Request, RequestBody, Response};
use rust_embed::RustEmbed;
use serde::Serialize;

use super::arrival;
use super::assets::Assets;
use super::doors::{App, Opened};
use super::flash::{self, Flash};
use super::forms::Typed;
use super::frame::Frame;
use super::html;
use super::parts;
use super::respond;
use crate::error::{Error, Result};
use crate::model::firm::Firm;
use crate::values::{DateStyle, when};

/// A page: the name of its template, and exactly the data it needs.
pub trait Page: Serialize {
    /// Below `templates/`.
    const TEMPLATE: &'static str;
    /// Which item of the navigation is the current one.
    const SECTION: &'static str = "";
    /// The same, of a page that belongs to several of them.
    fn section(&self) -> &'static str {
        Self::SECTION
    }
}

#[derive(RustEmbed)]
#[folder = "templates"]
struct Sources;

/// The templates: embedded; in development read anew for each page.
pub struct Templates {
    ready: Environment<'static>,
    assets: String,
}

impl Templates {
    /// All templates, and where the assets lie.
    #[must_use]
    pub fn new(assets: &Assets) -> Self {
        Self { ready: environment(), assets: assets.base() }
    }

    /// Renders a template; also for mails, whose `.txt` parts are not escaped.
    pub fn render(&self, name: &str, context: minijinja::Value) -> Result<String> {
        if cfg!(debug_assertions) {
            return Ok(environment().get_template(name)?.render(context)?);
        }
        Ok(self.ready.get_template(name)?.render(context)?)
    }

    /// The names of all templates.
    pub fn names() -> impl Iterator<Item = Cow<'static, str>> {
        Sources::iter()
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".txt") { AutoEscape::None } else { AutoEscape::Html }
    });
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => {
            Ok(html::escaped(text).try_for_each(|piece| out.write_str(piece))?)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    parts::register(&mut environment);
    environment.set_loader(|name| {
        let source = Sources::get(name).map(|file| String::from_utf8(file.data.into_owned()));
        source.transpose().map_err(|_| {
            minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "a template is not UTF-8")
        })
    });
    environment
}

/// How the firm looks from outside.
#[derive(Serialize)]
struct FirmView {
    name: String,
    brand_css: String,
    logo: Option<String>,
    /// The firm can be put on a home screen; not before there is one.
    manifest: bool,
    /// For the script that puts times into the reader's zone.
    date_style: &'static str,
}

impl FirmView {
    fn of(firm: &Firm) -> Self {
        Self {
            name: firm.name.to_string(),
            brand_css: format!("/brand/{}.css", &firm.accent.hex()[1..]),
            logo: firm.logo.map(|logo| format!("/brand/{logo}.png")),
            manifest: true,
            date_style: firm.date_style.as_str(),
        }
    }

    /// Before set-up there is no firm: the product stands in with its own name.
    fn unnamed() -> Self {
        Self {
            name: "Anteroom".into(),
            brand_css: "/brand/2c6b57.css".into(),
            logo: None,
            manifest: false,
            date_style: DateStyle::MonthFirst.as_str(),
        }
    }
}

/// A time as a template shows it: `<time datetime=iso title=full>text</time>`.
#[derive(Clone, Debug, Serialize)]
pub struct When {
    /// "2 hours ago", "Nov 3".
    pub text: String,
    /// RFC 3339.
    pub iso: String,
    /// Date, time and zone in full.
    pub full: String,
}

/// Renders pages for one request.
pub struct Pages<'a> {
    app: &'a App,
    req: Option<&'a Request>,
    firm: Option<Arc<Firm>>,
    now: Timestamp,
    zone: TimeZone,
}

impl<'a> FromRequest<'a> for Pages<'a> {
    async fn from_request(req: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(Self::of(req)?)
    }
}

impl<'a> Pages<'a> {
    fn of(req: &'a Request) -> Result<Self> {
        Self::of_app(App::of(req)?, Some(req))
    }

    pub(super) fn of_app(app: &'a App, req: Option<&'a Request>) -> Result<Self> {
        let firm = match app.firm() {
            Ok(firm) => Some(firm),
            Err(Error::NotFound) => None,
            Err(e) => return Err(e),
        };
        let zone = firm.as_ref().map_or(TimeZone::UTC, |firm| firm.zone.tz().clone());
        Ok(Self { app, req, firm, now: app.now(), zone })
    }

    /// The page, 200.
    pub fn show<P: Page>(&self, page: &P) -> Result<Response> {
        let toast = self.req.and_then(Flash::of);
        let had_toast = toast.is_some();
        let mut response = respond::html(self.render(page, toast)?);
        if had_toast {
            flash::shown(&mut response);
        }
        Ok(response)
    }

    /// The page again with what was wrong with the form, 422.
    pub fn again<P: Page>(&self, page: &P) -> Result<Response> {
        Ok(respond::unprocessable(self.render(page, None)?))
    }

    /// The page with its form again after what went wrong: 422 with the wrong fields, or 429 with how long to wait.
    /// What was typed is still there. Any other error keeps travelling.
    pub fn refused<F, P: Page>(
        &self,
        form: F,
        error: Error,
        page: impl FnOnce(Typed<F>) -> Result<P>,
    ) -> Result<Response> {
        let Error::TooMany { again_in } = error else {
            return self.again(&page(Typed::from(form).with(error)?)?);
        };
        let wait = Error::field("form", error.to_string());
        let page = page(Typed::from(form).with(wait)?)?;
        Ok(respond::too_many(self.render(&page, None)?, again_in))
    }

    /// The page with another status: 410 for a link that has ended.
    pub fn show_as<P: Page>(&self, status: StatusCode, page: &P) -> Result<Response> {
        let mut response = self.show(page)?;
        response.set_status(status);
        Ok(response)
    }

    /// The page as text: for fragments.
    pub fn render<P: Page>(&self, page: &P, toast: Option<Flash>) -> Result<String> {
        match self.req.and_then(Opened::frame) {
            Some(frame) => self.draw(P::TEMPLATE, page, frame, page.section(), toast),
            None => self.draw(P::TEMPLATE, page, &Frame::guest(), page.section(), toast),
        }
    }

    pub(super) fn draw(
        &self,
        template: &str,
        page: &impl Serialize,
        frame: &Frame,
        section: &str,
        toast: Option<Flash>,
    ) -> Result<String> {
        let firm = self.firm.as_deref().map_or_else(FirmView::unnamed, FirmView::of);
        let nav = frame.nav_at(section);
        let arrived = match toast {
            Some(_) => None,
            None => self.req.and_then(|req| arrival::note(req, frame)),
        };
        let context = context! {
            page => Serde(page),
            firm => Serde(&firm),
            assets => &self.app.templates().assets,
            flash => Serde(&toast),
            me => Serde(&frame.me),
            nav => Serde(&nav),
            banners => Serde(&frame.banners),
            client => Serde(&frame.client),
            switcher => Serde(&frame.switcher),
            viewing => &frame.viewing,
            arrived => &arrived,
            now_year => self.this_year(),
        };
        self.app.templates().render(template, context)
    }

    /// The templates, for mails that are shown before they are sent.
    #[must_use]
    pub fn templates(&self) -> &Templates {
        self.app.templates()
    }

    /// The time this page is made at.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The year it is in the firm's zone.
    #[must_use]
    pub fn this_year(&self) -> i16 {
        self.now.to_zoned(self.zone.clone()).year()
    }

    /// The reader's words for times: the firm's zone and style.
    #[must_use]
    pub fn times(&self) -> when::When<'_> {
        let style = self.firm.as_ref().map_or(DateStyle::MonthFirst, |firm| firm.date_style);
        when::When { now: self.now, zone: &self.zone, style }
    }

    /// A time as the firm writes it.
    #[must_use]
    pub fn when(&self, at: Timestamp) -> When {
        let times = self.times();
        When { text: times.relative(at), iso: when::iso(at), full: times.full(at) }
    }

    /// An exact time as the firm writes it, with the firm's zone: when something ends for a reader who may be elsewhere.
    #[must_use]
    pub fn exact(&self, at: Timestamp) -> When {
        let times = self.times();
        When { text: times.exact(at), iso: when::iso(at), full: times.full(at) }
    }

    /// A day as the firm writes it: "December 8".
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        self.times().day(at)
    }
}
