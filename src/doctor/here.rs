//! What can be seen on this machine in a moment: disk, clock, certificate, addresses, mails, backups, permissions.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::model::backups::runs::Trouble;
use crate::model::tls::TlsWay;
use crate::model::{Check, MailFlow, Vitals};
use crate::values::{roughly, size};

/// Below so many bytes free, or a tenth of the disk, somebody should make room.
const LITTLE_ROOM: u64 = 1 << 30;
/// Below so many bytes free, soon nothing can be saved.
const NO_ROOM: u64 = 500 << 20;
/// Days before its end at which a certificate that was not renewed is more than something to look at.
const CERTIFICATE_SOON: i64 = 7;
/// A mail should have left by then.
const LONG: SignedDuration = SignedDuration::from_hours(1);
/// By then its reader misses it.
const TOO_LONG: SignedDuration = SignedDuration::from_hours(24);
/// A backup is made every day.
const BACKUP_OLD: SignedDuration = SignedDuration::from_hours(50);
/// And restored every month to see that it can be.
const VERIFIED_OLD: SignedDuration = SignedDuration::from_hours(45 * 24);

/// All of it, in the order in which it is shown.
#[must_use]
pub fn here(vitals: &Vitals) -> Vec<Check> {
    let mut checks = vec![
        disk(&vitals.data),
        permissions(&vitals.data),
        clock(vitals),
        address(vitals),
        certificate(vitals),
        mail(vitals),
    ];
    checks.extend(outbox(vitals));
    checks.extend(key(vitals));
    checks.extend(virus_scan(vitals));
    checks.push(files(vitals));
    checks.push(backups(vitals));
    checks.push(version(vitals));
    checks
}

fn disk(data: &Path) -> Check {
    const ID: &str = "disk";
    const TITLE: &str = "Room on the disk";
    const ROOM: &str = "Make room, or move the data folder to a larger disk.";
    match rustix::fs::statvfs(data) {
        Err(why) => Check::fail(
            ID,
            TITLE,
            format!("{} cannot be looked at ({why}).", data.display()),
            "See whether its disk is there.",
        ),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let all = disk.f_blocks.saturating_mul(disk.f_frsize);
            let found = format!("{} of {} are free.", size(free), size(all));
            match free {
                free if free < NO_ROOM => Check::fail(ID, TITLE, found, ROOM),
                free if free < LITTLE_ROOM || free < all / 10 => {
                    Check::warn(ID, TITLE, found, ROOM)
                }
                _ => Check::ok(ID, TITLE, found),
            }
        }
    }
}

/// What others of this machine could look into.
fn permissions(data: &Path) -> Check {
    const ID: &str = "permissions";
    const TITLE: &str = "Permissions";
    let keys = data.join("keys");
    let mut inside: Vec<PathBuf> = fs::read_dir(&keys)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    inside.sort();
    let all = [data.to_owned(), keys].into_iter().chain(inside);
    let open = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
    };
    let open: Vec<PathBuf> = all.filter(open).collect();
    let Some(first) = open.first() else {
        return Check::ok(
            ID,
            TITLE,
            "Nobody else on this machine can look into the data or the keys.",
        );
    };
    let found = format!("Others on this machine can look into {}.", first.display());
    let names: Vec<String> = open.iter().map(|path| path.display().to_string()).collect();
    let todo = format!("Run: chmod go= {}", names.join(" "));
    // Without the folder's own door open, nobody gets at a key.
    if open.len() > 1 && *first == data {
        Check::fail(ID, TITLE, found, todo)
    } else {
        Check::warn(ID, TITLE, found, todo)
    }
}

fn clock(vitals: &Vitals) -> Check {
    const ID: &str = "clock";
    const TITLE: &str = "Clock";
    const SET: &str = "Set the clock of this machine, best by a time service such as systemd-timesyncd or chrony.";
    if let Some(trouble) = vitals.clock {
        return Check::warn(ID, TITLE, trouble.to_string(), SET);
    }
    let facts = vitals.certificate.facts.as_ref();
    let foreign = facts.filter(|facts| !facts.self_signed);
    if foreign.is_some_and(|facts| vitals.now < facts.not_before) {
        let found = "It shows a time before the one at which the certificate was made.";
        return Check::fail(ID, TITLE, found, SET);
    }
    Check::ok(ID, TITLE, format!("It shows {}.", vitals.now.strftime("%Y-%m-%d %H:%M UTC")))
}

