//! Settings › Backup: when backups are made and where to, for whom, what became of them, and the keys that they do not hold.

use std::time::Duration;

use poem::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use poem::{Response, handler};
use serde::Serialize;
use tokio::time::timeout;

use super::again;
use crate::backups::recovery;
use crate::error::{Error, Result};
use crate::http::flash::Flash;
use crate::http::forms::{Form, Typed};
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::backups::form::BackupForm;
use crate::model::backups::runs::{BackupRun, Cause, RunOutcome};
use crate::model::backups::target::TargetForm;
use crate::model::backups::{BackupSettings, Target};
use crate::model::staff::Role;
use crate::model::{Admin, MailFlow, Owner};
use crate::values::{Recipient, size};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get(HOME, backup_page)
        .post(HOME, save_plan)
        .post("/console/settings/backup/target", save_target)
        .post("/console/settings/backup/now", back_up_now)
        .post("/console/settings/backup/verify", verify_now)
        .post("/console/settings/backup/keys", download_keys)
}

const HOME: &str = "/console/settings/backup";
/// Runs that are listed.
const LISTED: usize = 40;
/// Of them those that are seen at once.
const AT_ONCE: usize = 5;
/// Most backups of a small firm are made in less; others are found in the list later.
const PATIENCE: Duration = Duration::from_secs(8);

/// The page.
#[derive(Serialize)]
struct BackupPage {
    form: Typed<BackupForm>,
    /// Where they go and who can read them, for Owners.
    target: Typed<TargetForm>,
    /// The same for those who cannot change it.
    facts: Vec<Fact>,
    /// Where backups go when nothing else was chosen.
    own_folder: String,
    /// The data was restored, and nobody has released the mails yet.
    held: bool,
    /// They lie beside the data: what takes the disk takes both.
    same_disk: bool,
    /// Travels without encryption, in the firm's own network.
    plain: bool,
    /// Whoever has a backup can read it.
    open: bool,
    has_secret: bool,
    /// When the next one is made.
    next: Option<When>,
    last: Option<When>,
    verified: Option<When>,
    /// What is being done.
    busy: Option<&'static str>,
    runs: Vec<RunShown>,
    /// Those before them.
    older: Vec<RunShown>,
    /// Whether the reader may say where backups go, and take the recovery keys along.
    owner: bool,
    keys_taken: Option<When>,
    can_verify: bool,
}

impl Page for BackupPage {
    const TEMPLATE: &'static str = "console/settings/backup.html";
    const SECTION: &'static str = "settings";
}

/// A line of a list of facts.
#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
}

impl Fact {
    /// Where backups go and who can read them.
    fn all(settings: &BackupSettings) -> Vec<Self> {
        let fact = |label, value: String| Self { label, value };
        let mut facts = match &settings.plan.target {
            Target::Folder(folder) => {
                let folder = folder.as_ref().unwrap_or(&settings.own_folder);
                vec![fact("Folder", folder.display().to_string())]
            }
            Target::Bucket(bucket) => vec![
                fact("Bucket", format!("{}/{}", bucket.name, bucket.prefix)),
                fact("Storage service", bucket.endpoint.to_string()),
            ],
        };
        let keys: Vec<&str> = settings.plan.recipients.iter().map(Recipient::as_str).collect();
        facts.push(match keys.is_empty() {
            true => fact("Who can read the backups", "Whoever has one".into()),
            false => fact("Who can read the backups", keys.join(", ")),
        });
        facts
    }
}

/// A backup in the list.
#[derive(Serialize)]
struct RunShown {
    tone: &'static str,
    icon: &'static str,
    title: &'static str,
    /// Name of the file, or what went wrong.
    about: String,
    facts: String,
    at: When,
    verified: Option<When>,
    /// Why it could not be restored; empty if it could, or nobody has tried.
    broken: String,
}

impl RunShown {
    fn of(run: &BackupRun, pages: &Pages<'_>) -> Self {
        let (tone, icon, title, about, facts) = match &run.outcome {
            RunOutcome::Made(made) => {
                let cause = match run.cause {
                    Cause::Schedule => "",
                    Cause::Asked(_) => ", asked for here",
                    Cause::Terminal => ", asked for at the machine",
                };
                let secret = if made.encrypted { ", encrypted" } else { "" };
                let blobs = match made.blobs {
                    0 => String::new(),
                    blobs => {
                        let files = if blobs == 1 { "file" } else { "files" };
                        format!(", {blobs} {files} of clients ({} new)", size(made.new_bytes))
                    }
                };
                let facts = format!("{}{secret}{blobs}{cause}", size(made.bytes));
                match run.removed {
                    None => ("good", "check", "Made", made.file.clone(), facts),
                    Some(_) => {
                        ("quiet", "dots", "Replaced by newer ones", made.file.clone(), facts)
                    }
                }
            }
            RunOutcome::Failed { why } => ("bad", "alert", "Failed", why.clone(), String::new()),
            RunOutcome::Missed { due } => {
                let about = format!(
                    "The server was not running when it was due, {}.",
                    pages.when(*due).full
                );
                ("warn", "clock", "Missed", about, String::new())
            }
        };
        let verified = run.verified.as_ref();
        Self {
            tone,
            icon,
            title,
            about,
            facts,
            at: pages.when(run.started),
            verified: verified.map(|seen| pages.when(seen.at)),
            broken: verified.and_then(|seen| seen.why.clone()).unwrap_or_default(),
        }
    }
}

