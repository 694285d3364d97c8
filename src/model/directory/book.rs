//! What is kept of each client and contact, and how it follows the records.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::words::{Few, Slot, Slots, Thing, Words};
use crate::error::Result;
use crate::model::client::{Client, ClientKind};
use crate::model::contact::Contact;
use crate::model::db::{Change, Read, Record, Records};
use crate::model::id::Id;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::kept::{Derived, changed};
use crate::model::membership::{Access, Membership};
use crate::model::staff::Staff;
use crate::values::search::sort_key;

/// All clients and contacts.
#[derive(Default)]
pub(in crate::model) struct Book {
    pub(super) clients: Slots<ClientCard>,
    pub(super) client_words: Words,
    pub(super) contacts: Slots<ContactCard>,
    pub(super) contact_words: Words,
    pub(super) staff: BTreeMap<Id<Staff>, String>,
    pub(super) tags: Tags,
}

/// What is kept of a client.
pub(super) struct ClientCard {
    pub(super) id: Id<Client>,
    pub(super) name: Box<str>,
    pub(super) kind: ClientKind,
    pub(super) active: bool,
    pub(super) staff: Option<Id<Staff>>,
    pub(super) tags: Box<[u32]>,
    pub(super) members: Vec<Member>,
}

/// What is kept of a membership.
pub(super) struct Member {
    pub(super) id: Id<Membership>,
    pub(super) contact: Slot,
    pub(super) portal: Standing,
}

/// A portal status as far as it does not depend on the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    NotInvited,
    Invited { expires: Timestamp },
    Active,
    Removed,
}

/// What is kept of a contact.
pub(super) struct ContactCard {
    pub(super) id: Id<Contact>,
    /// The full name, and on further lines the addresses.
    pub(super) text: Box<str>,
    pub(super) clients: Few,
}

impl Thing for ClientCard {
    fn id(&self) -> [u8; 16] {
        self.id.bytes()
    }
    fn sort_key(&self) -> String {
        sort_key(&self.name)
    }
}

impl Thing for ContactCard {
    fn id(&self) -> [u8; 16] {
        self.id.bytes()
    }
    fn sort_key(&self) -> String {
        sort_key(self.name())
    }
}

impl ContactCard {
    pub(super) fn name(&self) -> &str {
        self.text.split('\n').next().unwrap_or_default()
    }
}

/// Each tag once, with a number that stays while the book lives.
#[derive(Default)]
pub(super) struct Tags {
    names: Vec<Box<str>>,
    numbers: BTreeMap<Box<str>, u32>,
    /// How many clients have it.
    used: Vec<usize>,
}

impl Tags {
    fn number(&mut self, tag: &str) -> u32 {
        if let Some(number) = self.numbers.get(tag) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).expect("fewer tags than fit a number");
        self.names.push(tag.into());
        self.used.push(0);
        self.numbers.insert(tag.into(), number);
        number
    }

    fn take(&mut self, tag: &str) -> u32 {
        let number = self.number(tag);
        self.used[number as usize] += 1;
        number
    }

    fn give_back(&mut self, tags: &[u32]) {
        tags.iter().for_each(|tag| self.used[*tag as usize] -= 1);
    }

    /// Those that a client has.
    pub(super) fn in_use(&self) -> impl Iterator<Item = &str> {
        let named = self.names.iter().zip(&self.used);
        named.filter(|(_, used)| **used > 0).map(|(name, _)| &**name)
    }

    pub(super) fn find(&self, tag: &str) -> Option<u32> {
        self.numbers.get(tag).copied()
    }

    pub(super) fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }
}

/// The words a contact is found by.
fn text_of(contact: &Contact) -> Box<str> {
    let mut text = contact.full_name();
    for email in &contact.emails {
        text.push('\n');
        text.push_str(email.address.as_str());
    }
    text.into_boxed_str()
}

