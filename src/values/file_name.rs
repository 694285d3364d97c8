//! What files and folders are called: in any script, and harmless on every system.
//!
//! A name that a browser sends with a file is tamed, for a person cannot mend it there; a name that somebody types is
//! checked like any other field.

use unicode_normalization::UnicodeNormalization;

use super::{grouped, has_hidden, is_hidden, is_joiner, plain_value, search, takes_joiner};

/// The most bytes of a name: what file systems take.
const MOST_BYTES: usize = 255;
/// The most bytes behind the last dot that are still taken for an extension.
const MOST_EXTENSION: usize = 12;
/// The most folders that a file can bring with it, each in the one before.
const MOST_FOLDERS: usize = 32;
/// What Windows takes for devices, whatever stands behind the first dot.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

macro_rules! name_of {
    ($(#[$doc:meta])* $name:ident, $what:literal, $otherwise:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        plain_value!($name);

        impl $name {
            /// The name as typed, without blanks and dots at its ends, or what to do about it.
            pub fn parse(typed: &str) -> Result<Self, String> {
                let name: String = typed.nfc().map(plain_space).collect();
                let name = name.trim_matches(is_edge);
                if has_hidden(name) {
                    return Err(concat!("The name has a line break or a hidden character in it. ",
                        "Type it again instead of pasting it").into());
                }
                if name.is_empty() {
                    return Err(concat!("Give the ", $what, " a name").into());
                }
                if let Some(sign) = name.chars().find(|&c| is_slash(c)) {
                    return Err(format!("A name cannot have {sign} in it. Use another sign there"));
                }
                if name.len() > MOST_BYTES {
                    let fit = name.chars().count() * MOST_BYTES / name.len();
                    return Err(format!("The name is too long. Shorten it to {} characters",
                        grouped(fit)));
                }
                Ok(Self(name.to_owned()))
            }

            /// As it is shown.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What names are ordered by: without case and accents, and "File 2" before "File 10". Two names can
            /// share it.
            pub fn sort_key(&self) -> String {
                let mut key = natural(self.stem());
                if !self.extension().is_empty() {
                    key.push('\0'); // "File" and its kinds before "File 2"
                    key.push_str(&search::sort_key(self.extension()));
                }
                key
            }

            /// The same for names that a file system without case takes for one.
            pub fn same_key(&self) -> String {
                self.0.nfc().flat_map(char::to_lowercase).nfc().collect()
            }

            /// The name with a number, for the second of two that would have the same: "Lease (2).pdf".
            #[must_use]
            pub fn numbered(&self, number: usize) -> Self {
                Self(fitted(self.stem(), &format!(" ({number})"), self.extension()))
            }

            /// The name with other signs for those that Windows does not allow, for the files of a zip.
            #[must_use]
            pub fn windows_safe(&self) -> Self {
                let allowed = |c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c };
                let name: String = self.0.chars().map(allowed).collect();
                let first = name.split('.').next().unwrap_or_default();
                if !is_device(first.trim_end()) {
                    return Self(name);
                }
                let (first, rest) = name.split_at(first.len());
                Self(format!("{}_{rest}", first.trim_end()))
            }

            /// Whatever it was, this is a name.
            fn tamed(part: &str) -> Self {
                let name = unhidden(part);
                let name = name.trim_matches(is_edge);
                if name.is_empty() {
                    return Self($otherwise.into());
                }
                let (stem, extension) = Self::halves(name);
                Self(fitted(stem, "", extension))
            }
        }
    };
}

name_of!(
    /// The name of a file, in Unicode's composed form (NFC): one line of at most 255 bytes, no part of a path, and
    /// no dots or blanks at its ends.
    FileName,
    "file",
    "file"
);
name_of!(
    /// The name of a folder. As of a file, but nothing of it is an extension.
    FolderName,
    "folder",
    "folder"
);

impl FileName {
    /// What a browser calls a file that is sent: its name, whatever path stands before it. Never fails.
    pub fn tame(from_browser: &str) -> Self {
        Self::tamed(from_browser.rsplit(is_slash).next().unwrap_or_default())
    }

    /// The folders that a dropped file stands in, from the outermost, and its name: `2026/VAT/a.pdf`. Never fails.
    /// Folders deeper than anybody makes are left out.
    pub fn tame_path(from_browser: &str) -> (Vec<FolderName>, Self) {
        let (folders, name) = from_browser.rsplit_once(is_slash).unwrap_or(("", from_browser));
        let named = |part: &&str| !unhidden(part).trim_matches(is_edge).is_empty();
        let folders = folders.split(is_slash).filter(named).map(FolderName::tamed);
        (folders.take(MOST_FOLDERS).collect(), Self::tame(name))
    }

    /// What stands behind the last dot, as written; empty where that is no extension.
    pub fn extension(&self) -> &str {
        Self::halves(&self.0).1
    }