fn address(vitals: &Vitals) -> Check {
    const ID: &str = "address";
    const TITLE: &str = "Public address";
    let Some(firm) = &vitals.firm else {
        const DO_THIS: &str = "Open the set-up page, or run anteroom init.";
        return Check::warn(ID, TITLE, "No firm is set up here yet.", DO_THIS);
    };
    let url = &firm.public_url;
    let set = match &vitals.public_url_given {
        Some(source) => format!("Give another one with {source}."),
        None => "Set it in Settings › Address & TLS.".to_owned(),
    };
    if url.is_loopback() {
        return match firm.demo {
            true => Check::ok(ID, TITLE, format!("{url}, for a demonstration on this machine.")),
            false => Check::warn(
                ID,
                TITLE,
                format!("{url}: links in mails lead to this machine only."),
                set,
            ),
        };
    }
    if !url.is_https() {
        let found = format!("{url}: without https, passwords and files travel in the clear.");
        return Check::warn(ID, TITLE, found, set);
    }
    match url.is_private() {
        true => Check::ok(ID, TITLE, format!("{url}, for people in your own network.")),
        false => Check::ok(ID, TITLE, format!("{url}.")),
    }
}

fn certificate(vitals: &Vitals) -> Check {
    const ID: &str = "certificate";
    const TITLE: &str = "Certificate";
    let status = &vitals.certificate;
    if status.way == TlsWay::Off {
        let https = vitals.firm.as_ref().is_some_and(|firm| firm.public_url.is_https());
        return Check::ok(
            ID,
            TITLE,
            match https {
                true => "A proxy in front looks after it.",
                false => "None is used.",
            },
        );
    }
    let days = status.days_left;
    if let Some(warning) = &status.warning {
        const DO_THIS: &str =
            "Look at the last tries, and at what the authority said. Run anteroom tls check.";
        if status.closed.is_some() {
            return Check::fail(ID, TITLE, warning, "Free the port, or choose another.");
        }
        return match days.is_none_or(|days| days < CERTIFICATE_SOON) {
            true => Check::fail(ID, TITLE, warning, DO_THIS),
            false => Check::warn(ID, TITLE, warning, DO_THIS),
        };
    }
    match &status.facts {
        None => Check::ok(ID, TITLE, "It is on its way."),
        Some(facts) => {
            let day = facts.not_after.strftime("%Y-%m-%d");
            let days = days.unwrap_or_default();
            let unit = if days == 1 { "day" } else { "days" };
            Check::ok(ID, TITLE, format!("It holds until {day}, for {days} more {unit}."))
        }
    }
}

fn mail(vitals: &Vitals) -> Check {
    const ID: &str = "mail-server";
    const TITLE: &str = "Mail server";
    let host = vitals.firm.as_ref().and_then(|firm| firm.smtp.as_ref()).map(|smtp| &smtp.host);
    match (&vitals.mail, host) {
        (Some(MailFlow::Demo), _) => Check::ok(ID, TITLE, "A demonstration keeps its mails."),
        (Some(MailFlow::Leaves), Some(host)) => {
            Check::ok(ID, TITLE, format!("Mails leave through {host}."))
        }
        (Some(MailFlow::Held(_)), _) => Check::warn(
            ID,
            TITLE,
            "Since the restore of a backup mails are held back.",
            "Look through the outbox and release them.",
        ),
        (Some(MailFlow::Paused(paused)), _) => {
            let words = match paused.words.as_str() {
                "" => String::new(),
                words => format!(" “{words}”"),
            };
            let found = format!("{}{words}", paused.plain);
            Check::fail(ID, TITLE, found, "Send a test in Settings › E-mail: it tells each step.")
        }
        _ => Check::warn(
            ID,
            TITLE,
            "None is set: mails are kept in the outbox.",
            "Set one in Settings › E-mail.",
        ),
    }
}

