//! Settings › E-mail: the firm's mail server, and a test that tells each step.

use poem::web::Query;
use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::confirm::Confirm;
use super::settings::again;
use super::settings::dkim::{DkimState, signer};
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages};
use crate::http::respond::{Answer, refused_there, see_other};
use crate::http::routes::Routes;
use crate::mail::probe::Probe;
use crate::mail::test_mail::{send_test, server};
use crate::model::{Admin, EmailForm, EmailSettings};
use crate::values::Email;

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(PATH, email_page)
        .post(PATH, save_email)
        .get("/console/settings/email/remove", remove_page)
        .post("/console/settings/email/remove", remove_email)
        .post("/console/settings/email/test", test_email)
}

const PATH: &str = "/console/settings/email";

/// What well-known providers want. The rest of the form stays as it is.
struct Preset {
    key: &'static str,
    label: &'static str,
    host: &'static str,
    security: &'static str,
    port: &'static str,
    /// What to know beside the fields.
    note: &'static str,
}

const PRESETS: [Preset; 5] = [
    Preset {
        key: "gmail",
        label: "Gmail",
        host: "smtp.gmail.com",
        security: "tls",
        port: "465",
        note: "Gmail wants a password made for this alone: in your Google account, under Security, make an app password. Your user name is your whole address.",
    },
    Preset {
        key: "microsoft",
        label: "Microsoft 365",
        host: "smtp.office365.com",
        security: "starttls",
        port: "587",
        note: "Microsoft takes a password only if authenticated SMTP is allowed for this mailbox, in the admin center. It takes about 30 mails a minute.",
    },
    Preset {
        key: "fastmail",
        label: "Fastmail",
        host: "smtp.fastmail.com",
        security: "tls",
        port: "465",
        note: "Fastmail wants a password made for this alone: under Settings, Privacy & Security, make an app password.",
    },
    Preset {
        key: "local",
        label: "Postfix on this machine",
        host: "localhost",
        security: "none",
        port: "25",
        note: "A mail server on this machine needs no encryption, no user name and no password.",
    },
    Preset {
        key: "other",
        label: "Another provider",
        host: "",
        security: "starttls",
        port: "587",
        note: "Look for “SMTP” or “outgoing mail” in your provider’s help: it names a server, a port and the kind of encryption.",
    },
];

/// The page.
#[derive(Serialize)]
struct EmailPage {
    form: Typed<EmailForm>,
    presets: Vec<PresetLink>,
    note: &'static str,
    /// Where the settings were given, if they cannot be changed here.
    locked: Option<String>,
    demo: bool,
    connected: bool,
    has_password: bool,
    /// How many mails wait, in words; none if no mail does or mails leave already.
    kept: Option<String>,
    /// Whether mails are signed.
    dkim: DkimState,
    /// To whom a test goes.
    test_to: Typed<TestForm>,
    test: Option<TestShown>,
}

impl Page for EmailPage {
    const TEMPLATE: &'static str = "console/settings/email.html";
    const SECTION: &'static str = "settings";
}

#[derive(Serialize)]
struct PresetLink {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct TestForm {
    to: String,
}

/// The report of a test.
#[derive(Serialize)]
struct TestShown {
    to: String,
    passed: bool,
    probe: Probe,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    preset: String,
}

impl EmailPage {
    fn of(admin: &Admin, settings: &EmailSettings, form: Typed<EmailForm>) -> Result<Self> {
        let kept = match settings.waiting {
            0 => None,
            1 => Some("1 mail waits".to_owned()),
            count if count > 1_000 => Some("More than 1,000 mails wait".to_owned()),
            count => Some(format!("{count} mails wait")),
        };
        let test_to = TestForm { to: admin.console().me().email.to_string() };
        Ok(Self {
            form,
            dkim: DkimState::of(admin)?,
            presets: preset_links(""),
            note: "",
            locked: settings.locked.clone(),
            demo: settings.demo,
            connected: settings.smtp.is_some(),
            has_password: settings.smtp.as_ref().is_some_and(|smtp| smtp.password.is_some()),
            kept: kept.filter(|_| settings.smtp.is_none()),
            test_to: test_to.into(),
            test: None,
        })
    }