    /// The same with another extension. As it is with none, or if it has that one, in whatever case.
    #[must_use]
    pub fn with_extension(&self, extension: &str) -> Self {
        if extension.is_empty() || self.extension().eq_ignore_ascii_case(extension) {
            return self.clone();
        }
        Self::tame(&format!("{}.{extension}", self.stem()))
    }

    /// The name without its extension and the dot before it.
    pub fn stem(&self) -> &str {
        Self::halves(&self.0).0
    }

    fn halves(name: &str) -> (&str, &str) {
        let plain = |end: &str| {
            end.len() <= MOST_EXTENSION && !end.is_empty() && end.chars().all(char::is_alphanumeric)
        };
        let halves =
            name.rsplit_once('.').filter(|(stem, _)| !stem.trim_matches(is_edge).is_empty());
        halves.filter(|(_, end)| plain(end)).unwrap_or((name, ""))
    }
}

impl FolderName {
    fn extension(&self) -> &'static str {
        Self::halves(&self.0).1
    }

    fn stem(&self) -> &str {
        Self::halves(&self.0).0
    }

    fn halves(name: &str) -> (&str, &'static str) {
        (name, "")
    }
}

/// What parts a path, on whatever system the browser runs.
fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\')
}

/// What no name begins or ends with: Windows drops it, and a dot before a name hides the file elsewhere.
fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

fn plain_space(c: char) -> char {
    if c == '\t' { ' ' } else { c }
}

fn is_device(name: &str) -> bool {
    let numbered = ["COM", "LPT"].iter().any(|port| {
        let rest = name.get(..port.len()).filter(|start| start.eq_ignore_ascii_case(port));
        let mut number = rest.map(|_| name[port.len()..].chars()).into_iter().flatten();
        let digit = number.next().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c));
        digit && number.next().is_none()
    });
    numbered || DEVICES.iter().any(|device| device.eq_ignore_ascii_case(name))
}

/// The text in its composed form without what breaks a line, turns its direction or cannot be seen.
fn unhidden(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.nfc().map(plain_space).peekable();
    let mut before = '\0';
    while let Some(c) = rest.next() {
        let joins = is_joiner(c)
            && takes_joiner(before)
            && rest.peek().is_some_and(|&after| takes_joiner(after));
        if !is_hidden(c) || joins {
            kept.push(c);
            before = c;
        }
    }
    // Without what stood between them, signs may belong together.
    kept.nfc().collect()
}

/// The three as one name, with as much of the stem as has room.
fn fitted(stem: &str, number: &str, extension: &str) -> String {
    let dot = if extension.is_empty() { "" } else { "." };
    let room = MOST_BYTES - number.len() - dot.len() - extension.len();
    let mut end = stem.len().min(room);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let cut = |c| is_edge(c) || is_joiner(c);
    let stem = if end < stem.len() { stem[..end].trim_end_matches(cut) } else { stem };
    format!("{stem}{number}{dot}{extension}")
}