/// Only where mails leave: otherwise it is no news that they wait.
fn outbox(vitals: &Vitals) -> Option<Check> {
    const ID: &str = "outbox";
    const TITLE: &str = "Outbox";
    let leaves = matches!(vitals.mail, Some(MailFlow::Leaves | MailFlow::Paused(_)));
    leaves.then(|| {
        let Some(oldest) = vitals.facts.oldest_mail else {
            return Check::ok(ID, TITLE, "No mail waits.");
        };
        let age = vitals.now.duration_since(oldest);
        let waiting = vitals.facts.mails_waiting;
        let mails =
            if waiting == 1 { "1 mail waits".to_owned() } else { format!("{waiting} mails wait") };
        let found = format!("{mails}, the oldest for {}.", roughly(age));
        const DO_THIS: &str = "Look into the outbox: it says what the mail server answered.";
        match age {
            age if age > TOO_LONG => Check::fail(ID, TITLE, found, DO_THIS),
            age if age > LONG => Check::warn(ID, TITLE, found, DO_THIS),
            _ => Check::ok(ID, TITLE, found),
        }
    })
}

/// A key that should sign and does not.
fn key(vitals: &Vitals) -> Option<Check> {
    let trouble = vitals.dkim.as_ref()?.trouble.as_ref()?;
    const DO_THIS: &str = "See to it in Settings › E-mail, under “Sign mails”.";
    Some(Check::fail("dkim-key", "Key of the mails", trouble, DO_THIS))
}

/// Only where files are scanned.
fn virus_scan(vitals: &Vitals) -> Option<Check> {
    const ID: &str = "virus-scan";
    const TITLE: &str = "Virus scan";
    let state = &vitals.scan;
    let scanner = state.scanner.as_ref()?;
    let waiting = match state.waiting {
        0 => None,
        1 => Some("1 file waits".to_owned()),
        count if count > 1_000 => Some("More than 1,000 files wait".to_owned()),
        count => Some(format!("{count} files wait")),
    };
    let age = state.oldest.map(|oldest| vitals.now.duration_since(oldest));
    let waiting =
        waiting.zip(age).map(|(files, age)| format!("{files}, the oldest for {}.", roughly(age)));
    if let Some(trouble) = &state.trouble {
        let found = waiting.unwrap_or_else(|| "No file waits.".into());
        return Some(Check::fail(ID, TITLE, found, &trouble.plain));
    }
    if let Some(waiting) = waiting.filter(|_| age > Some(LONG)) {
        const DO_THIS: &str = "Scan a test file in Settings › Files, and see whether clamd is busy with something large.";
        return Some(Check::warn(ID, TITLE, waiting, DO_THIS));
    }
    if state.unscanned > 0 {
        let files = if state.unscanned == 1 { "1 file is" } else { "Several files are" };
        let found = format!("{files} locked, because clamd could not look at them.");
        const DO_THIS: &str = "Raise StreamMaxLength in clamd.conf to what a file may have, restart clamd, then press “Scan again” in Settings › Files.";
        return Some(Check::warn(ID, TITLE, found, DO_THIS));
    }
    Some(Check::ok(ID, TITLE, format!("clamd at {scanner} looks at what comes in.")))
}

/// Whether what clients and the firm have added can be opened.
fn files(vitals: &Vitals) -> Check {
    const ID: &str = "files";
    const TITLE: &str = "Files";
    match (vitals.unreadable_clients, vitals.damaged_files) {
        (0, 0) => Check::ok(ID, TITLE, "The keys that open them are there."),
        (0, damaged) => {
            let files = if damaged == 1 { "1 file was" } else { &format!("{damaged} files were") };
            let found = format!("{files} found to be damaged since the server started.");
            const DO_THIS: &str = "Run anteroom check: it names them. Look after the disk, and bring them back from a backup.";
            Check::fail(ID, TITLE, found, DO_THIS)
        }
        (lost, _) => {
            let clients = if lost == 1 { "1 client" } else { &format!("{lost} clients") };
            let found = format!("Those of {clients} cannot be opened: the master key is missing.");
            const DO_THIS: &str = "Put back keys/master.key from the recovery keys or a backup, and start the server again.";
            Check::fail(ID, TITLE, found, DO_THIS)
        }
    }
}