/// Where a membership stands. At most one of its invites is pending.
fn standing(access: Access, pending: Option<Timestamp>) -> Standing {
    match (access, pending) {
        (Access::Given { .. }, _) => Standing::Active,
        (_, Some(expires)) => Standing::Invited { expires },
        (Access::Removed { .. }, None) => Standing::Removed,
        (Access::None, None) => Standing::NotInvited,
    }
}

/// Until when a membership's pending invite works.
fn pending_until(r: &Read, membership: Id<Membership>) -> Result<Option<Timestamp>> {
    let invites: Vec<Invite> = r.by("invite.membership", membership.bytes(), usize::MAX)?;
    let pending = invites.into_iter().find(|invite| invite.state == InviteState::Pending);
    Ok(pending.map(|invite| invite.expires))
}

impl Derived for Book {
    const TABLES: &'static [&'static str] =
        &[Client::TABLE, Contact::TABLE, Membership::TABLE, Invite::TABLE, Staff::TABLE];

    fn read(r: &Read) -> Result<Self> {
        let mut book = Self::default();
        r.all::<Staff>(|staff| {
            book.staff.insert(staff.id, staff.name.to_string());
            ControlFlow::Continue(())
        })?;
        r.all::<Client>(|client| {
            let card = book.card(&client);
            let slot = book.clients.push(card);
            book.client_words.add(client.name.as_str(), slot);
            ControlFlow::Continue(())
        })?;
        book.clients.sort();
        r.all::<Contact>(|contact| {
            let text = text_of(&contact);
            let card = ContactCard { id: contact.id, text, clients: Few::NONE };
            let slot = book.contacts.push(card);
            book.contact_words.add(&book.contacts.get(slot).text, slot);
            ControlFlow::Continue(())
        })?;
        book.contacts.sort();
        let pending = all_pending(r)?;
        r.all::<Membership>(|tie| {
            let portal = standing(tie.access, pending.get(&tie.id).copied());
            book.put_member(&tie, portal);
            ControlFlow::Continue(())
        })?;
        Ok(book)
    }

    fn apply(&mut self, r: &Read, changes: &[Change]) -> Result<()> {
        let staff = self.each(r, changes, |book, id, staff: Option<Staff>| {
            match staff {
                Some(staff) => book.staff.insert(id, staff.name.to_string()),
                None => book.staff.remove(&id),
            };
        });
        staff?;
        let (mut gone_clients, mut gone_contacts) = (Vec::new(), Vec::new());
        self.each(r, changes, |book, id, client: Option<Client>| match client {
            Some(client) => book.put_client(&client),
            None => gone_clients.push(id),
        })?;
        self.each(r, changes, |book, id, contact: Option<Contact>| match contact {
            Some(contact) => book.put_contact(&contact),
            None => gone_contacts.push(id),
        })?;
        self.apply_memberships(r, changes)?;
        // Only now does no membership point at them any more.
        gone_contacts.into_iter().for_each(|id| self.remove_contact(id));
        gone_clients.into_iter().for_each(|id| self.remove_client(id));
        Ok(())
    }
}

impl Book {
    /// Shows each changed record of a kind once, or that it is gone.
    fn each<R: Record>(
        &mut self,
        r: &Read,
        changes: &[Change],
        mut see: impl FnMut(&mut Self, Id<R>, Option<R>),
    ) -> Result<()> {
        for id in changed::<R>(changes) {
            see(self, id, r.get(id)?);
        }
        Ok(())
    }

    /// Memberships that changed themselves, and those whose invites did.
    fn apply_memberships(&mut self, r: &Read, changes: &[Change]) -> Result<()> {
        let mut changed = changed::<Membership>(changes);
        self.each(r, changes, |_, _, invite: Option<Invite>| {
            if let Some(Invitee::Contact { membership, .. }) = invite.map(|invite| invite.to) {
                changed.insert(membership);
            }
        })?;
        let mut gone = BTreeSet::new();
        for id in changed {
            match r.get::<Membership>(id)? {
                Some(tie) => {
                    let portal = standing(tie.access, pending_until(r, id)?);
                    self.put_member(&tie, portal);
                }
                None => {
                    gone.insert(id);
                }
            }
        }
        if !gone.is_empty() {
            self.remove_members(&gone);
        }
        Ok(())
    }

