//! What is told to whom, as the people of one client meet it; any order of events is in `property.rs`.

mod property;

use jiff::SignedDuration;

use super::*;
use crate::blobs::BlobName;
use crate::model::file::{Audience, Author, Because, Review, Trashed, Version};
use crate::model::membership::{Areas, Membership};
use crate::model::posting::{HandOver, Outcome};
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::values::{Digest, FileName, Media};

/// A firm with one client that two contacts belong to.
pub(in crate::model) struct Desk {
    pub(in crate::model) office: Office,
    pub(in crate::model) priya: Staff,
    pub(in crate::model) client: Client,
    pub(in crate::model) naomi: Contact,
    pub(in crate::model) ben: Contact,
}

impl Desk {
    pub(in crate::model) async fn new() -> Self {
        let office = office().await;
        let priya = office.staff("Priya Nair", "priya@alderfinch.example", Role::Owner).await;
        let client = office.client("Marlow Ceramics").await;
        let naomi = office.member("Naomi", "naomi@marlow.example", &client).await;
        let ben = office.member("Ben", "ben@marlow.example", &client).await;
        Self { office, priya, client, naomi, ben }
    }

    /// A file that somebody has added, which nothing is told of yet.
    pub(in crate::model) async fn file(&self, name: &str, by: Who, audience: Audience) -> File {
        let by = Author { who: by, name: "Somebody".into() };
        let (id, at) = (self.office.write(|tx| Ok(tx.id())).await, self.office.clock.now());
        let version = Version {
            number: 1,
            blob: BlobName::from_bytes([7; 32]),
            sha256: Digest::of(b"x"),
            bytes: 1,
            media: Media::Text,
            at,
            by: by.clone(),
            scan: self.office.write(|tx| tx.new_scan()).await,
        };
        File {
            id,
            client: self.client.id,
            folder: None,
            name: FileName::parse(name).unwrap(),
            audience,
            because: Because::Added,
            review: by.contact().map(|_| Review::Waiting),
            by,
            note: None,
            versions: vec![version],
            next_version: 2,
            added: at,
            changed: at,
            trash: None,
            handed_in_for: None,
        }
    }

    /// Stores a file and tells of it, as a command that adds one does.
    pub(in crate::model) async fn put(&self, file: &File) {
        let file = file.clone();
        let add = move |tx: &mut Write<'_, '_>| {
            let before: Option<File> = tx.get(file.id)?;
            tx.put(&file)?;
            tx.tell_contacts_of_file(&file, before.as_ref())?;
            if before.is_none() {
                tx.tell_staff_of_upload(&file)?;
            }
            Ok(())
        };
        self.office.write(add).await;
    }

    /// Adds a file of the firm for everyone.
    async fn share(&self, name: &str) -> File {
        let file = self.file(name, Who::Staff(self.priya.id), Audience::Everyone).await;
        self.put(&file).await;
        file
    }

    pub(in crate::model) fn mails_to(&self, address: &str) -> Vec<Mail> {
        let mails = self.office.mails().into_iter();
        mails.filter(|mail| mail.to.as_str() == address).collect()
    }

    pub(in crate::model) fn pass(&self, time: SignedDuration) {
        self.office.clock.advance(time);
    }

    /// Hands over what is due; what the mails say.
    pub(in crate::model) async fn deliver(&self) -> Vec<(String, Letter)> {
        let system = &self.office.system;
        let (mut sent, mut outcomes) = (Vec::new(), Vec::new());
        for id in system.due_mails(100).unwrap() {
            match system.hand_over(id).unwrap() {
                HandOver::Ready(ready) => {
                    sent.push((ready.mail.to.to_string(), ready.mail.letter.clone()));
                    let words = "250".to_owned();
                    outcomes.push((id, Outcome::Accepted { words, told: ready.tells }));
                }
                HandOver::Stale => outcomes.push((id, Outcome::Stale)),
                HandOver::Gone => {}
            }
        }
        system.record(outcomes).await.unwrap();
        sent.sort_by(|a, b| a.0.cmp(&b.0));
        sent
    }

    pub(in crate::model) async fn choose(&self, who: &Contact, pace: Pace) {
        let address = who.primary().unwrap().to_string();
        let cookie = self.office.log_in(&address, PASSWORD).await.text();
        self.office.guest.person(&cookie).unwrap().choose_notices(pace).await.unwrap();
    }
}

const TEN: SignedDuration = SignedDuration::from_mins(10);

