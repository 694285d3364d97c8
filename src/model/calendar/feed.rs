//! A calendar as programs read it: iCalendar, RFC 5545, with the properties of RFC 7986.
//!
//! Days are civil: an entry has a date and no time, so that it stands on the same day wherever it is read.

use icalendar::{Component, Property, ValueType};
use jiff::Timestamp;
use ring::digest::{SHA256, digest};

use super::Feed;
use super::due::Due;
use crate::model::firm::Firm;
use crate::model::login::Who;
use crate::values::{Day, hex};

/// How often programs should ask: each hour, as ISO 8601 writes it.
const EACH_HOUR: &str = "PT1H";
/// The most octets of a line, without its end.
const LINE: usize = 75;

/// Writes what is due.
pub(super) fn write(firm: &Firm, who: Who, due: &[Due]) -> Feed {
    let mut calendar = icalendar::Calendar::empty();
    let name = match who {
        Who::Contact(_) => format!("To-do for {}", firm.name),
        Who::Staff(_) => format!("Requests of {}", firm.name),
    };
    for property in [
        Property::new("VERSION", "2.0"),
        Property::new("PRODID", "-//Anteroom//Anteroom//EN"),
        Property::new("CALSCALE", "GREGORIAN"),
        // The library does not know that a NAME is a text, which has to be escaped.
        Property::new("NAME", &name).append_parameter(ValueType::Text).done(),
        Property::new("X-WR-CALNAME", &name),
        Property::new("REFRESH-INTERVAL", EACH_HOUR).append_parameter(ValueType::Duration).done(),
        Property::new("X-PUBLISHED-TTL", EACH_HOUR),
    ] {
        calendar.append_property(property);
    }
    for due in due {
        calendar.push(event(firm, who, due));
    }
    let text = folded(&calendar.to_string());
    let tag = hex(&digest(&SHA256, text.as_bytes()).as_ref()[..16]);
    Feed { text, tag }
}

fn event(firm: &Firm, who: Who, due: &Due) -> icalendar::Event {
    let (request, url) = (&due.request, firm.public_url.join(&due.path));
    let summary = match &due.client {
        Some(client) => format!("{} ({client})", request.title),
        None => request.title.to_string(),
    };
    let mut about = match who {
        Who::Contact(_) => format!("{} asks for this.", firm.name),
        Who::Staff(_) => format!("{} asked for this.", request.by.name),
    };
    if !request.is_task() {
        about.push_str(&format!(" {} of {} done.", request.progress.done, request.progress.of));
    }
    about.push_str(&format!("\n{url}"));
    // Programs take an entry for a newer one only if this has grown.
    let sequence = request.changed.duration_since(request.made).as_secs().clamp(0, i32::MAX.into());
    let mut event = icalendar::Event::new();
    event
        .uid(&request.id.to_string())
        .add_property("DTSTAMP", utc(request.changed))
        .add_property("LAST-MODIFIED", utc(request.changed))
        .add_property("SEQUENCE", sequence.to_string())
        .append_property(date("DTSTART", due.day))
        // The day on which it is over already.
        .append_property(date("DTEND", due.day.plus_days(1)))
        .add_property("TRANSP", "TRANSPARENT") // nobody is busy because something is due
        .summary(&summary)
        .description(&about)
        .url(&url);
    event
}

fn date(key: &str, day: Day) -> Property {
    let day = day.date().strftime("%Y%m%d").to_string();
    Property::new(key, day).append_parameter(ValueType::Date).done()
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Folds lines anew: those that the library continues are an octet too long.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut used = 0;
        for c in line.chars() {
            if used + c.len_utf8() > LINE {
                out.push_str("\r\n ");
                used = 1;
            }
            out.push(c);
            used += c.len_utf8();
        }
        out.push_str("\r\n");
    }
    out
}
