//! The text format of Prometheus, version 0.0.4: families of samples, each with a line of help and its kind.
//!
//! Written here: what writes `OpenMetrics` gives counters another name than their help, and `promtool check metrics` then
//! finds samples without a help text.

use std::fmt::{Display, Write};

/// A page under way.
#[derive(Default)]
pub(super) struct Text {
    page: String,
    /// The family that was begun last.
    name: &'static str,
}

impl Text {
    /// Begins a family of numbers that go up and down.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) {
        self.begin(name, "gauge", help);
    }

    /// Begins a family of numbers that only grow.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) {
        self.begin(name, "counter", help);
    }

    /// Begins a family of histograms.
    pub(super) fn histogram(&mut self, name: &'static str, help: &str) {
        self.begin(name, "histogram", help);
    }

    fn begin(&mut self, name: &'static str, kind: &str, help: &str) {
        self.name = name;
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    /// One number of the family.
    pub(super) fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let name = self.name;
        self.line(format_args!("{name}{} {value}", Labels(labels)));
    }

    /// One histogram of the family: how many there were up to each bound, in all, and the sum.
    pub(super) fn buckets(
        &mut self,
        label: (&str, &str),
        up_to: impl Iterator<Item = (f64, u64)>,
        count: u64,
        sum: f64,
    ) {
        let name = self.name;
        for (bound, count) in up_to {
            let bound = bound.to_string();
            let labels = Labels(&[label, ("le", &bound)]);
            self.line(format_args!("{name}_bucket{labels} {count}"));
        }
        self.line(format_args!("{name}_bucket{} {count}", Labels(&[label, ("le", "+Inf")])));
        self.line(format_args!("{name}_sum{} {sum}", Labels(&[label])));
        self.line(format_args!("{name}_count{} {count}", Labels(&[label])));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.page, "{line}").expect("a string takes any text");
    }

    /// The page.
    pub(super) fn into_string(self) -> String {
        self.page
    }
}

struct Labels<'a>(&'a [(&'a str, &'a str)]);

impl Display for Labels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            f.write_char(if at == 0 { '{' } else { ',' })?;
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            write!(f, "{name}=\"{value}\"")?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_char('}') }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_as_the_format_says() {
        let mut text = Text::default();
        text.counter("things_total", "Things.");
        text.sample(&[("kind", "a\"b\\c\nd")], 3);
        text.histogram("wait_seconds", "Waits.");
        text.buckets(("who", "x"), [(0.5, 1)].into_iter(), 2, 1.25);
        text.gauge("plain", "One.");
        text.sample(&[], 1.5);
        let page = "# HELP things_total Things.\n# TYPE things_total counter\n\
                    things_total{kind=\"a\\\"b\\\\c\\nd\"} 3\n\
                    # HELP wait_seconds Waits.\n# TYPE wait_seconds histogram\n\
                    wait_seconds_bucket{who=\"x\",le=\"0.5\"} 1\n\
                    wait_seconds_bucket{who=\"x\",le=\"+Inf\"} 2\n\
                    wait_seconds_sum{who=\"x\"} 1.25\nwait_seconds_count{who=\"x\"} 2\n\
                    # HELP plain One.\n# TYPE plain gauge\nplain 1.5\n";
        assert_eq!(text.into_string(), page);
    }
}
