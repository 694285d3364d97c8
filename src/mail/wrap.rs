//! Text for the plain part of a mail: lines that no mail program on the way has to break.

use std::borrow::Cow;

/// RFC 5322 asks for at most 78 characters; two are left for a quoting reply.
const WIDTH: usize = 76;

/// Breaks long lines between words. A link is never broken, for half a link opens nothing; a longer word that is no
/// link is. Control characters are dropped, and lines end in CR LF.
pub(super) fn wrap(text: &str) -> String {
    let mut wrapped = String::with_capacity(text.len() + text.len() / 32);
    for line in clean(text).lines() {
        wrap_line(line.trim_end(), &mut wrapped);
    }
    wrapped
}

/// Without control characters other than tab and line break. A lone CR is a line break too.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_clean) {
        return Cow::Borrowed(text);
    }
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    unix.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Whether a byte is surely no part of a control character. Those beyond ASCII begin with C2.
const fn is_clean(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\t' | b' '..=b'~') || (byte > 0x7f && byte != 0xc2)
}

fn wrap_line(line: &str, out: &mut String) {
    if width(line) <= WIDTH {
        out.push_str(line);
        return out.push_str("\r\n");
    }
    let mut column = 0;
    for word in line.split_whitespace() {
        let room = usize::from(column != 0);
        if column > 0 && column + room + width(word) > WIDTH {
            out.push_str("\r\n");
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        column = push_word(word, column, out);
    }
    out.push_str("\r\n");
}

/// The column after the word.
fn push_word(word: &str, mut column: usize, out: &mut String) -> usize {
    if word.contains("://") {
        out.push_str(word);
        return column + width(word);
    }
    for c in word.chars() {
        if column == WIDTH {
            out.push_str("\r\n");
            column = 0;
        }
        out.push(c);
        column += 1;
    }
    column
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_move_to_the_next_line_and_a_link_stays_whole() {
        let link = format!("https://portal.firm.example/invite/{}", "k".repeat(80));
        let text = format!("Dear Sam,\n\n{} {link} {}", "word ".repeat(20), "ж".repeat(100));
        let wrapped = wrap(&text);
        assert!(wrapped.starts_with("Dear Sam,\r\n\r\nword word"));
        assert!(wrapped.lines().any(|line| line == link));
        let long = wrapped.lines().filter(|line| width(line) > WIDTH).collect::<Vec<_>>();
        assert_eq!(long, [link]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_word_is_lost(text in "[a-zé\u{1F600}\t\r\n ]{0,400}") {
            let wrapped = wrap(&text);
            prop_assert!(wrapped.lines().all(|line| width(line) <= WIDTH));
            let letters = |s: &str| s.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&wrapped), letters(&text));
        }

        #[test]
        fn only_crlf_ends_lines(text in any::<String>()) {
            let rest = wrap(&text).replace("\r\n", "");
            prop_assert!(!rest.contains(|c: char| c.is_control() && c != '\t'));
        }

        #[test]
        fn nothing_else_is_lost(text in "[ -~\u{7e}-\u{a2}\r\n\t]{0,40}") {
            let is_kept = |c: &char| !c.is_control() || matches!(c, '\t' | '\n');
            let kept = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(clean(&text), kept.chars().filter(is_kept).collect::<String>());
        }
    }
}
