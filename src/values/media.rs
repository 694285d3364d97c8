//! What kind of file it is, told by what is in it.
//!
//! A name is a claim, and a browser's `Content-Type` is one as well: only the bytes count. The extension refines what
//! they leave open, such as which kind of text it is. What would run in a browser (web pages, drawings with scripts) is
//! never sent as what it is.

use serde::{Deserialize, Serialize};

/// The kind of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is what its table says it is for people")]
pub enum Media {
    Pdf,
    Jpeg,
    Png,
    Gif,
    Webp,
    Bmp,
    Tiff,
    /// A picture that browsers may not know, such as a phone's HEIF.
    Picture,
    Word,
    WordOld,
    OpenText,
    RichText,
    Excel,
    ExcelOld,
    OpenTable,
    Slides,
    SlidesOld,
    OpenSlides,
    Csv,
    Text,
    Xml,
    /// HTML, and whatever else a browser would run.
    WebPage,
    Mail,
    Zip,
    /// Packed files of another kind than zip.
    Archive,
    Sound,
    Film,
    Program,
    File,
}

/// How a file can be shown on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preview {
    /// Its pages are drawn.
    Pdf,
    /// It is drawn anew.
    Picture,
    /// The beginning of its text.
    Text,
    /// Its first rows.
    Csv,
}

/// What is known of a kind.
struct Row {
    /// For people.
    what: &'static str,
    icon: &'static str,
    /// As a download is sent.
    content_type: &'static str,
    preview: Option<Preview>,
    /// Packing it once more would be in vain.
    packed: bool,
}

const fn row(what: &'static str, icon: &'static str, content_type: &'static str) -> Row {
    Row { what, icon, content_type, preview: None, packed: false }
}

const fn picture(content_type: &'static str) -> Row {
    row("Picture", "image", content_type).shown(Preview::Picture).packed()
}

impl Row {
    const fn shown(mut self, preview: Preview) -> Self {
        self.preview = Some(preview);
        self
    }

    const fn packed(mut self) -> Self {
        self.packed = true;
        self
    }
}

const OCTETS: &str = "application/octet-stream";
const PLAIN: &str = "text/plain";

impl Media {
    /// So many bytes from the beginning of a file tell its kind.
    pub const HEAD: usize = 8 * 1024;

    /// The kind of a file that begins so, the first [`Media::HEAD`] bytes of it or all, and has this extension.
    pub fn of(head: &[u8], extension: &str) -> Self {
        let extension = extension.to_ascii_lowercase();
        let head = &head[..head.len().min(Self::HEAD)];
        // Some kinds are told by two letters, which a text may begin with as well.
        if is_utf8_text(head) {
            return Self::of_text(head, &extension);
        }
        match infer::get(head) {
            Some(kind) => Self::of_mime(kind.mime_type(), &extension),
            // ISO 32000-1, annex H, 3.4.1: readers accept a header within the first 1024 bytes.
            None if contains(&head[..head.len().min(1_024)], b"%PDF-") => Self::Pdf,
            None if is_older_text(head) => Self::of_text(head, &extension),
            None => Self::File,
        }
    }

    /// Of what is text all through, as far as it was seen.
    fn of_text(head: &[u8], extension: &str) -> Self {
        let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        if start.starts_with(b"%PDF-") {
            return Self::Pdf;
        }
        if start.starts_with(b"{\\rtf") {
            return Self::RichText;
        }
        match extension {
            "html" | "htm" | "xhtml" | "xht" | "mht" | "mhtml" | "svg" | "js" | "mjs" | "css" => {
                Self::WebPage
            }
            "exe" | "com" | "bat" | "cmd" | "ps1" | "vbs" | "sh" | "jar" | "hta" => Self::Program,
            _ if infer::is_mime(start, "text/html") || has_web_tag(start) => Self::WebPage,
            _ if infer::is_mime(start, "text/xml") => Self::Xml,
            "csv" | "tsv" => Self::Csv,
            "eml" => Self::Mail,
            _ if head.is_empty() && !matches!(extension, "txt" | "md" | "log") => Self::File,
            _ => Self::Text,
        }
    }

