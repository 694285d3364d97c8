use std::collections::BTreeSet;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::{ClientOrder, ClientQuery, LookedAfter, PortalFilter, Total};
use crate::error::Result;
use crate::model::client::{Client, ClientKind};
use crate::model::contact::{Contact, ContactEmail, Place};
use crate::model::db::{Read, Records, Write};
use crate::model::id::Id;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::membership::{Access, Areas, Membership};
use crate::model::testing::{Office, cases, office};
use crate::values::{sort_key, words};

const NAMES: [&str; 8] =
    ["Alder Ltd", "Béla Bartók", "alder farm", "Zoë", "Ash & Elm", "Elm", "Ålesund AS", "Öl GmbH"];
const FINDS: [&str; 8] = ["", "al", "b e", "elm", "zoe x", "ann@", "ann.lee@x.example", "a e"];

impl Office {
    fn find(&self, query: &ClientQuery) -> Vec<Id<Client>> {
        let core = self.system.core();
        let list = core.directory.look(&core.db, |book| book.find_clients(query, self.clock.now()));
        list.unwrap().rows.into_iter().map(|row| row.id).collect()
    }
}

fn query(find: &str) -> ClientQuery {
    ClientQuery { find: find.into(), ..ClientQuery::default() }
}

#[test]
fn a_total_says_how_far_it_was_counted() {
    let read =
        [Total::Exactly(0), Total::Exactly(999), Total::Exactly(1_000), Total::MoreThan(1_000)]
            .map(|total| total.to_string());
    assert_eq!(read, ["0", "999", "1,000", "more than 1,000"]);
}

#[tokio::test]
async fn what_was_just_written_is_found() {
    let office = office().await;
    let alder = office.client("Alder Ltd").await;
    assert_eq!(office.find(&query("ald")), [alder.id]);

    let beech = office.client("Beech & Sons").await;
    let maya = office.contact("Maya", "Ferrán", "maya@ferran.example").await;
    office.tie(&maya, &beech, Access::None).await;
    for find in ["bee", "maya", "FERRAN may", "maya@fer", "beech ferran", "son may"] {
        assert_eq!(office.find(&query(find)), [beech.id], "{find}");
    }
    assert_eq!(office.find(&query("alder maya")), []);

    office.put(Client { name: "Birch".to_owned().try_into().unwrap(), ..beech.clone() }).await;
    assert_eq!(office.find(&query("beech")), []);
    assert_eq!(office.find(&query("bir")), [beech.id]);
}

#[tokio::test]
async fn pages_hold_fifty_and_beyond_a_thousand_nobody_counts() {
    let office = office().await;
    let clients = (0..1_020_u16).map(|number| client(number, &format!("Client {number:04}"), 0));
    let clients: Vec<Client> = clients.collect();
    office.write(move |tx| clients.iter().try_for_each(|client| tx.put(client))).await;
    let core = office.system.core();
    let page = |page, find: &str, order| {
        let query = ClientQuery { page, order, ..query(find) };
        core.directory.look(&core.db, |book| book.find_clients(&query, office.clock.now())).unwrap()
    };
    let first = page(1, "", ClientOrder::Name);
    assert_eq!((first.rows.len(), first.total, first.more), (50, Total::MoreThan(1_000), true));
    assert_eq!(first.rows[49].name, "Client 0049");
    let last = page(21, "", ClientOrder::NameDown);
    assert_eq!((last.rows.len(), last.more), (20, false));
    assert_eq!(last.rows[19].name, "Client 0000");
    let found = page(3, "client 00", ClientOrder::Name);
    assert_eq!((found.rows.len(), found.total, found.more), (0, Total::Exactly(100), false));
    assert!(!page(2, "client 00", ClientOrder::Name).more);
}

fn id<T>(number: u16) -> Id<T> {
    let [high, low] = number.to_be_bytes();
    Id::from_bytes([0, 0, 0, 0, 0, 0, high, low, 0, 0, 0, 0, 0, 0, 0, 1])
}

