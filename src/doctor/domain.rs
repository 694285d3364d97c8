//! What the DNS says of the public address and of the domain that mails come from: who may send for it (SPF), how its
//! mails are signed (DKIM), and what receivers shall do with mails that are not (DMARC).

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::timeout;

use super::record::{Seen, look_up, tag};
use super::spf;
use crate::dns::{Dns, NoAnswer};
use crate::model::dkim::{DkimView, record_name, record_value};
use crate::model::firm::Firm;
use crate::model::{Check, Vitals};
use crate::values::PublicUrl;

/// For one of the checks, however many questions it asks.
const PATIENCE: Duration = Duration::from_secs(12);
/// What to do where the DNS says nothing.
const ASK_ANOTHER: &str =
    "See whether this machine can look names up, or name another name server with --dns-server.";

/// Providers that send from many addresses, and the domain whose record lists them.
const PROVIDERS: [(&str, &str); 8] = [
    (".gmail.com", "_spf.google.com"),
    (".google.com", "_spf.google.com"),
    (".office365.com", "spf.protection.outlook.com"),
    (".outlook.com", "spf.protection.outlook.com"),
    (".fastmail.com", "spf.messagingengine.com"),
    (".messagingengine.com", "spf.messagingengine.com"),
    (".mailgun.org", "mailgun.org"),
    (".sendgrid.net", "sendgrid.net"),
];

/// All of it, at once.
pub(super) async fn checks(vitals: &Vitals, dns: &Dns) -> Vec<Check> {
    let Some(firm) = &vitals.firm else { return Vec::new() };
    let (address, mails) =
        tokio::join!(address(dns, &firm.public_url), of_mails(vitals, firm, dns));
    address.into_iter().chain(mails).collect()
}

/// Whether the name of the public address leads anywhere.
async fn address(dns: &Dns, url: &PublicUrl) -> Option<Check> {
    const ID: &str = "address-dns";
    const TITLE: &str = "Name of the public address";
    let host = url.host().trim_matches(['[', ']']);
    if url.is_loopback() || host.parse::<IpAddr>().is_ok() {
        return None;
    }
    Some(match dns.addresses(host).await {
        Err(why) => unknown(ID, TITLE, host, &why),
        Ok(found) if found.is_empty() => Check::fail(
            ID,
            TITLE,
            format!("{host} has no address: nobody can open the portal."),
            "Set an A record, and an AAAA record for IPv6, with the address of this server.",
        ),
        Ok(found) => {
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            Check::ok(ID, TITLE, format!("{host} leads to {}.", found.join(", ")))
        }
    })
}

async fn of_mails(vitals: &Vitals, firm: &Firm, dns: &Dns) -> Vec<Check> {
    let Some(smtp) = firm.smtp.as_ref() else { return Vec::new() };
    let domain = smtp.mail_from.domain();
    let (answers, spf, dkim, dmarc) = tokio::join!(
        in_time(answers(dns, domain), "mx", ANSWERS),
        in_time(spf_check(dns, domain, &smtp.host, &firm.public_url), "spf", SPF),
        in_time(dkim_check(dns, domain, vitals.dkim.as_ref()), "dkim", DKIM),
        in_time(dmarc_check(dns, domain), "dmarc", DMARC),
    );
    vec![answers, spf, dkim, dmarc]
}

const ANSWERS: &str = "Answers to mails";
const SPF: &str = "SPF";
const DKIM: &str = "DKIM";
const DMARC: &str = "DMARC";

async fn in_time(
    check: impl Future<Output = Check>,
    id: &'static str,
    title: &'static str,
) -> Check {
    let checked = timeout(PATIENCE, check).await;
    checked.unwrap_or_else(|_| Check::warn(id, title, "The DNS took too long.", ASK_ANOTHER))
}

fn unknown(id: &'static str, title: &'static str, name: &str, why: &NoAnswer) -> Check {
    Check::warn(id, title, format!("{name} could not be looked up: {why}."), ASK_ANOTHER)
}

