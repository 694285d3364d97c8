//! The form of Settings › Backup that says when backups are made and how many are kept, as typed.

use serde::{Deserialize, Serialize};

use super::{BackupPlan, Keep};
use crate::error::{Check, Result};
use crate::values::TimeOfDay;

/// More than ten years of days.
const MOST_KEPT: u16 = 4_000;

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct BackupForm {
    /// Ticked: they are made by themselves.
    pub on: String,
    /// "02:30".
    pub at: String,
    /// How many days are kept.
    pub daily: String,
    /// How many weeks.
    pub weekly: String,
    /// How many months.
    pub monthly: String,
    /// Ticked: the newest is restored once a month.
    pub verify: String,
    /// The [`BackupPlan::edition`] that was shown.
    pub seen: String,
}

/// A tick as browsers send it.
pub(super) fn tick(ticked: bool) -> String {
    if ticked { "on".into() } else { String::new() }
}

impl BackupForm {
    /// The form as the stored plan fills it in.
    #[must_use]
    pub fn of(plan: &BackupPlan) -> Self {
        Self {
            on: tick(plan.on),
            at: plan.at.to_string(),
            daily: plan.keep.daily.to_string(),
            weekly: plan.keep.weekly.to_string(),
            monthly: plan.keep.monthly.to_string(),
            verify: tick(plan.verify),
            seen: plan.edition(),
        }
    }

    /// The plan, or every field that is wrong. `stored` is the plan as it was: where backups go and who can read them stays.
    pub(super) fn read(&self, stored: &BackupPlan) -> Result<BackupPlan> {
        let mut check = Check::default();
        let at = check.take("at", TimeOfDay::parse(&self.at));
        let daily = check.take("daily", count(&self.daily));
        let weekly = check.take("weekly", count(&self.weekly));
        let monthly = check.take("monthly", count(&self.monthly));
        if (daily, weekly, monthly) == (Some(0), Some(0), Some(0)) {
            check.note("daily", "Keep at least one backup");
        }
        check.finish(|| {
            Some(BackupPlan {
                on: !self.on.is_empty(),
                at: at?,
                keep: Keep { daily: daily?, weekly: weekly?, monthly: monthly? },
                verify: !self.verify.is_empty(),
                ..stored.clone()
            })
        })
    }
}

fn count(typed: &str) -> Result<u16, &'static str> {
    typed
        .trim()
        .parse()
        .ok()
        .filter(|count| *count <= MOST_KEPT)
        .ok_or("Type a number from 0 to 4,000")
}
