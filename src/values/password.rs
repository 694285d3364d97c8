//! A password on its way to the hash. It is never stored, shown or copied.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, feedback::Feedback, zxcvbn};

use super::search::words;

const MIN_CHARS: usize = 10;
const MAX_CHARS: usize = 128;
const MAX_BYTES: usize = 512;

/// A password in one spelling (NFC), so that it can be typed on any keyboard. Blanks count.
pub struct Password(String);

impl Password {
    /// A password someone chooses. The context is what others know: name, address, firm.
    pub fn choose(typed: &str, context: &[&str]) -> Result<Self, String> {
        let chars = typed.nfc().take(MAX_CHARS + 1).count();
        if chars < MIN_CHARS {
            return Err(format!("Choose a longer password: at least {MIN_CHARS} characters"));
        }
        let Some(password) = Self::attempt(typed) else {
            return Err(format!("Choose a shorter password: at most {MAX_CHARS} characters"));
        };
        let known = known_words(context);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let strength = zxcvbn(&password.0, &known);
        if strength.score() < Score::Three {
            return Err(advice(strength.feedback()));
        }
        Ok(password)
    }

    /// A password typed to log in: only its size is looked at.
    pub fn attempt(typed: &str) -> Option<Self> {
        // Composing shortens at most to a third, so longer input is refused before the work.
        let near = !typed.is_empty() && typed.len() <= 3 * MAX_BYTES;
        let text: String = near.then(|| typed.nfc().collect())?;
        let fits = text.len() <= MAX_BYTES && text.chars().count() <= MAX_CHARS;
        fits.then_some(Self(text))
    }

    /// The password itself, for the hash.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Each context text whole and in words, with the product's own name.
fn known_words(context: &[&str]) -> Vec<String> {
    let parts = context.iter().flat_map(|text| words(text)).filter(|word| word.len() > 2);
    let whole = context.iter().map(|text| text.to_lowercase());
    parts.chain(whole).chain(["anteroom".to_owned()]).collect()
}

fn advice(feedback: Option<&Feedback>) -> String {
    let mut sentences = vec!["This password is easy to guess.".to_owned()];
    if let Some(feedback) = feedback {
        sentences.extend(feedback.warning().map(|warning| warning.to_string()));
        sentences.extend(feedback.suggestions().iter().map(ToString::to_string));
    }
    if sentences.len() == 1 {
        sentences.push("Add another word or two, and leave out names and dates.".into());
    }
    sentences.join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::Password;
    use proptest::{prop_assert, proptest};

    #[test]
    fn a_short_one_is_asked_to_grow() {
        let why = Password::choose("Tr0ub4d&!", &[]).unwrap_err();
        assert_eq!(why, "Choose a longer password: at least 10 characters");
        assert!(Password::choose(&"x".repeat(129), &[]).unwrap_err().contains("shorter"));
    }

    #[test]
    fn a_guessable_one_gets_advice() {
        for easy in ["password123", "qwertyuiop", "aaaaaaaaaaaa", "1234567890"] {
            let why = Password::choose(easy, &[]).unwrap_err();
            assert!(why.starts_with("This password is easy to guess. "), "{easy}: {why}");
            assert!(!why.ends_with('.'), "{why}");
        }
    }

    #[test]
    fn what_others_know_does_not_count() {
        let known = ["Naomi Marlowe-Quisp", "naomi@marlowequisp.example"];
        assert!(Password::choose("marlowequisp", &[]).is_ok());
        assert!(Password::choose("marlowequisp", &known).is_err());
    }

    #[test]
    fn a_passphrase_in_any_script_is_taken() {
        for good in
            ["correct kiln battery lease", "Grüße vom Töpfermarkt", "陶器の税金は四月までに払う"]
        {
            assert_eq!(Password::choose(good, &["Naomi"]).unwrap().secret(), good);
        }
    }

    #[test]
    fn both_spellings_of_an_accent_are_one_password() {
        let (composed, apart) = (Password::attempt("caf\u{e9}"), Password::attempt("cafe\u{301}"));
        assert_eq!(composed.unwrap().secret(), apart.unwrap().secret());
    }

    #[test]
    fn an_attempt_is_only_measured() {
        assert!(Password::attempt("x").is_some());
        assert!(Password::attempt("").is_none());
        assert!(Password::attempt(&"🦊".repeat(128)).is_some());
        assert!(Password::attempt(&"x".repeat(1_000_000)).is_none());
        assert_eq!(format!("{:?}", Password::attempt("hunter2")), "Some(***)");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(?s).{0,200}") {
            if let Some(password) = Password::attempt(&text) {
                prop_assert!(Password::attempt(password.secret()).is_some());
            }
        }
    }
}
