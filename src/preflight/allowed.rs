//! Whether the domain allows the authority to issue (CAA, RFC 8659), and by this challenge (RFC 8657).

use super::Verdict;
use crate::dns::{Caa, Dns};
use crate::model::tls::Challenge;

/// What a domain may say about names without a star.
const TAGS: [&str; 6] =
    ["issue", "issuewild", "iodef", "issuemail", "contactemail", "contactphone"];

/// Looks at the name and at the domains above it: the first with such a record counts. `known_as` are the authority's
/// names in the DNS.
pub(super) async fn look(
    dns: &Dns,
    name: &str,
    known_as: &[String],
    challenge: Challenge,
) -> (Verdict, String) {
    let mut domain = name.trim_end_matches('.');
    loop {
        match dns.caa(domain).await {
            Err(why) => {
                let says = format!("Whether {domain} allows the authority is not known: {why}.");
                return (Verdict::Unsure, says);
            }
            Ok(records) if !records.is_empty() => {
                return judge(domain, &records, known_as, challenge);
            }
            Ok(_) => match domain.split_once('.') {
                Some((_, above)) => domain = above,
                None => break,
            },
        }
    }
    (Verdict::Good, format!("{name} allows every authority: it has no CAA record."))
}

/// What a record with the tag "issue" says: who may, and how.
struct Issue<'a> {
    who: &'a str,
    terms: Vec<(&'a str, &'a str)>,
}

impl<'a> Issue<'a> {
    fn of(record: &'a Caa) -> Self {
        let mut parts = record.value.split(';').map(str::trim);
        let who = parts.next().unwrap_or_default();
        let terms = parts.filter_map(|term| term.split_once('='));
        Self { who, terms: terms.map(|(name, value)| (name.trim(), value.trim())).collect() }
    }

    fn names(&self, known_as: &[String]) -> bool {
        known_as.iter().any(|known| known.eq_ignore_ascii_case(self.who))
    }

    /// The challenge that is not among those allowed.
    fn forbids(&self, challenge: Challenge) -> bool {
        let methods = self.terms.iter().find(|(name, _)| *name == "validationmethods");
        let Some((_, methods)) = methods else { return false };
        let allows = |name: &str| methods.split(',').any(|one| one.trim() == name);
        match challenge {
            Challenge::Either => !allows("tls-alpn-01") && !allows("http-01"),
            one => !allows(one.name()),
        }
    }
}

fn judge(
    domain: &str,
    records: &[Caa],
    known_as: &[String],
    challenge: Challenge,
) -> (Verdict, String) {
    if let Some(odd) = records.iter().find(|one| one.critical && !TAGS.contains(&one.tag.as_str()))
    {
        let tag = &odd.tag;
        let says = format!(
            "The CAA record “{tag}” of {domain} is marked critical, so authorities that do not know it refuse."
        );
        return (Verdict::Unsure, says);
    }
    let issue: Vec<Issue<'_>> =
        records.iter().filter(|one| one.tag == "issue").map(Issue::of).collect();
    if issue.is_empty() {
        return (Verdict::Good, format!("{domain} allows every authority."));
    }
    if known_as.is_empty() {
        let says = format!(
            "{domain} allows certain authorities only, and this one does not tell by which name the DNS knows it."
        );
        return (Verdict::Unsure, says);
    }
    let ours: Vec<&Issue<'_>> = issue.iter().filter(|one| one.names(known_as)).collect();
    let name = known_as.first().map_or("", String::as_str);
    if ours.is_empty() {
        let others = issue.iter().map(|one| one.who).filter(|who| !who.is_empty());
        let others = others.collect::<Vec<_>>().join(", ");
        let others = if others.is_empty() { "nobody".to_owned() } else { others };
        let says = format!(
            "The CAA record of {domain} allows {others}, and not this authority: add the record  {domain}. CAA 0 issue \
             \"{name}\""
        );
        return (Verdict::Bad, says);
    }
    if ours.iter().all(|one| one.forbids(challenge)) {
        let says = format!(
            "The CAA record of {domain} allows {name}, but not by this way of proof (validationmethods)."
        );
        return (Verdict::Bad, says);
    }
    if ours.iter().all(|one| one.terms.iter().any(|(term, _)| *term == "accounturi")) {
        let says = format!(
            "The CAA record of {domain} allows {name} for a certain account only (accounturi)."
        );
        return (Verdict::Unsure, says);
    }
    (Verdict::Good, format!("The CAA record of {domain} allows {name}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caa(tag: &str, value: &str) -> Caa {
        Caa { critical: false, tag: tag.into(), value: value.into() }
    }

    fn judged(records: &[Caa], challenge: Challenge) -> (Verdict, String) {
        judge("firm.example", records, &["letsencrypt.org".to_owned()], challenge)
    }

    #[test]
    fn a_domain_allows_whom_it_names() {
        let ours = caa("issue", " LetsEncrypt.org ");
        let other = caa("issue", "ca.example; policy=ev");
        assert_eq!(judged(&[other.clone(), ours], Challenge::Either).0, Verdict::Good);
        let (is, says) = judged(&[other], Challenge::Either);
        assert_eq!(is, Verdict::Bad);
        assert!(
            says.contains("allows ca.example") && says.contains("\"letsencrypt.org\""),
            "{says}"
        );
        let (_, nobody) = judged(&[caa("issue", ";")], Challenge::Either);
        assert!(nobody.contains("allows nobody"), "{nobody}");
        let stars = [caa("issuewild", ";"), caa("iodef", "mailto:it@firm.example")];
        assert_eq!(judged(&stars, Challenge::Either).0, Verdict::Good, "there is no star");
    }

    #[test]
    fn conditions_of_a_record_are_read() {
        let http = [caa("issue", "letsencrypt.org; validationmethods=http-01")];
        assert_eq!(judged(&http, Challenge::TlsAlpn01).0, Verdict::Bad);
        assert_eq!(judged(&http, Challenge::Http01).0, Verdict::Good);
        assert_eq!(judged(&http, Challenge::Either).0, Verdict::Good);
        let account = [caa("issue", "letsencrypt.org; accounturi=https://a.example/1")];
        assert_eq!(judged(&account, Challenge::Either).0, Verdict::Unsure);
        let odd = [Caa { critical: true, ..caa("future", "1") }];
        assert_eq!(judged(&odd, Challenge::Either).0, Verdict::Unsure);
        let unnamed = judge("firm.example", &http, &[], Challenge::Either);
        assert_eq!(unnamed.0, Verdict::Unsure);
    }
}