fn client(number: u16, name: &str, variant: u8) -> Client {
    Client {
        id: id(number),
        kind: if variant & 1 == 0 { ClientKind::Business } else { ClientKind::Individual },
        name: name.to_owned().try_into().unwrap(),
        since: None,
        looked_after_by: (variant & 2 == 0).then(|| id(1)),
        tags: if variant & 4 == 0 { vec!["vat".to_owned().try_into().unwrap()] } else { vec![] },
        active: variant & 8 == 0,
        notes: String::new().try_into().unwrap(),
        added: "2026-03-02T09:00:00Z".parse().unwrap(),
    }
}

fn contact(number: u16, name: &str, variant: u8) -> Contact {
    let address = ["ann.lee@x.example", "zoe@elm.example"][usize::from(variant & 1)].to_owned();
    let email = ContactEmail { address: address.try_into().unwrap(), kind: Place::Work };
    Contact {
        id: id(number),
        first: name.to_owned().try_into().unwrap(),
        last: None,
        emails: if variant & 2 == 0 { vec![email] } else { vec![] },
        phones: vec![],
        added: "2026-03-02T09:00:00Z".parse().unwrap(),
        edited_by_contact: None,
    }
}

/// A change of a small world: three clients, three contacts, a tie for each pair, an invite for each tie.
#[derive(Clone, Copy, Debug)]
struct Step {
    what: u8,
    which: u16,
    of: u16,
    name: usize,
    variant: u8,
}

fn step() -> impl Strategy<Value = Step> {
    let parts = (0..8_u8, 0..3_u16, 0..3_u16, 0..NAMES.len(), 0..16_u8);
    parts.prop_map(|(what, which, of, name, variant)| Step { what, which, of, name, variant })
}

fn take(tx: &mut Write<'_, '_>, step: Step) -> Result<()> {
    let Step { what, which, of, name, variant } = step;
    let pair = which * 3 + of;
    let at = tx.now();
    match what {
        0 | 1 => tx.put(&client(which, NAMES[name], variant)),
        2 => tx.put(&contact(of, NAMES[name], variant)),
        3 | 4 if tx.get::<Client>(id(which))?.is_some() && tx.get::<Contact>(id(of))?.is_some() => {
            let access = [Access::None, Access::Given { since: at }, Access::Removed { since: at }];
            let access = access[usize::from(variant % 3)];
            let (client, contact) = (id(which), id(of));
            let (role, areas) = (None, Areas::ALL);
            tx.put(&Membership { id: id(pair), contact, client, role, access, areas, added: at })
        }
        5 if tx.get::<Membership>(id(pair))?.is_some() => {
            let state =
                [InviteState::Pending, InviteState::Revoked { at }][usize::from(variant & 1)];
            let days = if variant & 2 == 0 { 24 } else { -24 };
            tx.put(&Invite {
                id: id(pair),
                to: Invitee::Contact { membership: id(pair), contact: id(of), client: id(which) },
                address: "ann.lee@x.example".to_owned().try_into().unwrap(),
                by: id(1),
                message: String::new(),
                made: at,
                expires: at + jiff::SignedDuration::from_hours(days),
                state,
                opened: None,
                sent: vec![],
                replaces: None,
            })
        }
        6 => tx.delete::<Membership>(id(pair)),
        7 => {
            for tie in tx.by::<Membership>("membership.contact", id::<Contact>(of), 9)? {
                tx.delete(tie.id)?;
            }
            tx.delete::<Contact>(id(of))
        }
        _ => Ok(()),
    }
}

