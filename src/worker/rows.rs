//! The first rows of a CSV file, whatever separates their cells.

use csv::{ReaderBuilder, StringRecord};

use super::text::readable;
use super::wire::{Answer, Head, Why};

/// Rows that are shown.
const ROWS: usize = 100;
/// Cells of a row that are shown.
const CELLS: usize = 30;
/// Letters of a cell that are shown.
const LETTERS: usize = 200;
/// What programs put between cells, the most usual first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that are looked at to tell the separator.
const LOOKED_AT: usize = 20;

/// The first rows as JSON.
pub(super) fn first(file: &[u8], whole: bool) -> Result<Answer, Why> {
    let text = readable(file, whole);
    let separator = separator(&text);
    let mut records: Vec<StringRecord> = records(&text, separator).take(ROWS + 2).collect();
    // The last row that was read may have been cut through.
    if !whole && records.len() < ROWS + 2 {
        records.pop();
        if records.is_empty() {
            return Err(Why::LongRows);
        }
    }
    let all = whole && records.len() <= ROWS && records.iter().all(|row| row.len() <= CELLS);
    let rows: Vec<Vec<String>> =
        records.iter().take(ROWS).map(|row| row.iter().take(CELLS).map(cell).collect()).collect();
    let body = serde_json::to_vec(&rows).map_err(|_| Why::Damaged)?;
    Ok(Answer { head: Head::Rows { whole: all }, body })
}

fn records(text: &str, separator: u8) -> impl Iterator<Item = StringRecord> {
    let mut reader = ReaderBuilder::new();
    reader.delimiter(separator).has_headers(false).flexible(true);
    reader.from_reader(text.as_bytes()).into_records().map_while(Result::ok)
}

/// The separator with which most of the first rows have the same number of cells, and more than one.
fn separator(text: &str) -> u8 {
    let mut best = (0, SEPARATORS[0]);
    for separator in SEPARATORS {
        let counts: Vec<usize> =
            records(text, separator).take(LOOKED_AT).map(|row| row.len()).collect();
        let alike = |cells: &usize| counts.iter().filter(|other| *other == cells).count();
        let most = counts.iter().filter(|cells| **cells > 1).map(alike).max().unwrap_or(0);
        if most > best.0 {
            best = (most, separator);
        }
    }
    best.1
}

fn cell(cell: &str) -> String {
    match cell.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &cell[..end]),
        None => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(file: &str, whole: bool) -> (Vec<Vec<String>>, bool) {
        let answer = first(file.as_bytes(), whole).unwrap();
        let Head::Rows { whole } = answer.head else { panic!("{:?}", answer.head) };
        (serde_json::from_slice(&answer.body).unwrap(), whole)
    }

    #[test]
    fn cells_are_told_apart_whatever_stands_between_them() {
        for between in [",", ";", "\t", "|"] {
            let file =
                format!("date{between}what{between}sum\n2026-01-02{between}Rent{between}10.5\n");
            let (rows, whole) = shown(&file, true);
            assert_eq!(rows, [["date", "what", "sum"], ["2026-01-02", "Rent", "10.5"]]);
            assert!(whole);
        }
        let (rows, _) = shown("what;sum\n\"Rent; May\nand June\";1.000,50\nPaper;12,30\n", true);
        assert_eq!(rows[1], ["Rent; May\nand June", "1.000,50"]);
        assert_eq!(shown("only one\ncolumn\n", true).0, [["only one"], ["column"]]);
        assert_eq!(shown("", true), (vec![], true));
    }

    #[test]
    fn a_long_file_is_shown_as_far_as_a_page_goes() {
        let (rows, whole) = shown(&"a,b\n".repeat(101), true);
        assert_eq!((rows.len(), whole), (100, false));
        let (rows, whole) = shown(&"x,".repeat(40), true);
        assert_eq!((rows[0].len(), whole), (30, false));
        let (rows, _) = shown(&"ü".repeat(300), true);
        assert_eq!(rows[0][0].chars().count(), 201);
    }

    #[test]
    fn a_row_that_was_cut_through_is_left_out() {
        let (rows, whole) = shown("a,b\nc,d\ne", false);
        assert_eq!(
            (rows, whole),
            (vec![vec!["a".into(), "b".into()], vec!["c".into(), "d".into()]], false)
        );
        assert_eq!(first(&b"x".repeat(1 << 20), false), Err(Why::LongRows));
    }
}
