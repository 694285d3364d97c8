//! An e-mail address: kept as typed, compared by its key.

mod look_alike;

use std::net::IpAddr;

use super::{Flaw, line, plain_value};

const MAX: usize = 254; // RFC 5321 4.5.3.1.3, without the angle brackets
const MAX_LOCAL: usize = 64;
const MAX_TYPED: usize = 320; // a domain in its own script can be longer than its A-label

/// An address that mail can be sent to: a plain local part and a name with a dot.
///
/// `==` compares what was typed; who someone is, is asked by [`Email::key`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email {
    typed: String,
    domain: String,
}

plain_value!(Email);

impl Email {
    /// The address, trimmed and otherwise as typed.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let typed = line(typed, MAX_TYPED).map_err(|flaw| match flaw {
            Flaw::Empty => "Type the e-mail address, like name@example.com",
            Flaw::Hidden => {
                "The address has a hidden character in it. Type it again instead of pasting it"
            }
            Flaw::Long(_) => "The address is too long. The limit is 254 characters",
        })?;
        let (local, domain) = parts(&typed)?;
        check_local(local)?;
        let domain = ascii_domain(domain)?;
        if local.len() + 1 + domain.len() > MAX {
            return Err("The address is too long. The limit is 254 characters".into());
        }
        Ok(Self { typed, domain })
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What two spellings of one address have in common: ASCII lower case, domain as A-label.
    /// No Unicode folding, which has let one address stand for another (Django CVE-2019-19844).
    pub fn key(&self) -> String {
        self.ascii().to_ascii_lowercase()
    }

    /// The domain as an A-label, in lower case.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The address for SMTP: the local part as typed, the domain as an A-label.
    pub fn ascii(&self) -> String {
        format!("{}@{}", self.local(), self.domain)
    }

    /// The address that was perhaps meant, if the domain is nearly but not quite a well-known one.
    pub fn typo_hint(&self) -> Option<String> {
        let domain = self.domain.as_str();
        if POPULAR.contains(&domain) || ALSO_KNOWN.contains(&domain) {
            return None;
        }
        let near = |popular: &&&str| {
            let label = popular.split('.').next().unwrap_or_default();
            let reach = if label.len() >= 8 { 2 } else { 1 };
            strsim::damerau_levenshtein(popular, domain) <= reach
        };
        let meant = POPULAR.iter().find(near)?;
        Some(format!("{}@{meant}", self.local()))
    }

    /// What two addresses have in common that an eye cannot tell apart. For warnings only.
    pub fn skeleton(&self) -> String {
        look_alike::skeleton(self.local(), &self.domain)
    }

    fn local(&self) -> &str {
        self.typed.split_once('@').map_or("", |(local, _)| local)
    }
}

/// What stands before and after the one @.
fn parts(typed: &str) -> Result<(&str, &str), String> {
    if typed.contains([',', ';']) {
        return Err("Type one address only, like name@example.com".into());
    }
    if typed.contains(['<', '>', '"', '(', ')', '\\']) {
        return Err("Type the address alone, without a name, quotes or brackets".into());
    }
    if typed.contains(' ') {
        return Err("Take the blank out of the address".into());
    }
    let (local, domain) =
        typed.split_once('@').ok_or("Add the part after the name, like name@example.com")?;
    match (local, domain) {
        ("", _) => Err("Add the part before the @, like name@example.com".into()),
        (_, "") => Err("Add the part after the @, like name@example.com".into()),
        (_, domain) if domain.contains('@') => {
            Err("The address has more than one @. Keep only one, like name@example.com".into())
        }
        parts => Ok(parts),
    }
}

/// A dot-atom of RFC 5321: no quoted local parts, which few servers take and many programs misread.
fn check_local(local: &str) -> Result<(), String> {
    if !local.is_ascii() {
        return Err("The part before the @ has letters that mail servers may refuse. \
            Use an address with only a to z, digits and signs there"
            .into());
    }
    if local.len() > MAX_LOCAL {
        return Err("The part before the @ is too long. The limit is 64 characters".into());
    }
    if local.split('.').any(str::is_empty) {
        return Err("Check the dots before the @: one at a time, with something around each".into());
    }
    match local.chars().find(|&c| !c.is_ascii_alphanumeric() && !"!#$%&'*+-/=?^_`{|}~.".contains(c))
    {
        Some(odd) => Err(format!("An address cannot have {odd} before the @. Take it out")),
        None => Ok(()),
    }
}

