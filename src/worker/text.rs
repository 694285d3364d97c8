//! The beginning of a text, whatever it was written with.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::wire::{Answer, Head};

/// The text in UTF-8 with plain line ends.
pub(super) fn beginning(file: &[u8], whole: bool) -> Answer {
    let body = readable(file, whole).into_bytes();
    Answer { head: Head::Text { whole }, body }
}

/// UTF-8 or UTF-16 as its first bytes say; without a word of it UTF-8 if it can be, or else the encoding of old Windows
/// programs, in which every byte is a character. What cannot be printed becomes the sign for that.
pub(super) fn readable(file: &[u8], whole: bool) -> String {
    let encoding = match Encoding::for_bom(file) {
        Some((encoding, _)) => encoding,
        None if is_utf_8(file, whole) => UTF_8,
        None => WINDOWS_1252,
    };
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut text = String::with_capacity(
        decoder.max_utf8_buffer_length(file.len()).expect("little was read, so it fits"),
    );
    // A character that the end cuts through is left out, unless it is the end of the file.
    let _ = decoder.decode_to_string(file, &mut text, whole);
    let printed = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.replace("\r\n", "\n").replace('\r', "\n").chars().map(printed).collect()
}

/// Whether it is UTF-8, up to a character that the end may have cut through.
fn is_utf_8(file: &[u8], whole: bool) -> bool {
    match str::from_utf8(file) {
        Ok(_) => true,
        Err(why) => !whole && why.error_len().is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_right_whatever_program_wrote_them() {
        let utf_16: Vec<u8> = "\u{feff}Müller".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let other: Vec<u8> = "\u{feff}Müller".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for file in
            ["Müller".as_bytes(), "\u{feff}Müller".as_bytes(), &utf_16, &other, b"M\xfcller"]
        {
            assert_eq!(readable(file, true), "Müller", "{file:?}");
        }
        assert_eq!(readable(b"10 \x80", true), "10 €");
        assert_eq!(readable(b"", true), "");
    }

    #[test]
    fn a_letter_that_was_cut_through_is_left_out() {
        let cut = "Mü".as_bytes().split_last().unwrap().1;
        assert_eq!(readable(cut, false), "M");
        assert_eq!(readable(cut, true), "MÃ", "at its end it is no UTF-8");
    }

    #[test]
    fn lines_end_as_lines_do_and_nothing_rings_a_bell() {
        assert_eq!(readable(b"a\r\nb\rc\n\td\x07\0e", true), "a\nb\nc\n\td\u{fffd}\u{fffd}e");
    }
}
