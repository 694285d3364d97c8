//! Whoever is asked, whatever they may use, and however a request stands: each contact is listed, counted, reminded of and
//! shown what plain rules say, and nothing else.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::kit::{Asking, Firm, firm, item, question, refused, typed, upload};
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::db::check_index;
use crate::model::file::{Audience, Author, File};
use crate::model::login::Who;
use crate::model::membership::{Access, Areas, Membership};
use crate::model::request::{
    Answer, Ask, HandedInFor, NewComment, PortalSheet, Question, Request, Seen, Stage, Value,
};
use crate::model::testing::cases;
use crate::model::{Id, Portal};

/// A request, in numbers that pick.
#[derive(Clone, Debug)]
struct Wish {
    client: bool,
    audience: u8,
    stage: u8,
    due: u8,
    files: [u8; 4],
    handed_in: bool,
    by: u8,
}

/// A contact's tie to a client, in numbers that pick.
#[derive(Clone, Copy, Debug)]
struct Tie {
    access: u8,
    files: bool,
    requests: bool,
}

/// All there is: requests, six ties of three contacts to two clients, and whether the clients are active.
type World = (Vec<Wish>, Vec<Tie>, [bool; 2]);

fn worlds() -> impl Strategy<Value = World> {
    let pick = any::<u8>;
    let wish = (any::<bool>(), pick(), pick(), pick(), any::<[u8; 4]>(), any::<bool>(), pick())
        .prop_map(|(client, audience, stage, due, files, handed_in, by)| Wish {
            client,
            audience,
            stage,
            due,
            files,
            handed_in,
            by,
        });
    let mostly = || prop::bool::weighted(0.8);
    let tie = (pick(), mostly(), mostly()).prop_map(|(access, files, requests)| Tie {
        access,
        files,
        requests,
    });
    let active = prop::bool::weighted(0.9);
    (prop::collection::vec(wish, 0..10), prop::collection::vec(tie, 6), [active, active])
}

/// What was made, and by which rules it is seen.
struct Made {
    client: usize,
    id: Id<Request>,
    due: Option<String>,
    audience: Audience,
    stage: Stage,
    /// Attached, to read, in an answer, in a comment.
    files: [PlainFile; 4],
}

struct PlainFile {
    id: Id<File>,
    audience: Audience,
    /// Who added it, if a contact did, in answer to a request.
    by: Option<Id<Contact>>,
}

struct Run<'f> {
    firm: &'f Firm,
    clients: [Client; 2],
    contacts: [&'f Contact; 3],
    ties: Vec<Tie>,
    active: [bool; 2],
    made: Vec<Made>,
}

impl<'f> Run<'f> {
    async fn of(firm: &'f Firm, (wishes, ties, active): World) -> Self {
        let office = &firm.office;
        let clients = [office.client("Cedar").await, office.client("Dogwood").await];
        let contacts = [&firm.maya, &firm.noor, &firm.ben];
        let mut run = Self { firm, clients, contacts, ties, active, made: vec![] };
        for (at, tie) in run.ties.iter().enumerate() {
            let since = office.clock.now();
            let access = match tie.access % 6 {
                0 => Access::None,
                1 => Access::Removed { since },
                _ => Access::Given { since },
            };
            let areas = Areas { files: tie.files, requests: tie.requests, ..Areas::ALL };
            let made = office.tie(run.contacts[at % 3], &run.clients[at / 3], access).await;
            office.put(Membership { areas, ..made }).await;
        }
        for (at, active) in run.active.into_iter().enumerate() {
            office.put(Client { active, ..run.clients[at].clone() }).await;
        }
        for wish in wishes {
            run.make(wish).await;
        }
        run
    }

    fn audience(&self, pick: u8) -> Audience {
        let [one, two, three] = self.contacts.map(|contact| contact.id);
        match pick % 6 {
            0 => Audience::Firm,
            1 | 2 => Audience::Everyone,
            3 => Audience::Named(vec![one]),
            4 => Audience::Named(vec![two, three]),
            _ => Audience::Named(vec![one, two]),
        }
    }

    fn stage(&self, pick: u8) -> Stage {
        let (sent, by) = (self.firm.office.clock.now(), Author::of(&self.firm.staff));
        match pick % 8 {
            0 => Stage::Draft,
            1 => Stage::HandedIn { sent, at: sent, by },
            2 => Stage::Completed { sent, at: sent, by },
            3 => Stage::Withdrawn { sent, at: sent, by },
            4 | 5 => Stage::InProgress { sent },
            _ => Stage::Sent { sent },
        }
    }