    /// The page as the settings stand.
    fn stored(admin: &Admin) -> Result<Self> {
        let settings = admin.email_settings()?;
        Self::of(admin, &settings, EmailForm::of(&settings).into())
    }
}

fn preset_links(current: &str) -> Vec<PresetLink> {
    let link = |preset: &Preset| PresetLink {
        href: format!("{PATH}?preset={}", preset.key),
        label: preset.label,
        current: preset.key == current,
    };
    PRESETS.iter().map(link).collect()
}

#[handler]
async fn email_page(
    admin: Admin,
    pages: Pages<'_>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let mut page = EmailPage::stored(&admin)?;
    if let Some(preset) = PRESETS.iter().find(|preset| preset.key == asked.preset) {
        let form = &mut page.form.values;
        form.host = preset.host.into();
        form.security = preset.security.into();
        form.port = preset.port.into();
        if form.mail_from.is_empty() {
            form.mail_from = admin.console().me().email.to_string();
        }
        page.presets = preset_links(preset.key);
        page.note = preset.note;
    }
    pages.show(&page)
}

#[handler]
async fn save_email(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<EmailForm>,
) -> Result<Response> {
    match save(&admin, &form).await {
        Ok(()) => {
            let said = "The mail server is saved. Send a test to see that mails arrive.";
            Ok(see_other(PATH).flash(said))
        }
        Err(Error::Refused(why)) => Ok(see_other(PATH).flash(Flash::bad(why.into_owned()))),
        Err(error) => {
            let settings = admin.email_settings()?;
            let form = again(form, error, |form| form.seen = settings.edition())?;
            pages.again(&EmailPage::of(&admin, &settings, form)?)
        }
    }
}

/// What only the connection's own code can find wrong, such as a certificate, is found before anything is stored.
async fn save(admin: &Admin, form: &EmailForm) -> Result<()> {
    server(&*admin.console().firm()?, admin.read_email_form(form)?)?;
    admin.connect_mail(form.clone()).await
}

#[handler]
async fn remove_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let smtp = admin.email_settings()?.smtp.ok_or(Error::NotFound)?;
    pages.show(&Confirm {
        section: "settings",
        back: PATH.into(),
        path: format!("{PATH}/remove"),
        heading: "Remove the mail server?".into(),
        sentences: vec![format!(
            "Mails no longer leave through {}. They are kept in the outbox until there is a mail server again. Its \
             password is forgotten.",
            smtp.host
        )],
        label: "Remove mail server".into(),
    })
}

#[handler]
async fn remove_email(admin: Admin) -> Result<Response> {
    match admin.disconnect_mail().await {
        Ok(()) => {
            Ok(see_other(PATH).flash("The mail server is removed. Mails are kept in the outbox."))
        }
        Err(e) => refused_there(e, PATH),
    }
}

#[handler]
async fn test_email(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<TestForm>,
) -> Result<Response> {
    let mut page = EmailPage::stored(&admin)?;
    let to = match Email::parse(&form.to) {
        Ok(to) => to,
        Err(why) => {
            page.test_to = Typed::from(form).with(Error::field("to", why))?;
            return pages.again(&page);
        }
    };
    let smtp = match admin.mail_server() {
        Err(Error::Refused(why)) => {
            return Ok(see_other(PATH).flash(Flash::bad(why.into_owned())));
        }
        other => other?,
    };
    let (console, firm) = (admin.console(), admin.console().firm()?);
    let signer = signer(&admin)?;
    let probe = send_test(&firm, smtp, &to, signer.as_ref(), console.now()).await?;
    let passed = probe.passed();
    if passed {
        // What stood in the way is gone: the mails that wait need not wait for the next try.
        console.try_mail_now();
    }
    page.test = Some(TestShown { to: to.to_string(), passed, probe });
    page.test_to = form.into();
    pages.show(&page)
}