/// Many servers take no mail from a domain that takes none.
async fn answers(dns: &Dns, domain: &str) -> Check {
    const ID: &str = "mx";
    let taken = match dns.mx(domain).await {
        Ok(mx) if mx.is_empty() => dns.addresses(domain).await.map(|found| !found.is_empty()),
        // A single dot: it takes no mail (RFC 7505).
        Ok(mx) => Ok(mx.iter().any(|mx| !mx.host.is_empty())),
        Err(why) => Err(why),
    };
    match taken {
        Err(why) => unknown(ID, ANSWERS, domain, &why),
        Ok(true) => Check::ok(ID, ANSWERS, format!("{domain} takes mail.")),
        Ok(false) => Check::fail(
            ID,
            ANSWERS,
            format!(
                "{domain} takes no mail, so answers are lost and many servers refuse its mails."
            ),
            "Set an MX record, or send from an address of a domain that has one.",
        ),
    }
}

/// The term that lets this mail server send. One on this machine sends from the public address; where that is not set,
/// most likely so does whatever takes mail for the domain.
fn sender(host: &str, url: &PublicUrl) -> String {
    let provider = PROVIDERS.iter().find(|(end, _)| host.ends_with(end));
    match provider {
        Some((_, include)) => format!("include:{include}"),
        None if is_here(host) && url.is_loopback() => "mx".to_owned(),
        None if is_here(host) => term(url.host().trim_matches(['[', ']'])),
        None => term(host),
    }
}

