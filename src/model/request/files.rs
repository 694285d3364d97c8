//! Files and requests: which kinds an item takes and what they are called, what becomes of a file that was sent for an item,
//! and who of those who are asked sees a file.

use jiff::Timestamp;

use super::answer::{check_open, open_item, set_answer};
use super::page::live_files;
use super::shown::shown_request;
use super::{Ask, Entry, HandedInFor, Request, Stage, Value, Whole};
use crate::error::{Error, Result};
use crate::model::client::Client;
use crate::model::db::{Records, Write};
use crate::model::file::{Audience, Author, Because, File, live_file, place};
use crate::model::firm::Firm;
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::portal::Viewer;
use crate::values::merge::REQUEST_FIELDS;
use crate::values::{Day, FileName, Media};

/// A kind of file that an item can take.
#[derive(Clone, Copy, Debug)]
pub struct FileKind {
    /// The ending that stands for it in an item.
    pub key: &'static str,
    /// As a list names it.
    pub label: &'static str,
    /// As a sentence names it.
    pub noun: &'static str,
    /// The endings of names that are of this kind, in small letters.
    pub endings: &'static [&'static str],
    /// What their content can be.
    media: &'static [Media],
}

/// The kinds that are offered. Any other ending stands for itself.
pub const FILE_KINDS: &[FileKind] = &[
    FileKind { key: "pdf", label: "PDF", noun: "PDF", endings: &["pdf"], media: &[Media::Pdf] },
    FileKind {
        key: "jpg",
        label: "Pictures",
        noun: "picture",
        endings: &["jpg", "jpeg", "png", "heic", "heif", "webp", "gif", "tif", "tiff", "bmp"],
        media: &[
            Media::Jpeg,
            Media::Png,
            Media::Picture,
            Media::Webp,
            Media::Gif,
            Media::Tiff,
            Media::Bmp,
        ],
    },
    FileKind {
        key: "docx",
        label: "Documents",
        noun: "document",
        endings: &["docx", "doc", "odt", "rtf", "txt"],
        media: &[Media::Word, Media::WordOld, Media::OpenText, Media::RichText, Media::Text],
    },
    FileKind {
        key: "xlsx",
        label: "Spreadsheets",
        noun: "spreadsheet",
        endings: &["xlsx", "xls", "ods", "csv", "tsv"],
        media: &[Media::Excel, Media::ExcelOld, Media::OpenTable, Media::Csv, Media::Text],
    },
    FileKind {
        key: "zip",
        label: "Zip archives",
        noun: "zip archive",
        endings: &["zip"],
        media: &[Media::Zip],
    },
    FileKind {
        key: "xml",
        label: "Data (XML)",
        noun: "XML file",
        endings: &["xml"],
        media: &[Media::Xml, Media::Text],
    },
];

impl FileKind {
    fn find(key: &str) -> Option<&'static Self> {
        FILE_KINDS.iter().find(|kind| kind.key == key)
    }
}

/// Refuses what is no ending.
pub fn check_kinds(kinds: &[String]) -> Result<(), String> {
    let plain = |kind: &&String| {
        let letters = kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        kind.is_empty() || kind.len() > 10 || !letters
    };
    match kinds.iter().find(plain) {
        Some(odd) => Err(format!("“{odd}” is no ending of a file. Write it like pdf or xlsx")),
        None if kinds.len() > 20 => Err("Give at most 20 kinds".into()),
        None => Ok(()),
    }
}