/// The domain as an A-label in lower case (UTS 46, strict).
fn ascii_domain(domain: &str) -> Result<String, String> {
    if domain.ends_with('.') {
        return Err("Take the dot at the end out of the address".into());
    }
    if domain.starts_with('[') || domain.parse::<IpAddr>().is_ok() {
        return Err("Use a name after the @ instead of numbers, like name@example.com".into());
    }
    let unsure =
        || format!("Check the part after the @: {domain} cannot be the name of a mail domain");
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| unsure())?;
    let Some((_, ending)) = ascii.rsplit_once('.') else {
        return Err(format!("Add the ending after {domain}, like {domain}.com"));
    };
    // No ending is all digits; such a name would be read as an IP address.
    if ending.len() < 2 || ending.bytes().all(|b| b.is_ascii_digit()) {
        return Err(unsure());
    }
    Ok(ascii)
}

/// Domains that many people have and mistype. Each has at least five letters before the dot: around
/// shorter names, too many neighbors are real.
const POPULAR: [&str; 31] = [
    "gmail.com",
    "googlemail.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.co.in",
    "yahoo.fr",
    "yahoo.de",
    "hotmail.com",
    "hotmail.co.uk",
    "hotmail.fr",
    "outlook.com",
    "outlook.de",
    "icloud.com",
    "proton.me",
    "protonmail.com",
    "fastmail.com",
    "comcast.net",
    "verizon.net",
    "sbcglobal.net",
    "bellsouth.net",
    "earthlink.net",
    "charter.net",
    "optonline.net",
    "btinternet.com",
    "virginmedia.com",
    "ntlworld.com",
    "rocketmail.com",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "shaw.ca",
];

/// Known too, so never called a mistype, and too short or too near to others to be a suggestion.
const ALSO_KNOWN: [&str; 36] = [
    "aol.com",
    "arcor.de",
    "att.net",
    "cox.net",
    "duck.com",
    "email.com",
    "fastmail.fm",
    "free.fr",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "hey.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.it",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.de",
    "mailbox.org",
    "me.com",
    "msn.com",
    "outlook.es",
    "outlook.fr",
    "pm.me",
    "proton.ch",
    "protonmail.ch",
    "web.de",
    "yahoo.ca",
    "yahoo.com.au",
    "yahoo.es",
    "yahoo.it",
    "ymail.com",
    "zoho.com",
];

#[cfg(test)]
mod tests {
    use super::{ALSO_KNOWN, Email, POPULAR};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    fn email(typed: &str) -> Email {
        Email::parse(typed).unwrap()
    }

    #[test]
    fn it_is_kept_as_typed_and_compared_by_its_key() {
        let anna = email("  Anna@X.De ");
        assert_eq!(anna.as_str(), "Anna@X.De");
        assert_eq!(anna.key(), "anna@x.de");
        assert_eq!(anna.key(), email("anna@x.de").key());
        assert_ne!(email("a+b@x.de").key(), email("a@x.de").key());
        assert_ne!(email("a.b@x.de").key(), email("ab@x.de").key());
    }

    #[test]
    fn a_domain_in_its_own_script_becomes_an_a_label() {
        let bakery = email("Info@Bäckerei.example");
        assert_eq!(bakery.domain(), "xn--bckerei-5wa.example");
        assert_eq!(bakery.ascii(), "Info@xn--bckerei-5wa.example");
        assert_eq!(bakery.key(), email("info@XN--BCKEREI-5WA.example").key());
        assert_eq!(bakery.to_string(), "Info@Bäckerei.example");
    }