fn count(letter: &Letter) -> u32 {
    match letter {
        Letter::NewFiles { count, .. } | Letter::NewUploads { count, .. } => *count,
        other => panic!("no notice: {other:?}"),
    }
}

#[tokio::test]
async fn what_happens_in_ten_minutes_is_one_mail() {
    let desk = Desk::new().await;
    desk.share("Accounts.pdf").await;
    desk.pass(SignedDuration::from_mins(9));
    desk.share("Return.pdf").await;
    assert!(desk.deliver().await.is_empty(), "it waits ten minutes from the first one");
    desk.pass(SignedDuration::from_mins(1));
    let sent = desk.deliver().await;
    assert_eq!(sent.len(), 2, "Ben's and Naomi's");
    let path = format!("/p/{}/files", desk.client.id);
    let expected = Letter::NewFiles {
        first_name: "Naomi".into(),
        client: "Marlow Ceramics".into(),
        count: 2,
        names: vec![],
        daily: false,
        path,
    };
    assert_eq!(sent[1], ("naomi@marlow.example".into(), expected));
    desk.share("Letter.pdf").await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!(count(&sent[0].1), 1, "what was told is not told again");
    assert_eq!(desk.mails_to("naomi@marlow.example").len(), 2);
    // Whoever looks at a mail in the outbox sees what was sent.
    assert_eq!(count(&desk.mails_to("naomi@marlow.example")[0].letter), 2);
}

#[tokio::test]
async fn nobody_is_told_of_what_they_do_not_see_or_added_themselves() {
    let desk = Desk::new().await;
    let (naomi, ben) = (Who::Contact(desk.naomi.id), Who::Contact(desk.ben.id));
    let staff = Who::Staff(desk.priya.id);
    let mut file = desk.file("Draft.pdf", staff, Audience::Firm).await;
    desk.put(&file).await;
    desk.put(&desk.file("Mine.pdf", naomi, Audience::Firm).await).await;
    desk.put(&desk.file("Ours.pdf", ben, Audience::Everyone).await).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    let told: Vec<_> = sent.iter().map(|(to, letter)| (to.as_str(), count(letter))).collect();
    assert_eq!(told, [("naomi@marlow.example", 1), ("priya@alderfinch.example", 2)]);
    file.audience = Audience::Named(vec![desk.ben.id]);
    desk.put(&file).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].0, "ben@marlow.example");
}

#[tokio::test]
async fn what_is_hidden_before_the_mail_leaves_is_not_in_it() {
    let desk = Desk::new().await;
    let mut kept = desk.share("Kept.pdf").await;
    let mut hidden = desk.share("Hidden.pdf").await;
    let mut gone = desk.share("Gone.pdf").await;
    hidden.audience = Audience::Named(vec![desk.ben.id]);
    desk.put(&hidden).await;
    let by = hidden.by.clone();
    gone.trash = Some(Trashed { at: desk.office.clock.now(), by, with: None });
    desk.put(&gone).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    let told: Vec<_> = sent.iter().map(|(to, letter)| (to.as_str(), count(letter))).collect();
    assert_eq!(told, [("ben@marlow.example", 2), ("naomi@marlow.example", 1)]);
    // Hidden and shown again: whoever was told is not told twice.
    kept.audience = Audience::Firm;
    desk.put(&kept).await;
    kept.audience = Audience::Everyone;
    desk.put(&kept).await;
    // Naomi has not been told of this one yet.
    hidden.audience = Audience::Everyone;
    desk.put(&hidden).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].0.as_str(), count(&sent[0].1)), ("naomi@marlow.example", 1));
}

#[tokio::test]
async fn a_mail_of_which_nothing_is_left_does_not_leave() {
    let desk = Desk::new().await;
    let mut file = desk.share("Hidden.pdf").await;
    file.audience = Audience::Firm;
    desk.put(&file).await;
    desk.pass(TEN);
    assert!(desk.deliver().await.is_empty());
    let [mail] = desk.mails_to("naomi@marlow.example").try_into().unwrap();
    assert!(!mail.waits() && mail.last.unwrap().plain.starts_with("Not sent"));
    assert!(desk.office.all::<Notice>().is_empty());
    let failed = desk.office.said().into_iter().any(|what| what.contains("could not deliver"));
    assert!(!failed, "nothing went wrong");
}

