//! What backups are told: when to begin, and for whom they are encrypted.

use super::plain_value;

/// Recipients beyond this are a slip of the clipboard.
pub const MOST_RECIPIENTS: usize = 20;

/// A time of day to the minute, by the clock on the firm's wall: "02:30".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeOfDay(String);

plain_value!(TimeOfDay);

impl TimeOfDay {
    /// "2:30" and "02:30", as browsers send it.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "Type a time of day between 00:00 and 23:59, like 02:30";
        let (hour, minute) = typed.trim().split_once(':').ok_or(SHAPE)?;
        let number = |text: &str, below: u8| {
            let digits = (1..=2).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
            text.parse::<u8>().ok().filter(|number| digits && *number < below).ok_or(SHAPE)
        };
        let (hour, minute) = (number(hour, 24)?, number(minute, 60)?);
        Ok(Self(format!("{hour:02}:{minute:02}")))
    }

    /// "02:30".
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a civil time.
    #[must_use]
    pub fn time(&self) -> jiff::civil::Time {
        let number = |part: &str| part.parse().unwrap_or(0);
        self.0.split_once(':').map_or(jiff::civil::Time::MIN, |(hour, minute)| {
            jiff::civil::time(number(hour), number(minute), 0, 0)
        })
    }
}

/// Somebody's public key of the program age, which begins with `age1`. Only whoever has the secret key beside it can read
/// what is encrypted for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(String);

plain_value!(Recipient);

impl Recipient {
    /// As `age-keygen` prints it.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        if typed.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
            let why = "This is the secret key, which must never be typed here. Paste the public key beside it, which \
                       begins with age1";
            return Err(why.into());
        }
        let known: Result<age::x25519::Recipient, _> = typed.parse();
        match known {
            Ok(key) => Ok(Self(key.to_string())),
            Err(_) => {
                let shown: String = typed.chars().take(20).collect();
                Err(format!("{shown:?} is no public key of age. Each begins with age1"))
            }
        }
    }

    /// `age1…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For the encryption.
    #[must_use]
    pub fn key(&self) -> Option<age::x25519::Recipient> {
        self.0.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_read_as_people_and_browsers_write_it() {
        for (typed, known) in [("2:30", "02:30"), (" 23:59 ", "23:59"), ("00:00", "00:00")] {
            assert_eq!(TimeOfDay::parse(typed).unwrap().as_str(), known);
        }
        assert_eq!(TimeOfDay::parse("02:30").unwrap().time(), jiff::civil::time(2, 30, 0, 0));
        for typed in ["", "2", "24:00", "2:60", "-1:00", "2:3:4", "two", "+2:30"] {
            assert!(TimeOfDay::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_recipient_is_a_public_key_and_never_a_secret_one() {
        use age::secrecy::ExposeSecret;
        let identity = age::x25519::Identity::generate();
        let public = identity.to_public().to_string();
        assert_eq!(Recipient::parse(&format!(" {public}\n")).unwrap().as_str(), public);
        let secret = identity.to_string();
        let why = Recipient::parse(secret.expose_secret()).unwrap_err();
        assert!(why.contains("secret key") && !why.contains(secret.expose_secret()));
        for typed in ["", "age1", "olive@firm.example", "ssh-ed25519 AAAA"] {
            assert!(Recipient::parse(typed).unwrap_err().contains("age1"), "{typed}");
        }
    }
}
