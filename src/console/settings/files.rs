//! Settings › Files: how large a file may be, the virus scan with a test of it, and what mails may say of files.

use poem::{Response, handler};
use serde::{Deserialize, Serialize};

use super::{SAVED, again};
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::Admin;
use crate::model::file_settings::FileForm;
use crate::model::scan::{ScanForm, ScanState};
use crate::scan::{Answer as Found, Failure, try_out};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, files_page)
        .post(HOME, save_limits)
        .post("/console/settings/files/scan", save_scan)
        .post("/console/settings/files/scan/test", test_scan)
        .post("/console/settings/files/scan/again", scan_again)
        .post("/console/settings/files/mails", save_mails)
}

const HOME: &str = "/console/settings/files";

/// What mails may say; an empty box is no tick.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
struct MailsForm {
    names: String,
}

/// What clamd said of the test file.
#[derive(Serialize)]
struct Test {
    passed: bool,
    title: &'static str,
    text: String,
}

/// How the scan stands.
#[derive(Serialize)]
struct ScanShown {
    on: bool,
    /// Why nothing is scanned at present, and since when.
    trouble: Option<(String, When)>,
    /// How many files wait, as a sentence; empty if none does.
    waiting: String,
    /// How many files are locked since they could not be scanned, as a sentence; empty if none is.
    unscanned: String,
}

impl ScanShown {
    fn of(state: ScanState, pages: &Pages<'_>) -> Self {
        let trouble = state.trouble.map(|trouble| (trouble.plain, pages.when(trouble.since)));
        let locked = "locked, because clamd could not look at";
        Self {
            on: state.scanner.is_some(),
            trouble,
            waiting: match state.waiting {
                0 => String::new(),
                1 => "1 file waits for the virus scan. Nobody can open it before.".into(),
                count => format!(
                    "{} wait for the virus scan. Nobody can open them before.",
                    files(count)
                ),
            },
            unscanned: match state.unscanned {
                0 => String::new(),
                1 => format!("1 file is {locked} it. Its own page says why."),
                count => format!("{} are {locked} them. Their own pages say why.", files(count)),
            },
        }
    }
}

fn files(count: usize) -> String {
    match count {
        1 => "1 file".to_owned(),
        count if count > 1_000 => "More than 1,000 files".to_owned(),
        count => format!("{count} files"),
    }
}

#[derive(Serialize)]
struct FilesPage {
    limits: Typed<FileForm>,
    scan: Typed<ScanForm>,
    mails: Typed<MailsForm>,
    state: ScanShown,
    test: Option<Test>,
}

impl Page for FilesPage {
    const TEMPLATE: &'static str = "console/settings/files.html";
    const SECTION: &'static str = "settings";
}

impl FilesPage {
    /// As the settings stand.
    fn stored(admin: &Admin, pages: &Pages<'_>) -> Result<Self> {
        let names = if admin.console().mails_name_files()? { "on".into() } else { String::new() };
        Ok(Self {
            limits: FileForm::of(&admin.file_settings()?).into(),
            scan: ScanForm::of(&admin.scan_settings()?).into(),
            mails: MailsForm { names }.into(),
            state: ScanShown::of(admin.scan_state()?, pages),
            test: None,
        })
    }
}

#[handler]
async fn files_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    pages.show(&FilesPage::stored(&admin, &pages)?)
}

#[handler]
async fn save_limits(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<FileForm>,
) -> Result<Response> {
    match admin.save_file_settings(form.clone()).await {
        Ok(()) => Ok(see_other(HOME).flash(SAVED)),
        Err(error) => {
            let stored = FilesPage::stored(&admin, &pages)?;
            let seen = stored.limits.values.seen.clone();
            let limits = again(form, error, |form| form.seen = seen)?;
            pages.again(&FilesPage { limits, ..stored })
        }
    }
}

#[handler]
async fn save_scan(admin: Admin, pages: Pages<'_>, Form(form): Form<ScanForm>) -> Result<Response> {
    match admin.save_scan_settings(form.clone()).await {
        Ok(0) => Ok(see_other(HOME).flash(SAVED)),
        Ok(count) => {
            let said = format!("{} let through that had not been scanned.", were(count));
            Ok(see_other(HOME).flash(said))
        }
        Err(error) => {
            let stored = FilesPage::stored(&admin, &pages)?;
            let seen = stored.scan.values.seen.clone();
            let scan = again(form, error, |form| form.seen = seen)?;
            pages.again(&FilesPage { scan, ..stored })
        }
    }
}

/// Tries the scanner that is typed, saved or not. Nothing changes.
#[handler]
async fn test_scan(admin: Admin, pages: Pages<'_>, Form(form): Form<ScanForm>) -> Result<Response> {
    let mut page = FilesPage::stored(&admin, &pages)?;
    let scanner = match form.scanner() {
        Ok(scanner) => scanner,
        Err(wrong) => {
            page.scan = Typed::from(form).with(wrong)?;
            return pages.again(&page);
        }
    };
    page.test = Some(match try_out(&scanner).await {
        Ok(answer) => judged(answer),
        Err(failure) => Test {
            passed: false,
            title: "The test file was not scanned.",
            text: match failure {
                Failure::Clamd(why) => why,
                Failure::Source(why) => return Err(Error::bug(why)),
            },
        },
    });
    page.scan = form.into();
    pages.show(&page)
}

/// What the answer to the test file means.
fn judged(answer: Found) -> Test {
    let failed = |text: String| Test { passed: false, title: "The test failed.", text };
    match answer {
        Found::Found(what) => Test {
            passed: true,
            title: "The virus scan works.",
            text: format!("clamd found the test file, and calls it {what}."),
        },
        Found::Clean => failed(
            "clamd answers, but does not know the test file that every scanner knows. Its virus database may be missing: see whether freshclam runs."
                .into(),
        ),
        Found::TooLarge => failed(
            "clamd takes not even the 68 bytes of the test file. Raise StreamMaxLength in clamd.conf, then restart clamd."
                .into(),
        ),
        Found::Failed(words) => failed(format!("clamd says “{words}”. See its log.")),
    }
}

#[handler]
async fn scan_again(admin: Admin) -> Result<Response> {
    let said = match admin.scan_again().await? {
        0 => Flash::ok("What waits is tried now."),
        1 => Flash::ok("1 file is scanned again."),
        count => Flash::ok(format!("{count} files are scanned again.")),
    };
    Ok(see_other(HOME).flash(said))
}

#[handler]
async fn save_mails(admin: Admin, Form(form): Form<MailsForm>) -> Result<Response> {
    admin.let_mails_name_files(!form.names.is_empty()).await?;
    Ok(see_other(HOME).flash(SAVED))
}

fn were(count: usize) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", files(count))
}