/// Which kinds an item takes, in words: "PDF or picture"; empty for all.
#[must_use]
pub fn kinds_text(kinds: &[String]) -> String {
    let noun = |kind: &String| {
        FileKind::find(kind).map_or_else(|| format!(".{kind}"), |kind| kind.noun.to_owned())
    };
    let nouns: Vec<String> = kinds.iter().map(noun).collect();
    match nouns.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The same for a file field of a page: ".pdf,.jpg".
pub(super) fn accepted_endings(kinds: &[String]) -> String {
    let dotted = |ending: &str| format!(".{ending}");
    let all = kinds.iter().flat_map(|kind| match FileKind::find(kind) {
        Some(kind) => kind.endings.iter().map(|ending| dotted(ending)).collect(),
        None => vec![dotted(kind)],
    });
    all.collect::<Vec<_>>().join(",")
}

/// The fields that a name of files can have, besides those of the request: they are filled in when a file comes. `original` is
/// what the contact called it, without its ending, which is kept in any case; `number` counts the files of the item; `date` is
/// the day on which it came.
pub const NAME_FIELDS: [&str; 5] = ["client.name", "item", "date", "original", "number"];

/// Refuses fields that do not exist.
pub fn check_name_pattern(pattern: &str) -> Result<(), String> {
    let mut odd = None;
    fill(pattern, |name| {
        let known = NAME_FIELDS.contains(&name) || REQUEST_FIELDS.contains(&name);
        if !known {
            odd.get_or_insert_with(|| name.to_owned());
        }
        None
    });
    let Some(odd) = odd else { return Ok(()) };
    let fields: Vec<String> = NAME_FIELDS.iter().map(|field| format!("{{{{{field}}}}}")).collect();
    Err(format!("There is no field {{{{{odd}}}}} here. A name can have {}", fields.join(", ")))
}

/// The text with what `value` says for each field in double braces; a field of which it says nothing stays.
fn fill(text: &str, mut value: impl FnMut(&str) -> Option<String>) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, after)) = behind.split_once("}}") else {
            filled.push_str("{{");
            rest = behind;
            continue;
        };
        match value(name.trim()) {
            Some(value) => filled.push_str(&value),
            None => filled.extend(["{{", name, "}}"]),
        }
        rest = after;
    }
    filled + rest
}

/// A file that comes for an item, or for a comment.
pub(in crate::model) struct Coming<'a> {
    /// Who sends it.
    pub viewer: &'a Viewer,
    /// What it is for.
    pub of: HandedInFor,
    /// What they call it.
    pub name: &'a FileName,
    /// What its content is, once that is known.
    pub media: Option<Media>,
    /// When it comes.
    pub at: Timestamp,
}

/// What a request makes of a file that comes for it.
pub(in crate::model) struct Landing {
    whole: Whole,
    of: HandedInFor,
    /// Where it is put.
    pub folder: Option<Folder>,
    /// What it is called.
    pub name: FileName,
    /// Who sees it.
    pub audience: Audience,
}

impl Coming<'_> {
    /// Where the file goes, or a sentence why it does not count.
    pub(in crate::model) fn landing(&self, r: &impl Records, firm: &Firm) -> Result<Landing> {
        let request = shown_request(r, self.viewer, self.of.request)?;
        let whole = Whole::of(r, request)?;
        let audience = whole.request.audience.clone();
        let (folder, name) = match self.of.item {
            Some(number) => {
                check_open(&whole.request.stage, firm)?;
                let entry = open_item(&whole, number, firm)?;
                self.in_item(r, &whole, entry, Day::at(self.at, firm.zone.tz()))?
            }
            None if matches!(whole.request.stage, Stage::Withdrawn { .. }) => {
                check_open(&whole.request.stage, firm)?;
                return Err(Error::NotFound);
            }
            None => (None, self.name.clone()),
        };
        Ok(Landing { whole, of: self.of, folder, name, audience })
    }

    fn in_item(
        &self,
        r: &impl Records,
        whole: &Whole,
        entry: &Entry,
        day: Day,
    ) -> Result<(Option<Folder>, FileName)> {
        let title = &entry.item.title;
        let Ask::Upload { most, kinds, folder, name } = &entry.item.ask else {
            return Err(Error::refused(format!("“{title}” takes no files any more.")));
        };
        self.check_kind(kinds, title.as_str())?;
        let live = live_files(r, entry)?;
        if live.len() >= usize::from(*most) {
            let files = if *most == 1 { "file" } else { "files" };
            return Err(Error::refused(format!(
                "“{title}” takes {most} {files}, and that many are there. Remove one first."
            )));
        }
        let client: Client = r.need(whole.request.client)?;
        // The folder may be gone meanwhile.
        let folder = match place(r, client.id, *folder) {
            Err(Error::NotFound) => None,
            found => found?,
        };
        let named = name.as_ref().map_or_else(
            || self.name.clone(),
            |pattern| {
                let text = fill(pattern.as_str(), |field| {
                    Some(match field {
                        "client.name" => client.name.to_string(),
                        "item" => title.to_string(),
                        "date" => day.to_string(),
                        "original" => self.name.stem().to_owned(),
                        "number" => (entry.files().len() + 1).to_string(),
                        _ => return None,
                    })
                });
                with_ending(&text, self.name)
            },
        );
        Ok((folder, unlike(named, &live)))
    }

    /// Refuses other kinds than the item takes: by the name, and by the content once that is there.
    fn check_kind(&self, kinds: &[String], title: &str) -> Result<()> {
        let ending = self.name.extension().to_lowercase();
        let of = |kind: &&String| match FileKind::find(kind) {
            Some(kind) => kind.endings.contains(&ending.as_str()),
            None => **kind == ending,
        };
        if kinds.is_empty() {
            return Ok(());
        }
        let takes = kinds_text(kinds);
        let Some(kind) = kinds.iter().find(of) else {
            return Err(Error::refused(format!(
                "“{}” is another kind of file than “{title}” takes: {takes}.",
                self.name
            )));
        };
        let right = |media| FileKind::find(kind).is_none_or(|kind| kind.media.contains(&media));
        match self.media.filter(|media| !right(*media)) {
            Some(media) => Err(Error::refused(format!(
                "“{}” is not what its name says, but this: {}. “{title}” takes: {takes}.",
                self.name,
                media.what()
            ))),
            None => Ok(()),
        }
    }
}