/// What the directory should find, from the records alone.
fn naive(r: &Read, query: &ClientQuery, now: jiff::Timestamp) -> Result<Vec<Id<Client>>> {
    let mut clients = Vec::new();
    r.all::<Client>(|client| {
        clients.push(client);
        ControlFlow::Continue(())
    })?;
    let mut found = Vec::new();
    for client in clients {
        let mut known: BTreeSet<String> = words(client.name.as_str()).into_iter().collect();
        let ties: Vec<Membership> = r.by("membership.client", client.id, 99)?;
        let mut stands = Vec::new();
        for tie in &ties {
            let contact: Contact = r.need(tie.contact)?;
            known.extend(words(&contact.full_name()));
            contact.emails.iter().for_each(|email| known.extend(words(email.address.as_str())));
            let invites: Vec<Invite> = r.by("invite.membership", tie.id, 99)?;
            stands.push(stand(tie, invites.last(), now));
        }
        let nobody = !stands.contains(&PortalFilter::Active);
        let fits = words(&query.find).iter().all(|w| known.iter().any(|k| k.starts_with(w)))
            && query.kind.is_none_or(|kind| kind == client.kind)
            && query.active.is_none_or(|active| active == client.active)
            && query.looked_after.is_none_or(|by| match by {
                LookedAfter::By(staff) => client.looked_after_by == Some(staff),
                LookedAfter::Nobody => client.looked_after_by.is_none(),
            })
            && query.tag.as_ref().is_none_or(|tag| client.tags.iter().any(|t| t.as_str() == tag))
            && query.portal.is_none_or(|p| {
                if p == PortalFilter::Nobody { nobody } else { stands.contains(&p) }
            });
        if fits {
            found.push((sort_key(client.name.as_str()), client.id));
        }
    }
    match query.order {
        ClientOrder::Name => found.sort(),
        ClientOrder::NameDown => found.sort_by(|a, b| b.cmp(a)),
        ClientOrder::Oldest => found.sort_by_key(|(_, id)| *id),
        ClientOrder::Newest => found.sort_by_key(|(_, id)| std::cmp::Reverse(*id)),
    }
    Ok(found.into_iter().map(|(_, id)| id).collect())
}

fn stand(tie: &Membership, invite: Option<&Invite>, now: jiff::Timestamp) -> PortalFilter {
    match (tie.access, invite.filter(|invite| invite.state == InviteState::Pending)) {
        (Access::Given { .. }, _) => PortalFilter::Active,
        (_, Some(invite)) if now < invite.expires => PortalFilter::Invited,
        (_, Some(_)) => PortalFilter::Expired,
        (Access::Removed { .. }, None) => PortalFilter::Removed,
        (Access::None, None) => PortalFilter::NotInvited,
    }
}

fn queries() -> impl Strategy<Value = ClientQuery> {
    let kind =
        prop::option::of(prop::sample::select(vec![ClientKind::Business, ClientKind::Individual]));
    let looked_after =
        prop::option::of(prop::sample::select(vec![LookedAfter::By(id(1)), LookedAfter::Nobody]));
    let portal = prop::option::of(prop::sample::select(vec![
        PortalFilter::NotInvited,
        PortalFilter::Invited,
        PortalFilter::Expired,
        PortalFilter::Active,
        PortalFilter::Removed,
        PortalFilter::Nobody,
    ]));
    let order = prop::sample::select(vec![
        ClientOrder::Name,
        ClientOrder::NameDown,
        ClientOrder::Newest,
        ClientOrder::Oldest,
    ]);
    let tag = prop::option::of(prop::sample::select(vec!["vat".to_owned(), "new".to_owned()]));
    let find = prop::sample::select(&FINDS[..]);
    let active = prop::option::of(any::<bool>());
    (find, kind, active, looked_after, tag, portal, order).prop_map(
        |(find, kind, active, looked_after, tag, portal, order)| ClientQuery {
            find: find.into(),
            kind,
            active,
            looked_after,
            tag,
            portal,
            order,
            page: 1,
        },
    )
}

proptest! {
    #![proptest_config(cases(24))]
    #[test]
    fn it_finds_what_the_records_say(
        rounds in prop::collection::vec(
            (prop::collection::vec(step(), 1..6), prop::collection::vec(queries(), 1..12)), 1..8
        )
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let office = office().await;
            for (steps, asked) in rounds {
                office.write(move |tx| steps.iter().try_for_each(|step| take(tx, *step))).await;
                for query in asked {
                    let now = office.clock.now();
                    let should = office.system.core().db.read(|r| naive(r, &query, now)).unwrap();
                    assert_eq!(office.find(&query), should, "{query:?}");
                }
            }
        });
    }
}