    #[test]
    fn what_could_reach_another_account_or_recipient_is_refused() {
        let long_local = format!("{}@e.com", "a".repeat(65));
        let long_label = format!("a@{}.com", "b".repeat(64));
        let long = format!("a@{}.com", vec!["b".repeat(50); 5].join("."));
        for odd in [
            "a@e.com>\r\nRCPT TO:<inj@e.net",
            "a@e.com\n",
            "a@e.com\0",
            "a\u{202e}b@e.com",
            "a\u{200b}@e.com",
            "mıke@e.com",
            "mike\u{430}@e.com",
            "ａ@e.com",
            "a@e.com,b@e.com",
            "a@e.com;b@e.com",
            "Ann <a@e.com>",
            "\"a b\"@e.com",
            "a b@e.com",
            "a@@e.com",
            "a@b@e.com",
            "@e.com",
            "a@",
            "a",
            "",
            " ",
            ".a@e.com",
            "a.@e.com",
            "a..b@e.com",
            "a@e",
            "a@e.com.",
            "a@.com",
            "a@e..com",
            "a@-e.com",
            "a@e-.com",
            "a@e_f.com",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@1.2",
            "a@e.c",
            "a@e.com/x",
            "a@e:25.com",
            "a(b)@e.com",
            "a@e\u{ad}x.com",
            "mailto:a@e.com",
            "a@xn--a.com",
            &long_local,
            &long_label,
            &long,
        ] {
            let why = Email::parse(odd).expect_err(odd);
            assert!(!why.is_empty() && !why.ends_with('.'), "{odd}: {why}");
        }
    }

    #[test]
    fn usual_addresses_are_taken() {
        for fine in [
            "name@example.com",
            "o'brien+tax@mail.example.co.uk",
            "a@1and1.example",
            "first.last@sub-domain.example",
            "x@xn--bckerei-5wa.example",
            "a/b=c!d@example.com",
        ] {
            assert_eq!(email(fine).as_str(), fine);
        }
    }

    #[test]
    fn the_sentence_says_what_to_do() {
        let why = |typed| Email::parse(typed).unwrap_err();
        assert_eq!(why("name@"), "Add the part after the @, like name@example.com");
        assert_eq!(why("name@example"), "Add the ending after example, like example.com");
        assert_eq!(why("a@e.com, b@e.com"), "Type one address only, like name@example.com");
    }

    #[test]
    fn a_likely_mistype_is_noticed() {
        for (typed, meant) in [
            ("gmial.com", "gmail.com"),
            ("gmail.con", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("hotmial.com", "hotmail.com"),
            ("yaho.com", "yahoo.com"),
            ("outlok.com", "outlook.com"),
            ("icloud.co", "icloud.com"),
            ("gogglemial.com", "googlemail.com"),
        ] {
            let hint = email(&format!("Ann@{typed}")).typo_hint();
            assert_eq!(hint, Some(format!("Ann@{meant}")), "{typed}");
        }
    }

    #[test]
    fn known_and_unrelated_domains_are_left_alone() {
        let unrelated = ["alderfinch.example", "aon.com", "gmx.fr", "marlow.co.uk"];
        for domain in POPULAR.iter().chain(&ALSO_KNOWN).chain(&unrelated) {
            assert_eq!(email(&format!("a@{domain}")).typo_hint(), None, "{domain}");
        }
    }

    #[test]
    fn reading_it_back_checks_it_again() {
        let stored = serde_json::to_string(&email("A@x.de")).unwrap();
        assert_eq!(stored, "\"A@x.de\"");
        assert_eq!(serde_json::from_str::<Email>(&stored).unwrap(), email("A@x.de"));
        assert!(serde_json::from_str::<Email>("\"a@x.de\\r\\nBcc:\"").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in ".*@?.*") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert!(email.ascii().is_ascii() && email.ascii().len() <= 254);
                prop_assert!(!email.ascii().contains([' ', '<', '>', '\r', '\n', ',']));
                prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email.clone());
                prop_assert_eq!(Email::parse(&email.ascii()).unwrap().key(), email.key());
            }
        }
    }
}
