//! What an eye takes for the same address: letters of other alphabets, and figures in place of letters.
//!
//! A small part of the confusables of UTS 39, for what a business address is likely to be imitated with. It only ever
//! warns, so that one too many does no harm.

/// The address with everything replaced by what it looks like. For comparing; it is no address itself.
pub(super) fn skeleton(local: &str, domain: &str) -> String {
    // What the label of a domain stands for; one that stands for nothing stays as it is.
    let (domain, _) = idna::domain_to_unicode(domain);
    let address = format!("{local}@{domain}");
    let folded: String = address.chars().flat_map(char::to_lowercase).map(seen_as).collect();
    folded.replace("rn", "m").replace("vv", "w")
}

/// The plain letter that somebody reads here. A capital I is read as l, so i, l and 1 are one.
const fn seen_as(letter: char) -> char {
    match letter {
        '0' | 'о' | 'ο' | 'σ' | 'օ' => 'o',
        '1' | 'i' | 'і' | 'ι' | 'ı' | 'ӏ' => 'l',
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'η' | 'п' => 'n',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ѡ' | 'ω' | 'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use crate::values::Email;

    fn skeleton(address: &str) -> String {
        Email::parse(address).unwrap().skeleton()
    }

    #[test]
    fn what_looks_alike_is_alike() {
        let meant = skeleton("Mario.Bowman@alder.example");
        for odd in [
            "mario.bowman@ALDER.example",
            "rnario.bowman@alder.example",
            "mario.bovvman@alder.example",
            "mar1o.b0wman@alder.example",
            "marlo.bowman@alder.example",
            "mario.bowman@аlder.example",
            "mario.bowman@аӏԁег.example",
            "mario.bowman@αlder.example",
        ] {
            assert_eq!(skeleton(odd), meant, "{odd}");
        }
    }

    #[test]
    fn what_looks_different_is_different() {
        let meant = skeleton("maya@alder.example");
        for other in ["mara@alder.example", "maya@elder.example", "maya@älder.example"] {
            assert_ne!(skeleton(other), meant, "{other}");
        }
    }
}
