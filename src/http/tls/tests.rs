use jiff::SignedDuration;

use super::*;

fn made(names: &[&str]) -> (String, String) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let from = "2026-03-01T00:00:00Z".parse().unwrap();
    let until = "2026-05-30T00:00:00Z".parse().unwrap();
    self_signed(&names, Some((from, until))).unwrap()
}

fn served(names: &[&str]) -> Served {
    let (chain, key) = made(names);
    Served::read(&chain, &key).unwrap()
}

#[test]
fn a_certificate_says_whom_it_names_and_how_long_it_holds() {
    let facts = served(&["Portal.firm.example", "10.0.0.5", "fd00::5"]).facts;
    assert_eq!(facts.names, ["portal.firm.example", "10.0.0.5", "fd00::5"]);
    assert!(facts.self_signed && facts.issuer.contains("self-signed"), "{}", facts.issuer);
    assert_eq!(facts.not_after.to_string(), "2026-05-30T00:00:00Z");
    assert_eq!(facts.renewal().to_string(), "2026-04-30T00:00:00Z");
    for here in ["portal.firm.example", "PORTAL.firm.example.", "10.0.0.5", "[fd00::5]"] {
        assert!(facts.covers(here), "{here}");
    }
    assert!(!facts.covers("firm.example") && !facts.covers("10.0.0.6"));
    let before = facts.not_before - SignedDuration::from_secs(1);
    assert!(facts.holds(facts.not_before) && !facts.holds(before) && !facts.holds(facts.not_after));
}

#[test]
fn a_star_stands_for_one_label() {
    let facts = served(&["*.firm.example"]).facts;
    assert!(facts.covers("portal.firm.example"));
    assert!(!facts.covers("firm.example") && !facts.covers("a.portal.firm.example"));
}

#[test]
fn what_is_no_pair_is_refused_with_what_to_do() {
    let ((chain, key), (_, other)) = (made(&["a.example"]), made(&["b.example"]));
    let why =
        |chain: &str, key: &str| Served::read(chain, key).map(|_| ()).unwrap_err().to_string();
    assert!(why("", &key).contains("BEGIN CERTIFICATE"));
    assert!(why(&chain, &chain).contains("BEGIN PRIVATE KEY"));
    assert!(why(&chain, &other).contains("another certificate"));
    assert!(why(&chain[..chain.len() / 2], &key).contains("damaged"));
    let locked = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert!(why(&chain, &locked).contains("password"));
    let both = format!("{key}{chain}");
    assert!(Served::read(&both, &both).is_ok(), "one file may hold both");
}

#[test]
fn the_certificate_that_names_the_host_is_shown() {
    let certificates = Certificates::new().unwrap();
    let shown = |name| certificates.for_name(name).cert[0].clone();
    let last_resort = shown(None);
    let (new, old) = (served(&["new.example"]), served(&["old.example"]));
    let (first, second) = (new.key.cert[0].clone(), old.key.cert[0].clone());
    certificates.show(vec![new, old]);
    assert_eq!(shown(Some("new.example")), first);
    assert_eq!(shown(Some("old.example")), second);
    assert_eq!(shown(Some("other.example")), first);
    assert_eq!(shown(None), first);
    certificates.show(Vec::new());
    assert_eq!(shown(Some("new.example")), last_resort);
}

#[test]
fn a_proof_is_there_only_for_whom_it_is_meant() {
    let certificates = Certificates::new().unwrap();
    let proof =
        |name: &str| Proof::Handshake { name: name.into(), certificate: served(&[name]).key };
    certificates.prove(vec![proof("portal.example"), proof("www.example")]);
    assert!(certificates.proof_of(Some("portal.example")).is_some());
    assert!(certificates.proof_of(Some("www.example")).is_some());
    assert!(certificates.proof_of(Some("other.example")).is_none());
    assert!(certificates.proof_of(None).is_none());
    certificates.prove(vec![Proof::Text { token: "t0k".into(), text: "t0k.thumb".into() }]);
    assert_eq!(certificates.text_for("t0k").as_deref(), Some("t0k.thumb"));
    assert_eq!(certificates.text_for("other"), None);
    assert!(certificates.proof_of(Some("portal.example")).is_none());
    certificates.prove(Vec::new());
    assert_eq!(certificates.text_for("t0k"), None);
}