    async fn make(&mut self, wish: Wish) {
        self.firm.office.tick();
        let client = usize::from(wish.client);
        let (of, by) = (&self.clients[client], self.contacts[usize::from(wish.by) % 3]);
        let mut files = Vec::new();
        for (at, pick) in wish.files.into_iter().enumerate() {
            let audience = self.audience(pick);
            let id = self.firm.record(of, &format!("{at}.pdf"), audience.clone()).await;
            files.push(PlainFile { id, audience, by: None });
        }
        let files: [PlainFile; 4] = files.try_into().ok().unwrap();
        let due = match wish.due % 5 {
            0 => None,
            day => Some(format!("2026-03-0{day}")),
        };
        let audience = self.audience(wish.audience);
        let items = vec![
            upload(1, "Files", 5, &[]),
            item(2, "Read", Ask::Read { file: Some(files[1].id) }),
            question(3, "Why", Question::Short),
        ];
        let asking =
            Asking { title: "Ask", audience: audience.clone(), due: due.as_deref(), items };
        let id = self.firm.ask_client(of, asking).await;
        let mut made = Made { client, id, due, audience, stage: self.stage(wish.stage), files };
        self.hand_in(&mut made, by, wish.handed_in).await;
        let comment = vec![made.files[3].id];
        self.firm.comment_as(Who::Staff(self.firm.staff.id), id, "Here", comment).await;
        self.made.push(made);
    }

    /// Stores the request as it stands, with a file for an answer: one of staff, or one that a contact handed in.
    async fn hand_in(&self, made: &mut Made, by: &Contact, handed_in: bool) {
        let author = match handed_in {
            true => Author::of_contact(by),
            false => Author::of(&self.firm.staff),
        };
        if handed_in {
            made.files[2].by = Some(by.id);
            let handed_in_for = Some(HandedInFor { request: made.id, item: Some(1) });
            let by = author.clone();
            let file = self.firm.file(made.files[2].id);
            self.firm.office.put(File { handed_in_for, by, ..file }).await;
        }
        let (stage, attached) = (made.stage.clone(), vec![made.files[0].id]);
        let (value, at) = (Value::Files(vec![made.files[2].id]), self.firm.office.clock.now());
        self.firm
            .change(made.id, move |whole| {
                whole.request.stage = stage;
                whole.sheet.attached = attached;
                whole.sheet.entries[0].answer =
                    Some(Answer { value, by: author, at, edition: 1, gone: false });
            })
            .await;
    }

    /// By the plain rules: whether this portal opens.
    fn opens(&self, who: usize, client: usize) -> Option<Tie> {
        let tie = self.ties[client * 3 + who];
        (tie.access % 6 > 1 && self.active[client]).then_some(tie)
    }

    fn is_shown(&self, who: usize, made: &Made) -> bool {
        let asked = match &made.audience {
            Audience::Firm => false,
            Audience::Everyone => true,
            Audience::Named(named) => named.contains(&self.contacts[who].id),
        };
        let tie = self.opens(who, made.client);
        tie.is_some_and(|tie| tie.requests) && asked && made.stage != Stage::Draft
    }

    fn sees_file(&self, who: usize, client: usize, file: &PlainFile) -> bool {
        let me = self.contacts[who].id;
        let meant = match &file.audience {
            Audience::Firm => false,
            Audience::Everyone => true,
            Audience::Named(named) => named.contains(&me),
        };
        let area = |tie: Tie| tie.files || (tie.requests && file.by.is_some());
        self.opens(who, client).is_some_and(area) && (meant || file.by == Some(me))
    }

    async fn compare(&self) {
        self.firm.office.system.core().db.read(check_index).unwrap();
        for (who, contact) in self.contacts.into_iter().enumerate() {
            let mut gathered = BTreeSet::new();
            for client in 0..2 {
                let portal = self.firm.portal_of(contact, &self.clients[client]);
                assert_eq!(portal.is_ok(), self.opens(who, client).is_some());
                let Ok(portal) = portal else { continue };
                gathered.extend(self.compare_lists(who, client, &portal));
                for made in self.made.iter().filter(|made| made.client == client) {
                    self.compare_one(who, made, &portal).await;
                }
                for made in self.made.iter().filter(|made| made.client != client) {
                    assert!(portal.request(made.id).is_err() && portal.get(made.id).is_err());
                }
            }
            let person = self.firm.person(contact);
            let all = person.todo(50).unwrap();
            let ours = |id| self.clients.iter().any(|client| client.id == id);
            let all = all.into_iter().filter(|of| ours(of.client.id));
            let all: BTreeSet<_> =
                all.flat_map(|of| of.todo.open).map(|row| row.request.id).collect();
            assert_eq!(all, gathered);
        }
    }

