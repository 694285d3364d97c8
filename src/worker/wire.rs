//! What the server asks a worker, and what the worker answers: a line of JSON each, and the bytes it speaks of behind it.

use serde::{Deserialize, Serialize};

/// The longest first line that either side reads.
pub(super) const LONGEST_LINE: u64 = 4 * 1024;
/// Most bytes of a document that is looked at as a whole.
const MOST_WHOLE: u64 = 100 << 20;
/// Most bytes of a text that are looked at.
const MOST_TEXT: u64 = 64 << 10;
/// Most bytes of a CSV file that are looked at.
const MOST_ROWS: u64 = 1 << 20;
/// Most bytes of an answer: a page of scanned noise is smaller.
pub(super) const MOST_ANSWERED: u64 = 12 << 20;
/// Widest and tallest image that a worker makes, in pixels.
pub(super) const MOST_SIDE: u32 = 8_000;
/// Most pages a PDF is believed to have.
pub(super) const MOST_PAGES: u32 = 1_000_000;

/// What is to be shown of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// A page of a PDF as an image. The first is one.
    Page(u32),
    /// A picture, small enough for a page, upright, and with nothing in it but the picture.
    Picture,
    /// The beginning of a text.
    Text,
    /// The first rows of a CSV file.
    Rows,
}

impl Task {
    /// How much of a document of this length is looked at; none if it is too long.
    pub(super) fn needs(self, bytes: u64) -> Option<u64> {
        match self {
            Self::Page(_) | Self::Picture => (bytes <= MOST_WHOLE).then_some(bytes),
            Self::Text => Some(bytes.min(MOST_TEXT)),
            Self::Rows => Some(bytes.min(MOST_ROWS)),
        }
    }
}

/// The first line to a worker. The bytes follow.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// What to do.
    pub(super) task: Task,
    /// How many bytes follow.
    pub(super) bytes: u64,
    /// Whether they are all of the document.
    pub(super) whole: bool,
}

/// What can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it is.
    pub head: Head,
    /// The image; the text in UTF-8; or the rows as JSON, a list of lists of strings.
    pub body: Vec<u8>,
}

impl Answer {
    /// That nothing can be shown.
    #[must_use]
    pub const fn not(why: Why) -> Self {
        Self { head: Head::Not(why), body: Vec::new() }
    }
}

/// The first line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Head {
    /// An image.
    Image {
        /// In which format.
        kind: ImageKind,
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// How many pages the document has; a picture has one.
        pages: u32,
    },
    /// The beginning of a text.
    Text {
        /// Whether it is all of it.
        whole: bool,
    },
    /// The first rows.
    Rows {
        /// Whether they are all of it.
        whole: bool,
    },
    /// Nothing can be shown.
    Not(Why),
}

/// The format of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl ImageKind {
    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// How a file of this format begins.
    pub(super) const fn magic(self) -> &'static [u8] {
        match self {
            Self::Png => b"\x89PNG\r\n\x1a\n",
            Self::Jpeg => b"\xff\xd8\xff",
        }
    }
}

/// Why nothing can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// It opens with a password only.
    Protected,
    /// It could not be read.
    Damaged,
    /// It is longer than is looked at.
    TooLarge,
    /// It took more time than a worker has.
    TooLong,
    /// More pixels than are looked at.
    TooManyPixels,
    /// The rows of a CSV file are too long for a table.
    LongRows,
    /// It has no such page.
    NoSuchPage,
    /// The worker ended without an answer: a fault in it, or a file that was made to find one.
    Ended,
    /// The machine was too busy to tell.
    NotInTime,
    /// This machine cannot lock a worker in.
    Unconfined,
}

impl Why {
    /// The sentence for whoever wanted to see the file.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Protected => "This PDF is protected by a password. Download it to open it.",
            Self::Damaged => {
                "This file is damaged, or made in a way that cannot be shown here. Download it to open it."
            }
            Self::TooLarge => "This file is too large to be shown here. Download it to open it.",
            Self::TooLong | Self::NotInTime => {
                "Showing this file takes too long. Download it to open it."
            }
            Self::TooManyPixels => {
                "This picture has too many pixels to be shown here. Download it to open it."
            }
            Self::LongRows => {
                "The rows of this file are too long to be shown here. Download it to open it."
            }
            Self::NoSuchPage => "This file has no such page.",
            Self::Ended | Self::Unconfined => {
                "This file cannot be shown here. Download it to open it."
            }
        }
    }

    /// Whether it would be the same at the next try, so that none is needed.
    #[must_use]
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::NotInTime | Self::Unconfined | Self::NoSuchPage)
    }
}