fn term(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => format!("ip4:{address}"),
        Ok(IpAddr::V6(address)) => format!("ip6:{address}"),
        Err(_) => format!("a:{host}"),
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The one SPF record of a domain, or what is the matter with it.
async fn spf_record(dns: &Dns, domain: &str, sender: &str) -> Result<String, Check> {
    const ID: &str = "spf";
    let texts = dns.texts(domain).await.map_err(|why| unknown(ID, SPF, domain, &why))?;
    let mut records = spf::records(&texts);
    match (records.pop(), records.len()) {
        (Some(record), 0) => Ok(record),
        (Some(_), _) => {
            let found = format!("{domain} has more than one SPF record, so receivers heed none.");
            Err(Check::fail(ID, SPF, found, "Put them together into one."))
        }
        (None, _) => {
            let found =
                format!("{domain} says nowhere who may send its mails: many end up as spam.");
            let todo = "Set this record; with several mail services, name each of them.";
            let value = format!("v=spf1 {sender} ~all");
            Err(Check::fail(ID, SPF, found, todo).with("TXT", domain, value))
        }
    }
}

async fn spf_check(dns: &Dns, domain: &str, host: &str, url: &PublicUrl) -> Check {
    const ID: &str = "spf";
    let sender = sender(host, url);
    let record = match spf_record(dns, domain, &sender).await {
        Ok(record) => record,
        Err(check) => return check,
    };
    let allowed = match spf::follow(dns, domain, &record).await {
        Ok(allowed) => allowed,
        Err(why) => return unknown(ID, SPF, domain, &why),
    };
    if allowed.has_too_many() {
        let found = format!(
            "The record of {domain} asks for more than ten look-ups, so receivers give up."
        );
        return Check::fail(
            ID,
            SPF,
            found,
            "Take services out of it that do not send for you any more.",
        );
    }
    if let Some(broken) = &allowed.broken {
        let found = format!(
            "The record of {domain} includes {broken}, which has none, so receivers heed neither."
        );
        return Check::fail(ID, SPF, found, "Take that part out.");
    }
    if allowed.anybody {
        let found = format!("The record of {domain} lets anybody send in its name.");
        return Check::warn(ID, SPF, found, "Let it end with ~all or -all.");
    }
    let included = sender
        .strip_prefix("include:")
        .is_some_and(|name| allowed.included.iter().any(|known| known == name));
    let servers = match is_here(host) {
        true => dns.addresses(url.host()).await,
        false => dns.addresses(host).await,
    };
    if included || servers.unwrap_or_default().into_iter().any(|server| allowed.allows(server)) {
        return Check::ok(ID, SPF, format!("The record of {domain} lets {host} send."));
    }
    let found = format!(
        "The record of {domain} does not seem to let {host} send. (Some providers send from other addresses than the \
         one that takes your mails.)"
    );
    let todo = "Ask your provider what to add; if it says nothing else, set the record to this.";
    Check::warn(ID, SPF, found, todo).with("TXT", domain, spf::with(&record, &sender))
}

async fn dkim_check(dns: &Dns, domain: &str, view: Option<&DkimView>) -> Check {
    const ID: &str = "dkim";
    let signed = view.map(|view| &view.settings).filter(|settings| settings.on);
    let key = signed.and_then(|settings| settings.current.as_ref());
    let Some(key) = key.filter(|key| key.domain == domain) else {
        let found = "Mails are not signed here. If the mail server does not sign them either, more of them end up as spam.";
        return Check::warn(
            ID,
            DKIM,
            found,
            "Sign them: make a key in Settings › E-mail, under “Sign mails”.",
        );
    };
    let name = record_name(&key.selector, domain);
    let seen = look_up(dns, key).await;
    let words = seen.words(&name);
    match seen {
        Seen::Good => Check::ok(ID, DKIM, format!("Mails are signed. {words}")),
        Seen::Unknown(_) => Check::warn(ID, DKIM, words, ASK_ANOTHER),
        _ => Check::fail(
            ID,
            DKIM,
            format!("Mails are signed, and nobody can verify it. {words}"),
            "Set this record.",
        )
        .with("TXT", name, record_value(&key.public)),
    }
}

async fn dmarc_check(dns: &Dns, domain: &str) -> Check {
    const ID: &str = "dmarc";
    let mut asked = domain;
    loop {
        let name = format!("_dmarc.{asked}");
        let texts = match dns.texts(&name).await {
            Ok(texts) => texts,
            Err(why) => return unknown(ID, DMARC, &name, &why),
        };
        let is_one =
            |text: &&String| tag(text, "v").is_some_and(|v| v.eq_ignore_ascii_case("DMARC1"));
        let records: Vec<&String> = texts.iter().filter(is_one).collect();
        match records.as_slice() {
            [] => {}
            [record] => return dmarc_of(&name, record),
            _ => {
                let found =
                    format!("There is more than one record {name}, so receivers heed none.");
                return Check::fail(ID, DMARC, found, "Leave only one.");
            }
        }
        // A subdomain goes by the record of the domain above it.
        match asked.split_once('.') {
            Some((_, above)) if above.contains('.') => asked = above,
            _ => break,
        }
    }
    let found = format!("{domain} has no DMARC record. Large providers ask for one.");
    let todo = "Set this record to begin with. Once all your mails are signed, p=quarantine protects your name.";
    Check::warn(ID, DMARC, found, todo).with("TXT", format!("_dmarc.{domain}"), "v=DMARC1; p=none")
}

fn dmarc_of(name: &str, record: &str) -> Check {
    const ID: &str = "dmarc";
    let policy = tag(record, "p").map(|policy| policy.to_ascii_lowercase());
    match policy.as_deref() {
        Some("none") => Check::ok(
            ID,
            DMARC,
            format!("{name} asks receivers to do nothing about forged mails yet (p=none)."),
        ),
        Some(policy @ ("quarantine" | "reject")) => Check::ok(
            ID,
            DMARC,
            format!("{name} asks receivers to turn forged mails away (p={policy})."),
        ),
        _ => Check::warn(
            ID,
            DMARC,
            format!("The record {name} does not say what receivers shall do."),
            "Add p=none, p=quarantine or p=reject behind v=DMARC1;",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CheckState;

    #[test]
    fn the_term_for_a_mail_server_is_what_its_provider_wants() {
        let url = PublicUrl::parse("https://portal.firm.example").unwrap();
        let sender = |host: &str| sender(host, &url);
        assert_eq!(sender("smtp.gmail.com"), "include:_spf.google.com");
        assert_eq!(sender("smtp.office365.com"), "include:spf.protection.outlook.com");
        assert_eq!(sender("mail.firm.example"), "a:mail.firm.example");
        assert_eq!(sender("192.0.2.1"), "ip4:192.0.2.1");
        assert_eq!(sender("localhost"), "a:portal.firm.example");
        let nowhere = PublicUrl::parse("http://localhost:8080").unwrap();
        assert_eq!(super::sender("127.0.0.1", &nowhere), "mx");
    }

    #[test]
    fn a_policy_must_be_one() {
        let state = |record: &str| dmarc_of("_dmarc.firm.example", record).state;
        assert_eq!(state("v=DMARC1; p=none"), CheckState::Ok);
        assert_eq!(state("v=DMARC1; P=Reject; rua=mailto:a@firm.example"), CheckState::Ok);
        assert_eq!(state("v=DMARC1; rua=mailto:a@firm.example"), CheckState::Warn);
    }
}