/// A name made of a pattern, with the ending of what came.
fn with_ending(text: &str, original: &FileName) -> FileName {
    let text = text.replace(['/', '\\'], "-");
    let text = text.trim();
    match (text.is_empty(), original.extension()) {
        (true, _) => original.clone(),
        (false, "") => FileName::tame(text),
        (false, ending) => FileName::tame(&format!("{text}.{ending}")),
    }
}

/// A name that no other file of the answer has.
fn unlike(name: FileName, others: &[File]) -> FileName {
    let taken = |name: &FileName| others.iter().any(|file| file.name.same_key() == name.same_key());
    if !taken(&name) {
        return name;
    }
    let mut numbered = (2..).map(|number| name.numbered(number));
    numbered.find(|name| !taken(name)).expect("there are fewer files than numbers")
}

impl Landing {
    /// Why those who are asked see the file.
    pub(in crate::model) fn because(&self, tx: &Write<'_, '_>, by: &Author) -> Because {
        Because::Request { title: self.whole.request.title.clone(), by: by.clone(), at: tx.now() }
    }

    /// The request in words, for the activity.
    pub(in crate::model) fn title(&self) -> String {
        self.whole.request.title.to_string()
    }

    /// Puts the file, which is stored, into the answer. One for a comment goes into none.
    pub(in crate::model) fn fill(
        mut self,
        tx: &mut Write<'_, '_>,
        file: Id<File>,
        by: &Author,
    ) -> Result<()> {
        let Some(number) = self.of.item else { return Ok(()) };
        let entry = self.whole.sheet.entry(number).ok_or(Error::NotFound)?;
        let files = [entry.files(), &[file]].concat();
        set_answer(tx, &mut self.whole, number, Some(Value::Files(files)), by)?;
        self.whole.put(tx)
    }
}

/// Shows a file of the client to all who are asked; whoever else sees it goes on seeing it. Nobody is told of it by itself:
/// what it belongs to is told. Says whether that is another than before.
pub(in crate::model) fn show_to_asked(
    tx: &mut Write<'_, '_>,
    request: &Request,
    file: Id<File>,
    by: &Author,
) -> Result<bool> {
    let mut file = live_file(tx, request.client, file)?;
    let audience = joined(&file.audience, &request.audience);
    if audience == file.audience {
        return Ok(false);
    }
    let title = request.title.clone();
    file.because = Because::Request { title, by: by.clone(), at: tx.now() };
    file.audience = audience;
    tx.put(&file)?;
    Ok(true)
}

/// Whoever is of one audience or the other.
pub(super) fn joined(one: &Audience, other: &Audience) -> Audience {
    match (one, other) {
        (Audience::Everyone, _) | (_, Audience::Everyone) => Audience::Everyone,
        (one, Audience::Firm) => one.clone(),
        (Audience::Firm, other) => other.clone(),
        (Audience::Named(one), Audience::Named(other)) => {
            let mut both = [one.as_slice(), other].concat();
            both.sort_unstable();
            both.dedup();
            Audience::Named(both)
        }
    }
}