    fn card(&mut self, client: &Client) -> ClientCard {
        ClientCard {
            id: client.id,
            name: client.name.as_str().into(),
            kind: client.kind,
            active: client.active,
            staff: client.looked_after_by,
            tags: client.tags.iter().map(|tag| self.tags.take(tag.as_str())).collect(),
            members: Vec::new(),
        }
    }

    fn put_client(&mut self, client: &Client) {
        let mut card = self.card(client);
        let Some(slot) = self.clients.find(client.id.bytes()) else {
            let slot = self.clients.insert(card);
            self.client_words.add(client.name.as_str(), slot);
            return;
        };
        let old = self.clients.get_mut(slot);
        self.tags.give_back(&old.tags);
        card.members = std::mem::take(&mut old.members);
        if old.name == card.name {
            *old = card;
            return;
        }
        let name = old.name.clone();
        self.clients.rename(slot, |old| *old = card);
        self.client_words.take(&name, slot);
        self.client_words.add(client.name.as_str(), slot);
    }

    fn put_contact(&mut self, contact: &Contact) {
        let text = text_of(contact);
        let Some(slot) = self.contacts.find(contact.id.bytes()) else {
            let card = ContactCard { id: contact.id, text: text.clone(), clients: Few::NONE };
            let slot = self.contacts.insert(card);
            self.contact_words.add(&text, slot);
            return;
        };
        let old = self.contacts.get(slot).text.clone();
        if old != text {
            self.contacts.rename(slot, |card| card.text.clone_from(&text));
            self.contact_words.take(&old, slot);
            self.contact_words.add(&text, slot);
        }
    }

    /// A membership never changes whom it ties to which client.
    fn put_member(&mut self, tie: &Membership, portal: Standing) {
        let client = self.clients.find(tie.client.bytes());
        let Some((client, contact)) = client.zip(self.contacts.find(tie.contact.bytes())) else {
            return;
        };
        let members = &mut self.clients.get_mut(client).members;
        if let Some(member) = members.iter_mut().find(|member| member.id == tie.id) {
            member.portal = portal;
            return;
        }
        members.push(Member { id: tie.id, contact, portal });
        self.contacts.get_mut(contact).clients.insert(client);
    }

    /// Goes through all clients, for a record that is gone no longer says whose it was.
    fn remove_members(&mut self, gone: &BTreeSet<Id<Membership>>) {
        for client in self.clients.by_id().to_vec() {
            let mut left = Vec::new();
            self.clients.get_mut(client).members.retain(|member| {
                let stays = !gone.contains(&member.id);
                if !stays {
                    left.push(member.contact);
                }
                stays
            });
            for contact in left {
                self.contacts.get_mut(contact).clients.remove(client);
            }
        }
    }

    fn remove_contact(&mut self, id: Id<Contact>) {
        let Some(slot) = self.contacts.find(id.bytes()) else { return };
        let Some(card) = self.contacts.remove(slot) else { return };
        self.contact_words.take(&card.text, slot);
        for client in card.clients.as_slice() {
            self.clients.get_mut(*client).members.retain(|member| member.contact != slot);
        }
    }

    fn remove_client(&mut self, id: Id<Client>) {
        let Some(slot) = self.clients.find(id.bytes()) else { return };
        let Some(card) = self.clients.remove(slot) else { return };
        self.client_words.take(&card.name, slot);
        self.tags.give_back(&card.tags);
        for member in card.members {
            self.contacts.get_mut(member.contact).clients.remove(slot);
        }
    }
}

/// Until when each pending invite works, by its membership.
fn all_pending(r: &Read) -> Result<BTreeMap<Id<Membership>, Timestamp>> {
    let mut pending = BTreeMap::new();
    r.all::<Invite>(|invite| {
        if let (Invitee::Contact { membership, .. }, InviteState::Pending) =
            (invite.to, invite.state)
        {
            pending.insert(membership, invite.expires);
        }
        ControlFlow::Continue(())
    })?;
    Ok(pending)
}
