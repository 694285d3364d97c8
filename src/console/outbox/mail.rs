//! One mail of the outbox, as its reader sees it and as it goes over the wire, without its secret links and codes.

use poem::http::HeaderValue;
use poem::http::header::CONTENT_SECURITY_POLICY;
use poem::web::{Path, Query};
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{Row, path_of};
use crate::console::lists::Tab;
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, html, refused_there, see_other};
use crate::http::routes::Routes;
use crate::mail::message::{Links, Rendered, Writer};
use crate::model::firm::Firm;
use crate::model::outbox::Mail;
use crate::model::{Console, Id, OpenMail};
use crate::values::Email;

/// The mail itself: its own inline styles, and nothing else. No script runs and nothing is loaded, whatever it holds.
const PAPER: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'self'",
);
/// The page around it: as every page, and it may show the mail in a frame.
const AROUND: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; frame-src 'self'; manifest-src 'self'",
);

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/console/outbox/:mail", mail_page)
        .get("/console/outbox/:mail/html", mail_html)
        .post("/console/outbox/:mail/resend", resend_mail)
        .post("/console/outbox/:mail/cancel", cancel_mail)
}

/// How the mail is shown.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    #[default]
    Html,
    Text,
    Source,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    show: Show,
}

/// A mail, opened.
#[derive(Serialize)]
struct MailPage {
    row: Row,
    from: String,
    reply_to: Option<String>,
    made: When,
    tabs: Vec<Tab>,
    /// The address of the HTML part, for a frame.
    frame: Option<String>,
    /// The text part, or the source.
    text: Option<String>,
    /// Whether a link or code was hidden in it.
    hidden: bool,
    /// Where a link of its invite can be copied.
    copy_link: Option<String>,
    /// Why it cannot be sent again.
    why_not: &'static str,
}

impl Page for MailPage {
    const TEMPLATE: &'static str = "console/outbox/mail.html";
    const SECTION: &'static str = "outbox";
}

/// A mail in words, its secrets hidden, and the address it leaves from.
struct Looked {
    open: OpenMail,
    rendered: Rendered,
    from: Email,
}

fn look(console: &Console, pages: &Pages<'_>, mail: Id<Mail>) -> Result<Looked> {
    let (open, firm) = (console.open_mail(mail)?, console.firm()?);
    let writer = Writer::new(pages.templates(), &firm);
    let rendered = writer.write(&open.mail.letter, open.sender.as_ref(), Links::Hidden)?;
    Ok(Looked { open, rendered, from: sender_of(&firm, console) })
}

/// The address mails leave from. Until there is one, that of whoever looks stands in.
fn sender_of(firm: &Firm, console: &Console) -> Email {
    firm.smtp.as_ref().map_or_else(|| console.me().email.clone(), |smtp| smtp.mail_from.clone())
}

#[handler]
async fn mail_page(
    console: Console,
    pages: Pages<'_>,
    Path(mail): Path<Id<Mail>>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let Looked { open, rendered, from } = look(&console, &pages, mail)?;
    let (firm, sender) = (console.firm()?, open.sender.as_ref());
    let writer = Writer::new(pages.templates(), &firm);
    let path = path_of(mail);
    let tab = |show: Show, query: &str, label: &'static str| {
        Tab::new(format!("{path}{query}"), label, asked.show == show)
    };
    let text = match asked.show {
        Show::Html => None,
        Show::Text => Some(rendered.wrapped_text()),
        Show::Source => {
            let draft = writer.draft(&open.mail, sender, &from, rendered.clone());
            Some(String::from_utf8_lossy(&draft.to_bytes()).replace("\r\n", "\n"))
        }
    };
    let page = MailPage {
        row: Row::of(&open.mail, open.idle, rendered.subject, &console.mail_flow()?, &pages),
        from: match firm.smtp {
            Some(_) => format!("{} <{from}>", writer.in_whose_name(sender)),
            None => writer.in_whose_name(sender),
        },
        reply_to: sender.map(|sender| sender.email.to_string()),
        made: pages.when(open.mail.made),
        tabs: vec![
            tab(Show::Html, "", "As its reader sees it"),
            tab(Show::Text, "?show=text", "Text"),
            tab(Show::Source, "?show=source", "Source"),
        ],
        frame: (asked.show == Show::Html).then(|| format!("{path}/html")),
        text,
        hidden: !open.mail.letter.links().is_empty(),
        copy_link: open.open_invite.map(|invite| format!("/console/invites/{invite}/link")),
        why_not: open.mail.resendable().err().filter(|_| !open.mail.waits()).unwrap_or_default(),
    };
    let mut response = pages.show(&page)?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, AROUND);
    Ok(response)
}

#[handler]
async fn mail_html(
    console: Console,
    pages: Pages<'_>,
    Path(mail): Path<Id<Mail>>,
) -> Result<Response> {
    let mut response = html(look(&console, &pages, mail)?.rendered.html);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, PAPER);
    Ok(response)
}

#[handler]
async fn resend_mail(console: Console, Path(mail): Path<Id<Mail>>) -> Result<Response> {
    match console.resend_mail(mail).await {
        Ok(()) => Ok(see_other("/console/outbox").flash("The mail is in the outbox again.")),
        Err(e) => refused_there(e, path_of(mail)),
    }
}

#[handler]
async fn cancel_mail(console: Console, Path(mail): Path<Id<Mail>>) -> Result<Response> {
    match console.cancel_mail(mail).await {
        Ok(()) => Ok(see_other("/console/outbox").flash("The mail was taken back.")),
        Err(e) => refused_there(e, path_of(mail)),
    }
}
