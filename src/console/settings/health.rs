//! Settings › Health: the doctor's list. What can be seen in a moment is looked at for each page; the data and the DNS when
//! somebody asks.

use std::time::Duration;

use poem::{Response, handler};
use serde::Serialize;

use crate::doctor::{asked, examine, here, summary};
use crate::error::Result;
use crate::http::pages::{Page, Pages, When};
use crate::http::respond::{Answer, see_other};
use crate::http::routes::Routes;
use crate::model::{Admin, Check, CheckState, DnsRecord};

pub(super) fn routes() -> Routes {
    Routes::default().get(HOME, health_page).post("/console/settings/health/check", check_now)
}

const HOME: &str = "/console/settings/health";
/// To go through the data while a browser waits.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct HealthPage {
    summary: String,
    here: Vec<CheckShown>,
    /// Empty as long as nobody has asked.
    asked: Vec<CheckShown>,
    asked_at: Option<When>,
}

impl Page for HealthPage {
    const TEMPLATE: &'static str = "console/settings/health.html";
    const SECTION: &'static str = "settings";
}

/// One thing that was looked at.
#[derive(Serialize)]
struct CheckShown {
    tone: &'static str,
    icon: &'static str,
    word: &'static str,
    title: &'static str,
    found: String,
    todo: Option<String>,
    records: Vec<DnsRecord>,
}

impl CheckShown {
    fn of(check: Check) -> Self {
        let (tone, icon, word) = match check.state {
            CheckState::Ok => ("good", "check", "Well"),
            CheckState::Warn => ("warn", "info", "Look at it"),
            CheckState::Fail => ("bad", "alert", "Needs care"),
        };
        let Check { title, found, todo, records, .. } = check;
        Self { tone, icon, word, title, found, todo, records }
    }
}

fn shown(checks: Vec<Check>) -> Vec<CheckShown> {
    checks.into_iter().map(CheckShown::of).collect()
}

#[handler]
async fn health_page(admin: Admin, pages: Pages<'_>) -> Result<Response> {
    let (here, last) = (here(&admin.vitals()?), admin.last_checkup());
    let asked = asked(&here, last.as_deref());
    let all: Vec<Check> = here.iter().chain(&asked).cloned().collect();
    pages.show(&HealthPage {
        summary: summary(&all),
        here: shown(here),
        asked: shown(asked),
        asked_at: last.map(|last| pages.when(last.at)),
    })
}

#[handler]
async fn check_now(admin: Admin) -> Result<Response> {
    let checkup = examine(&admin.vitals()?, admin.data_check(), PATIENCE).await;
    let said = summary(&checkup.checks);
    admin.note_checkup(checkup);
    Ok(see_other(HOME).flash(said))
}