impl BackupPage {
    fn new(
        admin: &Admin,
        pages: &Pages<'_>,
        settings: &BackupSettings,
        form: Typed<BackupForm>,
        target: Typed<TargetForm>,
    ) -> Result<Self> {
        let (plan, console, state) = (&settings.plan, admin.console(), admin.backup_state()?);
        let runs = admin.backup_runs(LISTED)?;
        let mut runs: Vec<RunShown> = runs.iter().map(|run| RunShown::of(run, pages)).collect();
        let older = runs.split_off(runs.len().min(AT_ONCE));
        let endpoint = match &plan.target {
            Target::Bucket(bucket) => Some(&bucket.endpoint),
            Target::Folder(_) => None,
        };
        let next = plan.next_time(console.now(), console.firm()?.zone.tz());
        let busy = admin.backups_busy().map(|busy| match busy.verifying {
            true => "The newest backup is being restored into a scratch folder.",
            false => "A backup is being made.",
        });
        Ok(Self {
            held: matches!(console.mail_flow()?, MailFlow::Held(_)),
            own_folder: settings.own_folder.display().to_string(),
            same_disk: plan.target == Target::Folder(None),
            plain: endpoint.is_some_and(|endpoint| !endpoint.is_https() && !endpoint.is_loopback()),
            open: plan.is_open(),
            has_secret: endpoint.is_some(),
            next: next.map(|at| pages.when(at)),
            last: state.newest.as_ref().map(|run| pages.when(run.started)),
            verified: state.verified.map(|at| pages.when(at)),
            busy,
            can_verify: state.newest.is_some_and(|run| run.can_verify()),
            runs,
            older,
            owner: console.me().role >= Role::Owner,
            keys_taken: plan.keys_taken.map(|at| pages.when(at)),
            facts: Fact::all(settings),
            form,
            target,
        })
    }
}

#[handler]
async fn backup_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let settings = admin.backup_settings()?;
    let (form, target) = (BackupForm::of(&settings.plan), TargetForm::of(&settings.plan));
    pages.show(&BackupPage::new(&admin, &pages, &settings, form.into(), target.into())?)
}

#[handler]
async fn save_plan(
    admin: Admin,
    pages: Pages<'_>,
    Form(form): Form<BackupForm>,
) -> Result<Response> {
    match admin.plan_backups(form.clone()).await {
        Ok(()) => {
            let said = match admin.backup_settings()?.plan.on {
                true => "The backups are planned. Make one now to see that it works.",
                false => "The settings are saved. No backup is made by itself.",
            };
            Ok(see_other(HOME).flash(said))
        }
        Err(error) => {
            let settings = admin.backup_settings()?;
            let form = again(form, error, |form| form.seen = settings.plan.edition())?;
            let target = TargetForm::of(&settings.plan).into();
            pages.again(&BackupPage::new(&admin, &pages, &settings, form, target)?)
        }
    }
}

#[handler]
async fn save_target(
    owner: Owner,
    admin: Admin,
    pages: Pages<'_>,
    Form(target): Form<TargetForm>,
) -> Result<Response> {
    match owner.place_backups(target.clone()).await {
        Ok(()) => Ok(see_other(HOME).flash("Saved. Back up now, to see that it works.")),
        Err(error) => {
            let settings = admin.backup_settings()?;
            let target = again(target, error, |form| form.seen = settings.plan.edition())?;
            let form = BackupForm::of(&settings.plan).into();
            pages.again(&BackupPage::new(&admin, &pages, &settings, form, target)?)
        }
    }
}

#[handler]
async fn back_up_now(admin: Admin) -> Result<Response> {
    if timeout(PATIENCE, admin.back_up_now()).await.is_err() {
        return Ok(see_other(HOME)
            .flash("The backup is being made. It stands in the list when it is done."));
    }
    let last = admin.backup_runs(1)?.pop();
    let said = match last.map(|run| run.outcome) {
        Some(RunOutcome::Made(made)) => {
            Flash::ok(format!("The backup is made: {}.", size(made.bytes)))
        }
        Some(RunOutcome::Failed { why }) => Flash::bad(format!("The backup failed. {why}")),
        _ => Flash::ok("The backup is being made. It stands in the list when it is done."),
    };
    Ok(see_other(HOME).flash(said))
}

#[handler]
async fn verify_now(admin: Admin) -> Result<Response> {
    if timeout(PATIENCE, admin.verify_backup_now()).await.is_err() {
        return Ok(see_other(HOME)
            .flash("The backup is being restored into a scratch folder. Look here again later."));
    }
    let newest = admin.backup_state()?.newest;
    let said = match newest.map(|run| run.verified) {
        None => Flash::bad("There is no backup yet. Make one first."),
        Some(None) => Flash::bad("The backup could not be tried. Try again in a moment."),
        Some(Some(seen)) => match seen.why {
            None => Flash::ok("The newest backup restores: every digest and every count is right."),
            Some(why) => Flash::bad(format!("The newest backup does not restore. {why}")),
        },
    };
    Ok(see_other(HOME).flash(said))
}

#[handler]
async fn download_keys(owner: Owner) -> Result<Response> {
    let keys = owner.take_recovery_keys().await?;
    let firm = owner.console().firm()?;
    let (name, text) = recovery::file(Some(firm.name.as_str()), &keys);
    if keys.is_empty() {
        return Err(Error::NotFound);
    }
    Ok(Response::builder()
        .header(CONTENT_TYPE, "application/json")
        .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
        .body(text.expose().clone()))
}