/// The sort key with every number in front of which stands how long it is.
fn natural(text: &str) -> String {
    let plain = search::sort_key(text);
    let mut key = String::with_capacity(plain.len() + 8);
    let mut rest = plain.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (words, behind) = rest.split_at(at);
        let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let number = behind[..end].trim_start_matches('0');
        key.push_str(words);
        key.push_str(&format!("{:03}", number.len()));
        key.push_str(number);
        rest = &behind[end..];
    }
    key + rest
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn tame(name: &str) -> String {
        FileName::tame(name).into()
    }

    #[test]
    fn names_of_browsers_are_tamed() {
        for (sent, name) in [
            ("Lease.pdf", "Lease.pdf"),
            (r"C:\Users\ann\Lease  2026.pdf", "Lease  2026.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..", "file"),
            ("", "file"),
            ("a/", "file"),
            (" .profile. ", "profile"),
            ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\tb.txt", "a b.txt"),
            ("e\u{301}te\u{301}.pdf", "été.pdf"),
            ("e\u{200b}\u{301}.pdf", "é.pdf"),
            ("Überweisung „Miete“ 李小龍.pdf", "Überweisung „Miete“ 李小龍.pdf"),
            ("👩\u{200d}👩\u{200d}👧.png", "👩\u{200d}👩\u{200d}👧.png"),
            ("<img src=x onerror=alert(1)>.html", "<img src=x onerror=alert(1)>.html"),
        ] {
            assert_eq!(tame(sent), name, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let long = tame(&format!("{}.pdf", "ж".repeat(300)));
        assert!(long.len() <= 255 && long.len() > 250 && long.ends_with("ж.pdf"));
        assert_eq!(tame(&"a".repeat(300)).len(), 255);
        let numbered = FileName::tame(&long).numbered(12);
        assert!(numbered.as_str().len() <= 255 && numbered.as_str().ends_with("ж (12).pdf"));
    }

    #[test]
    fn a_typed_name_says_what_is_wrong_with_it() {
        let why = |typed: &str| FileName::parse(typed).unwrap_err();
        assert_eq!(why(" . "), "Give the file a name");
        assert_eq!(FolderName::parse("").unwrap_err(), "Give the folder a name");
        assert_eq!(why("a/b"), "A name cannot have / in it. Use another sign there");
        assert!(why("a\u{202e}b").contains("hidden character"));
        assert_eq!(why(&"ж".repeat(128)), "The name is too long. Shorten it to 127 characters");
        assert_eq!(FileName::parse(" 1/2".replace('/', "∕").as_str()).unwrap().as_str(), "1∕2");
    }

    #[test]
    fn a_name_has_a_stem_and_an_extension() {
        for (name, stem, extension) in [
            ("Lease.PDF", "Lease", "PDF"),
            ("Letter to Dr. Smith", "Letter to Dr. Smith", ""),
            ("a.tar.gz", "a.tar", "gz"),
            ("README", "README", ""),
            ("a.überlang-und-mehr", "a.überlang-und-mehr", ""),
        ] {
            let name = FileName::parse(name).unwrap();
            assert_eq!((name.stem(), name.extension()), (stem, extension));
        }
        let lease = FileName::parse("Lease.pdf").unwrap();
        assert_eq!(lease.numbered(2).as_str(), "Lease (2).pdf");
        assert_eq!(FolderName::parse("v1.0").unwrap().numbered(2).as_str(), "v1.0 (2)");
    }

    #[test]
    fn dropped_folders_come_with_the_file() {
        let path = |sent: &str| {
            let (folders, file) = FileName::tame_path(sent);
            (
                folders.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"),
                String::from(file),
            )
        };
        assert_eq!(path("2026/VAT/a.pdf"), ("2026|VAT".into(), "a.pdf".into()));
        assert_eq!(path("/../x/./.ssh//key"), ("x|ssh".into(), "key".into()));
        assert_eq!(path("a.pdf"), (String::new(), "a.pdf".into()));
        assert_eq!(FileName::tame_path(&"a/".repeat(1_000)).0.len(), MOST_FOLDERS);
    }

    #[test]
    fn names_are_ordered_as_people_count() {
        let mut names =
            ["File 10.pdf", "file 2.pdf", "Éa 1", "File.pdf", "File 02b.pdf", "10", "9"]
                .map(|name| FileName::parse(name).unwrap());
        names.sort_by_key(FileName::sort_key);
        let names = names.map(String::from);
        assert_eq!(
            names,
            ["9", "10", "Éa 1", "File.pdf", "file 2.pdf", "File 02b.pdf", "File 10.pdf"]
        );
    }

    #[test]
    fn a_zip_opens_on_windows() {
        for (name, safe) in [
            ("What? \"A:B\" <1|2>*.pdf", "What_ _A_B_ _1_2__.pdf"),
            ("con", "con_"),
            ("NUL.tar.gz", "NUL_.tar.gz"),
            ("aux .txt", "aux_.txt"),
            ("COM1.pdf", "COM1_.pdf"),
            ("lpt².pdf", "lpt²_.pdf"),
            ("COM10.pdf", "COM10.pdf"),
            ("Conrad.pdf", "Conrad.pdf"),
        ] {
            assert_eq!(FileName::parse(name).unwrap().windows_safe().as_str(), safe);
        }
    }

    #[test]
    fn one_name_in_another_spelling_is_the_same() {
        let same = |name: &str| FileName::tame(name).same_key();
        assert_eq!(same("ÉTÉ.PDF"), same("e\u{301}te\u{301}.pdf"));
        assert_ne!(same("ete.pdf"), same("été.pdf"));
    }

    proptest! {
        #[test]
        fn whatever_is_sent_becomes_a_name(sent in r"(?s)(.|[./\\ \t\u{200d}\u{301}\u{202e}👩ﬁK-]){0,300}") {
            let name = FileName::tame(&sent);
            prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
            prop_assert!(name.as_str().len() <= MOST_BYTES);
            for other in [name.numbered(2), name.windows_safe()] {
                prop_assert_eq!(FileName::parse(other.as_str()), Ok(other.clone()));
            }
            let (folders, file) = FileName::tame_path(&sent);
            prop_assert_eq!(file, name);
            for folder in folders {
                prop_assert_eq!(FolderName::parse(folder.as_str()), Ok(folder.clone()));
            }
        }

        #[test]
        fn numbers_are_ordered_by_what_they_are(one: u64, two: u64) {
            let key = |n: u64| FileName::tame(&format!("a{n}.pdf")).sort_key();
            prop_assert_eq!(key(one).cmp(&key(two)), one.cmp(&two));
        }
    }
}