#[tokio::test]
async fn what_comes_while_the_mail_leaves_is_told_in_the_next_one() {
    let desk = Desk::new().await;
    desk.choose(&desk.ben, Pace::Off).await;
    desk.share("First.pdf").await;
    desk.pass(TEN);
    let system = &desk.office.system;
    let [id] = system.due_mails(9).unwrap().try_into().unwrap();
    let HandOver::Ready(ready) = system.hand_over(id).unwrap() else { panic!("not ready") };
    desk.share("Second.pdf").await;
    let told = Outcome::Accepted { words: "250".into(), told: ready.tells };
    system.record(vec![(id, told)]).await.unwrap();
    let mails = desk.mails_to("naomi@marlow.example");
    assert_eq!(mails.len(), 2);
    assert_eq!(count(&mails[0].letter), 1);
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!((sent.len(), count(&sent[0].1)), (1, 1));
}

#[tokio::test]
async fn a_mail_that_is_tried_again_tells_what_is_true_then() {
    let desk = Desk::new().await;
    let mut first = desk.share("First.pdf").await;
    desk.pass(TEN);
    let later = || Outcome::Later { plain: "Not now.".into(), words: "451".into() };
    let due = desk.office.system.due_mails(9).unwrap();
    assert_eq!(due.len(), 2);
    let outcomes = due.iter().map(|id| (*id, later())).collect();
    desk.office.system.record(outcomes).await.unwrap();
    first.audience = Audience::Firm;
    desk.put(&first).await;
    desk.share("Second.pdf").await;
    desk.share("Third.pdf").await;
    desk.pass(SignedDuration::from_mins(1));
    let sent = desk.deliver().await;
    assert_eq!(sent.iter().map(|(_, letter)| count(letter)).collect::<Vec<_>>(), [2, 2]);
}

#[tokio::test]
async fn a_new_version_is_news_and_an_old_one_is_told_with_it() {
    let desk = Desk::new().await;
    desk.choose(&desk.ben, Pace::Off).await;
    let mut file = desk.share("Accounts.pdf").await;
    let add = |file: &mut File| {
        let number = file.next_version;
        let version = Version { number, ..file.newest().clone() };
        file.versions.push(version);
        file.next_version += 1;
    };
    add(&mut file);
    desk.put(&file).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!((sent.len(), count(&sent[0].1)), (1, 1), "one file, however many versions");
    add(&mut file);
    desk.put(&file).await;
    desk.put(&file).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!((sent.len(), count(&sent[0].1)), (1, 1));
}

#[tokio::test]
async fn once_a_day_means_at_eight_in_the_firm_s_morning() {
    let desk = Desk::new().await;
    desk.choose(&desk.naomi, Pace::Daily).await;
    desk.choose(&desk.ben, Pace::Off).await;
    desk.share("First.pdf").await;
    desk.pass(SignedDuration::from_hours(5));
    desk.share("Second.pdf").await;
    let [mail] = desk.mails_to("naomi@marlow.example").try_into().unwrap();
    let at = "2026-03-03T08:00:00Z".parse().unwrap();
    assert_eq!(mail.state, super::super::outbox::MailState::Waiting { not_before: at });
    assert_eq!(desk.office.system.facts().unwrap().oldest_mail, None, "it is not late");
    desk.office.clock.set(at);
    let sent = desk.deliver().await;
    assert!(matches!(sent[0].1, Letter::NewFiles { daily: true, count: 2, .. }));
    assert_eq!(sent.len(), 1);
}

#[tokio::test]
async fn another_choice_holds_for_what_waits_too() {
    let desk = Desk::new().await;
    desk.share("First.pdf").await;
    desk.choose(&desk.naomi, Pace::Daily).await;
    desk.choose(&desk.ben, Pace::Off).await;
    desk.pass(TEN);
    assert!(desk.deliver().await.is_empty());
    desk.choose(&desk.naomi, Pace::AtOnce).await;
    desk.choose(&desk.ben, Pace::AtOnce).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    assert_eq!((sent.len(), sent[0].0.as_str()), (1, "naomi@marlow.example"));
}

#[tokio::test]
async fn without_access_nobody_is_told() {
    let desk = Desk::new().await;
    desk.share("First.pdf").await;
    let cookie = desk.office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    let console = desk.office.guest.console(&cookie).unwrap();
    console.remove_access(desk.client.id, desk.naomi.id).await.unwrap();
    let [mail] = desk.mails_to("naomi@marlow.example").try_into().unwrap();
    assert!(!mail.waits());
    assert!(desk.office.all::<Notice>().iter().all(|n| n.reader == Who::Contact(desk.ben.id)));
    // Without the Files area it is the same.
    let [tie] = desk
        .office
        .all::<Membership>()
        .into_iter()
        .filter(|tie| tie.has_access())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    desk.office.put(Membership { areas: Areas { files: false, ..Areas::ALL }, ..tie }).await;
    desk.share("Second.pdf").await;
    desk.pass(TEN);
    assert!(desk.deliver().await.is_empty());
}