fn backups(vitals: &Vitals) -> Check {
    const ID: &str = "backups";
    const TITLE: &str = "Backups";
    const SEE: &str = "See Settings › Backup.";
    let state = &vitals.backups;
    if vitals.firm.as_ref().is_none_or(|firm| firm.demo) {
        return Check::ok(ID, TITLE, "There is nothing yet that would be missed.");
    }
    match &state.trouble {
        Some((Trouble::Failed(why), _)) => {
            return Check::fail(ID, TITLE, format!("The last one failed. {why}"), SEE);
        }
        Some((Trouble::NotRestored(why), _)) => {
            return Check::fail(ID, TITLE, format!("The newest one does not restore. {why}"), SEE);
        }
        None => {}
    }
    if !state.on {
        const DO_THIS: &str = "Switch them on in Settings › Backup.";
        return Check::warn(ID, TITLE, "None is made by itself.", DO_THIS);
    }
    let Some(newest) = &state.newest else {
        const DO_THIS: &str = "Make one now in Settings › Backup, to see that it works.";
        return Check::warn(ID, TITLE, "They are planned, and none was made yet.", DO_THIS);
    };
    let old = |at: Timestamp, most| vitals.now.duration_since(at) > most;
    let ago = |at: Timestamp| format!("{} ago", roughly(vitals.now.duration_since(at)));
    if old(newest.started, BACKUP_OLD) {
        return Check::fail(
            ID,
            TITLE,
            format!("The last one was made {}.", ago(newest.started)),
            SEE,
        );
    }
    let made = format!("The last one was made {}", ago(newest.started));
    if state.without_keys {
        const DO_THIS: &str = "Have an Owner download them in Settings › Backup, and keep them apart from the backups.";
        let found = format!("{made}. It does not hold the keys, and nobody has downloaded those.");
        return Check::warn(ID, TITLE, found, DO_THIS);
    }
    match state.verified {
        Some(at) if !old(at, VERIFIED_OLD) => {
            Check::ok(ID, TITLE, format!("{made}; one was seen to restore {}.", ago(at)))
        }
        _ => {
            const DO_THIS: &str = "Verify it now in Settings › Backup.";
            Check::warn(ID, TITLE, format!("{made}, and none was seen to restore lately."), DO_THIS)
        }
    }
}

fn version(vitals: &Vitals) -> Check {
    let found =
        format!("Anteroom {}, data of schema {}.", env!("CARGO_PKG_VERSION"), vitals.schema);
    Check::ok("version", "Version", found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CheckState;

    #[test]
    fn a_key_that_others_can_read_is_found_and_the_command_against_it_is_right() {
        let data = tempfile::tempdir().unwrap();
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let (keys, link) = (data.path().join("keys"), data.path().join("keys/link.key"));
        fs::create_dir(&keys).unwrap();
        fs::File::create(&link).unwrap();
        mode(data.path(), 0o700);
        mode(&keys, 0o700);
        mode(&link, 0o600);
        assert_eq!(permissions(data.path()).state, CheckState::Ok);
        mode(&link, 0o640);
        let warned = permissions(data.path());
        assert_eq!(warned.state, CheckState::Warn);
        assert!(warned.found.ends_with("keys/link.key."), "{}", warned.found);
        mode(data.path(), 0o755);
        let failed = permissions(data.path());
        assert_eq!(failed.state, CheckState::Fail);
        let command = failed.todo.unwrap();
        let (_, command) = command.split_once(": ").unwrap();
        assert!(std::process::Command::new("sh").args(["-c", command]).status().unwrap().success());
        assert_eq!(permissions(data.path()).state, CheckState::Ok);
    }

    #[test]
    fn a_disk_that_is_not_there_fails() {
        assert_eq!(disk(Path::new("/nowhere/at/all")).state, CheckState::Fail);
        let here = tempfile::tempdir().unwrap();
        assert!(disk(here.path()).found.contains(" are free."));
    }
}