    fn of_mime(mime: &str, extension: &str) -> Self {
        match mime {
            "application/pdf" => Self::Pdf,
            "image/jpeg" => Self::Jpeg,
            "image/png" => Self::Png,
            "image/gif" => Self::Gif,
            "image/webp" => Self::Webp,
            "image/bmp" => Self::Bmp,
            "image/tiff" => Self::Tiff,
            "application/msword" => Self::WordOld,
            "application/vnd.ms-excel" => Self::ExcelOld,
            "application/vnd.ms-powerpoint" => Self::SlidesOld,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Self::Word,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Self::Excel,
            "application/vnd.openxmlformats-officedocument.presentationml.presentation" => {
                Self::Slides
            }
            "application/vnd.oasis.opendocument.text" => Self::OpenText,
            "application/vnd.oasis.opendocument.spreadsheet" => Self::OpenTable,
            "application/vnd.oasis.opendocument.presentation" => Self::OpenSlides,
            "application/rtf" => Self::RichText,
            "application/x-ole-storage" => Self::of_old_office(extension),
            "application/zip" => Self::of_zip(extension),
            "text/html" => Self::WebPage,
            "text/xml" => Self::Xml,
            "text/x-shellscript" | "application/x-executable" => Self::Program,
            "application/vnd.microsoft.portable-executable" | "application/wasm" => Self::Program,
            "application/java" | "application/x-mach-binary" => Self::Program,
            "application/gzip" | "application/x-tar" | "application/vnd.rar" => Self::Archive,
            "application/x-7z-compressed" | "application/x-xz" | "application/zstd" => {
                Self::Archive
            }
            "application/x-bzip2" | "application/vnd.ms-cab-compressed" => Self::Archive,
            _ if mime.starts_with("image/") => Self::Picture,
            _ if mime.starts_with("audio/") => Self::Sound,
            _ if mime.starts_with("video/") => Self::Film,
            _ => Self::File,
        }
    }

    /// Office files are zips; not all programs write them in the order that tells which.
    fn of_zip(extension: &str) -> Self {
        match extension {
            "docx" => Self::Word,
            "xlsx" => Self::Excel,
            "pptx" => Self::Slides,
            "odt" => Self::OpenText,
            "ods" => Self::OpenTable,
            "odp" => Self::OpenSlides,
            "jar" | "apk" => Self::Program,
            _ => Self::Zip,
        }
    }

    fn of_old_office(extension: &str) -> Self {
        match extension {
            "doc" => Self::WordOld,
            "xls" => Self::ExcelOld,
            "ppt" => Self::SlidesOld,
            "msg" => Self::Mail,
            "msi" => Self::Program,
            _ => Self::File,
        }
    }

