//! What the files of the fictional firm hold: small real documents, so that a newcomer can open, preview and download.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use crate::error::{Error, Result};

/// What is in it.
#[derive(Clone, Copy)]
pub(super) enum Paper {
    /// Pages of lines.
    Pdf(&'static [&'static [&'static str]]),
    Text(&'static str),
    Photo,
}

impl Paper {
    /// The bytes.
    pub(super) fn bytes(self) -> Result<Vec<u8>> {
        match self {
            Self::Pdf(pages) => Ok(pdf(pages)),
            Self::Text(text) => Ok(text.as_bytes().to_vec()),
            Self::Photo => photo(),
        }
    }
}

pub(super) const ACCOUNTS: Paper = Paper::Pdf(&[
    &[
        "Management accounts, September 2026",
        "Marlow Ceramics Ltd",
        "",
        "Turnover|48,210",
        "Cost of sales|(19,884)",
        "Gross profit|28,326",
        "Wages|(12,400)",
        "Rent and rates|(3,150)",
        "Kiln fuel|(2,090)",
        "Operating profit|10,686",
    ],
    &[
        "Notes",
        "Turnover is up by 9 per cent on September 2025.",
        "The second kiln is not in use yet; its lease begins in December.",
    ],
]);
pub(super) const GUIDE: Paper = Paper::Pdf(&[&[
    "VAT return guide 2026",
    "What we need from you, each quarter:",
    "1. Sales ledger, as CSV or spreadsheet",
    "2. Bank statements for the three months",
    "3. Receipts above 250",
    "We file by the 7th of the second month after the quarter.",
]]);
pub(super) const COMPUTATION: Paper = Paper::Pdf(&[&[
    "Draft VAT computation, Oct to Dec",
    "Output tax|9,642",
    "Input tax|(4,117)",
    "To pay|5,525",
    "Draft: two receipts are missing.",
]]);
pub(super) const STATEMENT: Paper = Paper::Pdf(&[&[
    "Statement of account, October 2026",
    "Opening balance|12,904.18",
    "Money in|18,211.40",
    "Money out|(16,020.75)",
    "Closing balance|15,094.83",
]]);
pub(super) const TAX_RETURN: Paper = Paper::Pdf(&[&[
    "Tax return 2025/26",
    "Employment|31,200",
    "Dividends|14,000",
    "Tax due by 31 January|6,248.40",
]]);
pub(super) const MINUTES: Paper = Paper::Pdf(&[&[
    "Board minutes, 4 November 2026",
    "Present: C. Okafor, A. Okafor",
    "1. The dividend for the year was approved.",
    "2. The lease of the second shop was discussed.",
]]);
pub(super) const LEDGER: Paper = Paper::Text(
    "Date,Customer,Net,VAT\n2026-10-02,Harbour Gallery,1240.00,248.00\n\
     2026-10-09,The Tea Rooms,310.50,62.10\n2026-10-21,Spring Fair,2085.00,417.00\n\
     2026-11-03,Harbour Gallery,980.00,196.00\n",
);
pub(super) const PAYROLL: Paper = Paper::Text(
    "Employee,Gross,Tax,Net\nZ. Okafor,2600.00,310.40,2089.60\nP. Lin,2150.00,220.40,1757.20\n",
);
pub(super) const CHECKLIST: Paper = Paper::Text(
    "Year end 31 March\n\n- Stock count: ask Naomi for the sheets\n- Lease of the second kiln: read the break clause\n\
     - Directors' loan account: agree the balance\n",
);
pub(super) const RENT: Paper =
    Paper::Text("Rent received, Lisbon flat: 9,600 in 2025, paid monthly.\n");

/// A4 in points: width and height.
const PAGE: (u32, u32) = (595, 842);
/// Points from one line to the next.
const LEADING: u32 = 18;

/// A PDF with a page for each list of lines; the first line of a page is its heading (ISO 32000-1, 7.5).
fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    // Objects: 1 catalogue, 2 page tree, 3 and 4 fonts, then a page and its content for each page.
    let kids: Vec<String> = (0..pages.len()).map(|at| format!("{} 0 R", 5 + 2 * at)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()),
        font("Helvetica"),
        font("Helvetica-Bold"),
    ];
    for (at, lines) in pages.iter().enumerate() {
        let content = content(lines);
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {} {}] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>",
            PAGE.0,
            PAGE.1,
            6 + 2 * at
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let (mut file, mut places) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (at, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    let (start, count) = (file.len(), objects.len() + 1);
    file.push_str(&format!("xref\n0 {count}\n0000000000 65535 f \n"));
    for place in places {
        file.push_str(&format!("{place:010} 00000 n \n"));
    }
    file.push_str(&format!(
        "trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file.into_bytes()
}

fn font(name: &str) -> String {
    format!("<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>")
}

/// The lines in ASCII, from the top of the page; a `|` in a line moves what follows to the column of amounts.
fn content(lines: &[&str]) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let (face, size) = if at == 0 { ("F2", 18) } else { ("F1", 11) };
        let y = PAGE.1 - 80 - LEADING * at as u32 - if at == 0 { 0 } else { LEADING };
        for (column, part) in line.split('|').enumerate() {
            let x = 72 + 320 * column;
            let part = part.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
            text.push_str(&format!("BT /{face} {size} Tf {x} {y} Td ({part}) Tj ET\n"));
        }
    }
    text
}

/// A picture of a till receipt: lines of grey where the print would be.
fn photo() -> Result<Vec<u8>> {
    let picture = RgbImage::from_fn(600, 800, |x, y| {
        let paper = (120..480).contains(&x) && (60..740).contains(&y);
        let row = y / 28;
        let ends = 200 + (row * 97) % 220;
        let print = paper && (150..ends).contains(&x) && y % 28 < 10 && (110..640).contains(&y);
        match (paper, print) {
            (_, true) => Rgb([70, 70, 78]),
            (true, _) => Rgb([246, 244, 238]),
            _ => Rgb([156, 122, 92]),
        }
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).map_err(Error::bug)?;
    Ok(bytes.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_object_lies_where_the_table_says() {
        let file = String::from_utf8(pdf(&[&["One", "a (b) | 1"], &["Two"]])).unwrap();
        let table = file.split("xref\n0 9\n").nth(1).unwrap();
        let places = table.lines().skip(1).take(8).map(|row| row[..10].parse::<usize>().unwrap());
        for (at, place) in places.enumerate() {
            assert!(file[place..].starts_with(&format!("{} 0 obj", at + 1)), "{at}");
        }
        assert!(file.contains("(a \\(b\\) ) Tj"));
    }

    #[test]
    fn the_photo_is_one() {
        assert_eq!(image::guess_format(&photo().unwrap()).unwrap(), ImageFormat::Jpeg);
    }
}