    /// Gives what waits.
    fn compare_lists(&self, who: usize, client: usize, portal: &Portal) -> Vec<Id<Request>> {
        let shown: Vec<&Made> = self
            .made
            .iter()
            .filter(|made| made.client == client && self.is_shown(who, made))
            .collect();
        let mut open: Vec<&Made> = shown.iter().copied().filter(|made| made.stage.open()).collect();
        open.sort_by_key(|made| (made.due.is_none(), made.due.clone(), made.id));
        let open: Vec<_> = open.iter().map(|made| made.id).collect();
        let todo = portal.todo(None, 50).unwrap();
        let ids = |rows: Vec<crate::model::request::TodoRow>| {
            rows.into_iter().map(|row| row.request.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(todo.open), open);
        assert_eq!(portal.todo_count().unwrap(), open.len());
        assert_eq!(ids(portal.next_todo(3).unwrap()), open[..open.len().min(3)]);
        let done =
            |made: &&&Made| matches!(made.stage, Stage::HandedIn { .. } | Stage::Completed { .. });
        let done: BTreeSet<_> = shown.iter().filter(done).map(|made| made.id).collect();
        let (mut found, mut after) = (BTreeSet::new(), None);
        loop {
            let page = portal.completed(after, 2).unwrap();
            assert!(page.rows.iter().all(|row| found.insert(row.id)), "one comes twice");
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, done);
        open
    }

    async fn compare_one(&self, who: usize, made: &Made, portal: &Portal) {
        let shown = self.is_shown(who, made);
        assert_eq!(portal.get(made.id).is_ok(), shown);
        let page = portal.request(made.id);
        assert_eq!(page.is_ok(), shown);
        let seen = Seen { edition: String::new(), revision: 1 };
        let saved = portal.save_answer(made.id, 3, typed(""), seen).await;
        assert_eq!(saved.is_ok(), shown && made.stage.open(), "{saved:?}");
        if shown && !made.stage.open() {
            assert!(!refused(saved).is_empty());
        }
        let begun = portal.uploads();
        if let Ok(uploads) = begun {
            let new = super::kit::sent_for(made.id, Some(1), "a.pdf");
            let receiving = uploads.receive(new, None).await;
            assert_eq!(receiving.is_ok(), shown && made.stage.open());
        }
        let Ok(page) = page else {
            let text = super::kit::message("Hello");
            let new = NewComment { item: None, text, files: vec![], once: String::new() };
            assert!(portal.comment(made.id, new).await.is_err());
            return;
        };
        for (file, found) in made.files.iter().zip(found_in(&page)) {
            let seen = self.sees_file(who, made.client, file);
            assert_eq!(found.contains(&file.id), seen, "{}", file.id);
            assert_eq!(portal.get(file.id).is_ok(), seen);
        }
    }

    /// The contacts are everybody's: the next run begins without these ties.
    async fn clear(self) {
        let ties: Vec<Membership> = self.firm.office.all();
        let ours = |tie: &Membership| self.clients.iter().any(|client| client.id == tie.client);
        for tie in ties.into_iter().filter(ours) {
            self.firm.office.write(move |tx| tx.delete(tie.id)).await;
        }
    }
}

/// The files of a page: attached, to read, in the answer, in the comment.
fn found_in(page: &PortalSheet) -> [BTreeSet<Id<File>>; 4] {
    let ids = |files: &[crate::model::file::PortalFile]| files.iter().map(|file| file.id).collect();
    let read = match &page.items[1].ask {
        crate::model::request::PortalAsk::Read { file } => {
            file.iter().map(|file| file.id).collect()
        }
        other => panic!("{other:?}"),
    };
    let answer = page.items[0].answer.as_ref().map(|answer| ids(&answer.files));
    let comments = page.comments.iter().flat_map(|comment| &comment.files);
    [ids(&page.attached), read, answer.unwrap_or_default(), comments.map(|file| file.id).collect()]
}

#[test]
fn each_contact_sees_what_they_are_asked_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let firm = runtime.block_on(firm());
    let run = |world: World| {
        runtime.block_on(async {
            let run = Run::of(&firm, world).await;
            run.compare().await;
            run.clear().await;
        });
        Ok(())
    };
    TestRunner::new(cases(40)).run(&worlds(), run).unwrap();
}
