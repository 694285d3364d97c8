//! Whether the world can look up the key with which mails are signed.

use crate::dns::{Dns, NoAnswer};
use crate::model::dkim::{DkimKey, record_name};

/// What stands where the record of a key should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The record of this key.
    Good,
    /// No record of a key.
    Absent,
    /// Another key.
    Other,
    /// A record without a key, which tells everybody that the key is not used any more.
    Revoked,
    /// More than one: receivers may take either.
    Several,
    /// The DNS did not say.
    Unknown(NoAnswer),
}

impl Seen {
    /// In words.
    #[must_use]
    pub fn words(&self, name: &str) -> String {
        match self {
            Self::Good => format!("The record {name} is there, and it is right."),
            Self::Absent => format!(
                "There is no record {name}. If it was just set, it may take up to some hours until everybody sees it."
            ),
            Self::Other => format!(
                "The record {name} holds another key. Copy the value again, whole and without spaces in it."
            ),
            Self::Revoked => format!("The record {name} is there, but it holds no key."),
            Self::Several => {
                format!("There is more than one record {name}. Leave only that of this key.")
            }
            Self::Unknown(why) => format!("{name} could not be looked up: {why}."),
        }
    }
}

/// Looks the record of a key up.
pub async fn look_up(dns: &Dns, key: &DkimKey) -> Seen {
    match dns.texts(&record_name(&key.selector, &key.domain)).await {
        Ok(texts) => judge(&texts, &key.public),
        Err(why) => Seen::Unknown(why),
    }
}

fn judge(texts: &[String], public: &str) -> Seen {
    let keys: Vec<String> = texts.iter().filter_map(|text| tag(text, "p")).collect();
    match keys.as_slice() {
        [] => Seen::Absent,
        [key] if key.is_empty() => Seen::Revoked,
        [key] if key == public => Seen::Good,
        [_] => Seen::Other,
        _ => Seen::Several,
    }
}

/// The value of a tag in a list such as `v=DKIM1; p=…`, without the blanks that may stand in it.
pub(super) fn tag(list: &str, name: &str) -> Option<String> {
    list.split(';').find_map(|part| {
        let (known, value) = part.split_once('=')?;
        let fits = known.trim().eq_ignore_ascii_case(name);
        fits.then(|| value.split_whitespace().collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_record_of_this_very_key_is_good() {
        let judge = |texts: &[&str]| {
            judge(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), "MIIB")
        };
        assert_eq!(judge(&[]), Seen::Absent);
        assert_eq!(judge(&["google-site-verification=x"]), Seen::Absent);
        assert_eq!(judge(&["v=DKIM1; k=rsa; p=MIIB"]), Seen::Good);
        assert_eq!(judge(&["v=DKIM1;p = MI IB ;"]), Seen::Good);
        assert_eq!(judge(&["v=DKIM1; p=MIIC"]), Seen::Other);
        assert_eq!(judge(&["v=DKIM1; p="]), Seen::Revoked);
        assert_eq!(judge(&["p=MIIB", "p=MIIC"]), Seen::Several);
    }
}
