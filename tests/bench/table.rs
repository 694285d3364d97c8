//! Figures beside their floors and limits, printed as one table.

use std::io::{self, Write};

use crate::Result;

/// What a figure is measured in, which decides how it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Microseconds of CPU for one answer. Printed first: they hold on a busy machine.
    Cpu,
    PerSecond,
    Millis,
    /// 10^6 bytes.
    Megabytes,
}

/// What a ratio, or a figure without a floor, has to reach.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
    /// Said for information.
    None,
}

#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

struct Row {
    cpu: bool,
    cells: [String; 6],
}

const HEAD: [&str; 6] = ["figure", "ours", "floor", "ratio", "limit", ""];

impl Table {
    /// A figure beside its floor, round by round. The limit is for the ratio.
    pub(crate) fn compare(
        &mut self,
        figure: &str,
        unit: Unit,
        ours: &[f64],
        floor: &[f64],
        limit: Limit,
    ) {
        let ratios: Vec<f64> = ours.iter().zip(floor).map(|(ours, floor)| ours / floor).collect();
        let ratio = median(&ratios);
        let (ours, floor) = (unit.text(median(ours)), unit.text(median(floor)));
        let bound = limit.text(|bound| format!("{bound:.2}"));
        let verdict = limit.verdict(ratio).into();
        self.row(figure, unit, [ours, floor, format!("{ratio:.2}"), bound, verdict]);
    }

    /// A figure that stands for itself. The limit is for the figure.
    pub(crate) fn absolute(&mut self, figure: &str, unit: Unit, ours: &[f64], limit: Limit) {
        let value = median(ours);
        let (bound, verdict) = (limit.text(|bound| unit.text(bound)), limit.verdict(value).into());
        self.row(figure, unit, [unit.text(value), "–".into(), "–".into(), bound, verdict]);
    }

    /// A group of figures that could not be taken.
    pub(crate) fn failed(&mut self, group: &str, why: &str) {
        let cells = [&format!("{group}: {why}"), "–", "–", "–", "–", "FAILED"].map(str::to_owned);
        self.rows.push(Row { cpu: false, cells });
    }

    fn row(&mut self, figure: &str, unit: Unit, [ours, floor, ratio, limit, verdict]: [String; 5]) {
        let cells = [figure.to_owned(), ours, floor, ratio, limit, verdict];
        self.rows.push(Row { cpu: unit == Unit::Cpu, cells });
    }

    /// CPU first, each kind in the order of measuring.
    pub(crate) fn print(&mut self) -> Result<()> {
        self.rows.sort_by_key(|row| !row.cpu);
        let head = HEAD.map(str::to_owned);
        let all = || std::iter::once(&head).chain(self.rows.iter().map(|row| &row.cells));
        let mut widths = [0; 6];
        for cells in all() {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut out = io::stdout().lock();
        writeln!(out)?;
        for cells in all() {
            // Figures stand to the left, numbers to the right.
            write!(out, "{:width$}", cells[0], width = widths[0])?;
            for (cell, width) in cells.iter().zip(widths).skip(1) {
                write!(out, "  {cell:>width$}")?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Unit {
    fn text(self, value: f64) -> String {
        match self {
            Self::Cpu => format!("{value:.1} µs"),
            Self::PerSecond => format!("{value:.0}/s"),
            Self::Millis => format!("{value:.2} ms"),
            Self::Megabytes => format!("{value:.1} MB"),
        }
    }
}

impl Limit {
    fn text(self, bound: impl FnOnce(f64) -> String) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", bound(most)),
            Self::AtLeast(least) => format!("≥ {}", bound(least)),
            Self::None => "–".into(),
        }
    }

    fn verdict(self, value: f64) -> &'static str {
        let held = match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
            Self::None => return "",
        };
        if held { "ok" } else { "MISSED" }
    }
}

/// The middle one: a round that something else disturbed does not count.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
