//! When something is due, in words, and how pressing that is.

use serde::Serialize;

use crate::values::{DateStyle, Day};

/// What is due within so many days is due soon.
const SOON: i32 = 7;

/// Where something stands in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressing {
    /// The day it was due is over.
    Overdue,
    /// It is due within a week.
    Soon,
    /// It is due after that, or at no time in particular.
    Later,
}

impl Pressing {
    /// By the days until it is due.
    #[must_use]
    pub const fn of(days: Option<i32>) -> Self {
        match days {
            Some(..=-1) => Self::Overdue,
            Some(0..=SOON) => Self::Soon,
            _ => Self::Later,
        }
    }

    /// As the list calls it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Overdue => "Overdue",
            Self::Soon => "Due soon",
            Self::Later => "Later",
        }
    }
}

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// "Due Mon 30 Nov".
    pub text: String,
    /// As the style sheet calls it.
    pub tone: &'static str,
    /// What is drawn beside it.
    pub icon: &'static str,
}

impl Due {
    /// Of something that still waits.
    #[must_use]
    pub fn of(due: Day, today: Day, style: DateStyle) -> Self {
        let day = due.short(today, style);
        let days = today.days_until(due);
        let text = match days {
            ..=-1 => format!("Overdue since {day}"),
            0 => "Due today".to_owned(),
            1 => "Due tomorrow".to_owned(),
            _ => format!("Due {day}"),
        };
        let (tone, icon) = match Pressing::of(Some(days)) {
            Pressing::Overdue => ("bad", "alert"),
            Pressing::Soon => ("warn", "clock"),
            Pressing::Later => ("quiet", "clock"),
        };
        Self { text, tone, icon }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_overdue_says_so_in_words() {
        let day = |text: &str| Day::parse(text).unwrap();
        let due = |text: &str| Due::of(day(text), day("2026-11-24"), DateStyle::DayFirst);
        assert_eq!(due("2026-11-23").text, "Overdue since Mon 23 Nov");
        assert_eq!(due("2026-11-23").tone, "bad");
        assert_eq!(due("2026-11-24").text, "Due today");
        assert_eq!(due("2026-11-25").text, "Due tomorrow");
        assert_eq!(
            (due("2026-12-01").text.as_str(), due("2026-12-01").tone),
            ("Due Tue 1 Dec", "warn")
        );
        assert_eq!(due("2026-12-02").tone, "quiet");
        assert_eq!(Pressing::of(None), Pressing::Later);
    }
}