#[tokio::test]
async fn an_upload_is_told_to_whoever_looks_after_the_client() {
    let desk = Desk::new().await;
    desk.office.staff("Sam Finch", "sam@alderfinch.example", Role::Staff).await;
    let by = Who::Contact(desk.naomi.id);
    let file = desk.file("Receipt.jpg", by, Audience::Firm).await;
    desk.put(&file).await;
    let client = Client { looked_after_by: Some(desk.priya.id), ..desk.client.clone() };
    desk.office.put(client).await;
    let other = desk.file("Lease.pdf", by, Audience::Firm).await;
    desk.put(&other).await;
    desk.pass(TEN);
    let sent = desk.deliver().await;
    let told: Vec<_> = sent.iter().map(|(to, letter)| (to.as_str(), count(letter))).collect();
    assert_eq!(told, [("priya@alderfinch.example", 2), ("sam@alderfinch.example", 1)]);
    let Letter::NewUploads { clients, .. } = &sent[0].1 else { panic!("not uploads") };
    assert_eq!(clients, &[("Marlow Ceramics".to_owned(), 2)]);
    // What somebody has looked at before the mail leaves is no news.
    let third = desk.file("Card.pdf", by, Audience::Firm).await;
    desk.put(&third).await;
    let at = desk.office.clock.now();
    let review = Some(Review::Reviewed { by: third.by.clone(), at });
    desk.put(&File { review, ..third }).await;
    desk.pass(TEN);
    assert!(desk.deliver().await.is_empty());
}

#[tokio::test]
async fn files_are_named_only_if_the_firm_allows_it() {
    let desk = Desk::new().await;
    desk.choose(&desk.ben, Pace::Off).await;
    let cookie = desk.office.log_in("priya@alderfinch.example", PASSWORD).await.text();
    let admin = desk.office.guest.console(&cookie).unwrap().admin().unwrap();
    admin.let_mails_name_files(true).await.unwrap();
    for number in 0..12 {
        desk.share(&format!("Return {number}.pdf")).await;
    }
    desk.pass(TEN);
    let sent = desk.deliver().await;
    let Letter::NewFiles { names, count: 12, .. } = &sent[0].1 else { panic!("{sent:?}") };
    assert_eq!((names.len(), names[0].as_str()), (10, "Return 0.pdf"));
}

#[tokio::test]
async fn a_rejected_upload_is_told_at_once_and_says_no_more_than_the_firm_allows() {
    let desk = Desk::new().await;
    desk.choose(&desk.naomi, Pace::Off).await;
    let mut file = desk.file("Passport.jpg", Who::Contact(desk.naomi.id), Audience::Firm).await;
    let reason = "It is blurred.".to_owned().try_into().unwrap();
    let by = Author { who: Who::Staff(desk.priya.id), name: "Priya Nair".into() };
    file.review = Some(Review::Rejected { by, at: desk.office.clock.now(), reason });
    desk.office.put(file.clone()).await;
    let rejected = file.clone();
    desk.office.write(move |tx| tx.tell_uploader_rejected(&rejected)).await;
    let sent = desk.deliver().await;
    let expected = Letter::UploadRejected {
        first_name: "Naomi".into(),
        client: "Marlow Ceramics".into(),
        name: None,
        reason: None,
        path: format!("/p/{}/files/{}", desk.client.id, file.id),
    };
    assert_eq!(sent, [("naomi@marlow.example".to_owned(), expected)]);
    let mails: Vec<Mail> = desk.office.all();
    assert_eq!(mails.last().unwrap().from, Some(desk.priya.id), "who can say more");
}

#[tokio::test]
async fn what_was_told_long_ago_is_forgotten() {
    let desk = Desk::new().await;
    desk.share("First.pdf").await;
    desk.pass(TEN);
    desk.deliver().await;
    assert_eq!(desk.office.all::<Notice>().len(), 2);
    desk.pass(KEPT);
    desk.share("Second.pdf").await;
    desk.office.system.sweep_sessions().await.unwrap();
    assert_eq!(desk.office.all::<Notice>().len(), 2, "those that wait stay");
}
