//! How texts are found and put in order: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words a text is found by, in order, each once. An e-mail address is found whole and by its
/// parts.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let folded = fold(text);
    for token in folded.split_whitespace() {
        let whole = Some(token).filter(|token| token.contains('@'));
        let parts = token.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        for word in whole.into_iter().chain(parts) {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
    }
    words
}

/// What names are ordered by. Two names can share it; put an id behind it.
pub fn sort_key(text: &str) -> String {
    let folded = fold(text);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let key = words.collect::<Vec<_>>().join(" ");
    if key.is_empty() { folded } else { key }
}

/// Lower case, without marks, and without the letters that have no decomposition in Unicode.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            mark if is_combining_mark(mark) => {} // lower-casing İ brings one
            plain => folded.push(plain),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::{sort_key, words};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(words("Zoë  O’Brien-ŁUKASZ"), ["zoe", "o", "brien", "lukasz"]);
        assert_eq!(words("Straße İzmir ﬁnch"), ["strasse", "izmir", "finch"]);
        assert_eq!(words("… — !"), Vec::<String>::new());
    }

    #[test]
    fn an_address_is_found_whole_and_by_its_parts() {
        assert_eq!(words("Ann.Lee@X-Y.de"), ["ann.lee@x-y.de", "ann", "lee", "x", "y", "de"]);
    }

    #[test]
    fn names_are_ordered_as_people_expect() {
        let mut names = ["zebra", "Étude", "adam", "“Bell” Ltd", "Eve"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(names, ["adam", "“Bell” Ltd", "Étude", "Eve", "zebra"]);
        assert_eq!(sort_key("🦊"), "🦊");
    }

    proptest! {
        #[test]
        fn any_text_has_words(text in ".*") {
            for word in words(&text) {
                prop_assert!(!word.is_empty() && !word.contains(' '));
            }
            prop_assert_eq!(sort_key(&sort_key(&text)), sort_key(&text));
        }
    }
}