    /// What it is, for people: "Word document".
    #[must_use]
    pub fn what(self) -> &'static str {
        self.row().what
    }

    /// The drawing that stands for it.
    #[must_use]
    pub fn icon(self) -> &'static str {
        self.row().icon
    }

    /// As a download says it. Nothing that a browser would run is sent as what it is.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        self.row().content_type
    }

    /// How a page can show it; none if by nothing but its icon.
    #[must_use]
    pub fn preview(self) -> Option<Preview> {
        self.row().preview
    }

    /// The ending with which such a file can be opened; empty where one of many does.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Bmp => "bmp",
            Self::Tiff => "tif",
            Self::Word => "docx",
            Self::WordOld => "doc",
            Self::OpenText => "odt",
            Self::RichText => "rtf",
            Self::Excel => "xlsx",
            Self::ExcelOld => "xls",
            Self::OpenTable => "ods",
            Self::Slides => "pptx",
            Self::SlidesOld => "ppt",
            Self::OpenSlides => "odp",
            Self::Csv => "csv",
            Self::Text => "txt",
            Self::Xml => "xml",
            Self::Zip => "zip",
            Self::Picture | Self::WebPage | Self::Mail | Self::Archive => "",
            Self::Sound | Self::Film | Self::Program | Self::File => "",
        }
    }

    /// Whether packing it once more would be in vain.
    #[must_use]
    pub fn is_packed(self) -> bool {
        self.row().packed
    }

    #[rustfmt::skip] // a table
    fn row(self) -> Row {
        match self {
            Self::Pdf => row("PDF", "file", "application/pdf").shown(Preview::Pdf).packed(),
            Self::Jpeg => picture("image/jpeg"),
            Self::Png => picture("image/png"),
            Self::Gif => picture("image/gif"),
            Self::Webp => picture("image/webp"),
            Self::Bmp => Row { packed: false, ..picture("image/bmp") },
            Self::Tiff => Row { packed: false, ..picture("image/tiff") },
            Self::Picture => row("Picture", "image", OCTETS).packed(),
            Self::Word => row("Word document", "file",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document").packed(),
            Self::WordOld => row("Word document", "file", "application/msword"),
            Self::OpenText => row("Text document", "file", "application/vnd.oasis.opendocument.text").packed(),
            Self::RichText => row("Text document", "file", "application/rtf"),
            Self::Excel => row("Spreadsheet", "template",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet").packed(),
            Self::ExcelOld => row("Spreadsheet", "template", "application/vnd.ms-excel"),
            Self::OpenTable => row("Spreadsheet", "template", "application/vnd.oasis.opendocument.spreadsheet").packed(),
            Self::Slides => row("Presentation", "image",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation").packed(),
            Self::SlidesOld => row("Presentation", "image", "application/vnd.ms-powerpoint"),
            Self::OpenSlides => row("Presentation", "image", "application/vnd.oasis.opendocument.presentation").packed(),
            Self::Csv => row("Table (CSV)", "template", "text/csv").shown(Preview::Csv),
            Self::Text => row("Text", "note", PLAIN).shown(Preview::Text),
            Self::Xml => row("Data (XML)", "note", OCTETS).shown(Preview::Text),
            Self::WebPage => row("Web page", "globe", OCTETS),
            Self::Mail => row("E-mail", "mail", OCTETS),
            Self::Zip => row("Zip archive", "folder", "application/zip").packed(),
            Self::Archive => row("Archive", "folder", OCTETS).packed(),
            Self::Sound => row("Sound", "file", OCTETS).packed(),
            Self::Film => row("Film", "file", OCTETS).packed(),
            Self::Program => row("Program", "file", OCTETS),
            Self::File => row("File", "file", OCTETS),
        }
    }
}

/// Whether it is text in UTF-8, whose last letter may be cut.
fn is_utf8_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(why) if why.error_len().is_none() && head.len() == Media::HEAD => {
            str::from_utf8(&head[..why.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    text.bytes().all(is_of_text)
}

/// Whether it is text in UTF-16, which says so at its beginning, or with a byte for each letter.
fn is_older_text(head: &[u8]) -> bool {
    let utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    utf16 || head.iter().copied().all(is_of_text)
}

/// The marks of line and page ends, tabs, and the end of a file in old DOS programs.
fn is_of_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a)
}

/// Tags that make a page of whatever stands around them, also where a comment or a declaration stands before.
fn has_web_tag(head: &[u8]) -> bool {
    let head = head.to_ascii_lowercase();
    [&b"<html"[..], b"<svg", b"<script", b"<!doctype html"].iter().any(|tag| contains(&head, tag))
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|part| part == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn zip(first: &str) -> Vec<u8> {
        let mut head = b"PK\x03\x04\x14\0\0\0\0\0".to_vec();
        head.resize(26, 0);
        head.extend([first.len() as u8, 0, 0, 0]);
        head.extend(first.as_bytes());
        head.resize(400, 0);
        head
    }

    #[test]
    fn the_bytes_tell_the_kind() {
        for (head, kind) in [
            (&b"%PDF-1.7\n%\xe2\xe3"[..], Media::Pdf),
            (b"\0\0junk before it\n%PDF-1.4\n%\xe2", Media::Pdf),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Media::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Media::Png),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Media::Picture),
            (b"GIF89a\x01\0\x01\0", Media::Gif),
            (b"MZ\x90\0\x03\0\0\0", Media::Program),
            (b"7z\xbc\xaf\x27\x1c\0\x04", Media::Archive),
            (b"\0\x01\x02\x03", Media::File),
            (b"", Media::File),
        ] {
            for extension in ["pdf", "jpg", "exe", "html", ""] {
                let kind = if head.is_empty() && !extension.is_empty() { continue } else { kind };
                assert_eq!(Media::of(head, extension), kind, "{head:?} {extension}");
            }
        }
    }

    #[test]
    fn what_two_letters_would_tell_is_text_all_the_same() {
        for text in
            ["MZ is how it begins", "BM of the month", "ID3 is a tag", "Straße", "%!PS, they say"]
        {
            assert_eq!(Media::of(text.as_bytes(), "txt"), Media::Text, "{text}");
        }
        assert_eq!(Media::of(b"Stra\xdfe; M\xfcller\r\n", "csv"), Media::Csv);
        assert_eq!(Media::of(b"\xff\xfea\0;\0b\0", "csv"), Media::Csv);
        assert_eq!(Media::of(b"{\\rtf1\\ansi", ""), Media::RichText);
        let mut cut = vec![b'a'; Media::HEAD - 1];
        cut.push(0xc3);
        assert_eq!(Media::of(&cut, "txt"), Media::Text);
    }

    #[test]
    fn office_files_are_told_from_zips() {
        let open =
            [&zip("mimetype")[..38], b"application/vnd.oasis.opendocument.spreadsheet"].concat();
        assert_eq!(Media::of(&open, ""), Media::OpenTable);
        assert_eq!(Media::of(&zip("word/document.xml"), ""), Media::Word);
        assert_eq!(Media::of(&zip("docProps/app.xml"), "xlsx"), Media::Excel);
        assert_eq!(Media::of(&zip("a.txt"), "ZIP"), Media::Zip);
        assert_eq!(Media::of(&zip("a.txt"), "pdf"), Media::Zip);
    }

    #[test]
    fn nothing_that_runs_is_sent_as_what_it_is() {
        for (text, extension) in [
            ("<!DOCTYPE html><title>a</title>", "pdf"),
            ("<!-- a --><svg onload=alert(1)>", "png"),
            ("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "svg"),
            ("<?xml version=\"1.0\"?><x:html xmlns:x=\"http://www.w3.org/1999/xhtml\"/>", "xml"),
            ("alert(1)", "js"),
            ("hello", "HTML"),
        ] {
            let kind = Media::of(text.as_bytes(), extension);
            assert_eq!(kind.content_type(), "application/octet-stream", "{text}");
        }
        assert_eq!(Media::of(b"<?xml version=\"1.0\"?><Invoice/>", "xml"), Media::Xml);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_kind(
            magic in prop::sample::select(&["", "PK\x03\x04", "%PDF-", "\u{0}\u{0}\u{0}\u{18}ftyp", "ID3", "RIFF"][..]),
            old in any::<bool>(),
            noise in prop::collection::vec(any::<u8>(), 0..600),
            extension in "[a-z]{0,4}",
        ) {
            let start = if old { &b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..] } else { magic.as_bytes() };
            let kind = Media::of(&[start, &noise].concat(), &extension);
            assert!(!kind.what().is_empty());
        }
    }
}
