//! The transaction that spends an invite and gives access.

use super::{Found, Invited, Joined, find};
use crate::error::{Error, Result};
use crate::model::activity::{Actor, By};
use crate::model::db::{Records, Write};
use crate::model::ending::end_waiting_mails_of;
use crate::model::guest::Guest;
use crate::model::invite::{Invite, InviteState, Invitee};
use crate::model::login::Who;
use crate::model::membership::{Access, Membership};
use crate::model::outbox::{Letter, NewMail};
use crate::model::staff::{Staff, StaffState};
use crate::values::Token;

impl Guest {
    /// The transaction that spends the invite.
    pub(super) async fn join(
        &self,
        token: Token,
        who: Who,
        log_in: impl FnOnce(&mut Write<'_, '_>, &Found) -> Result<Option<Token>> + Send + 'static,
    ) -> Result<Joined> {
        let actor = match who {
            Who::Staff(staff) => Actor::Staff(staff),
            Who::Contact(contact) => Actor::Contact(contact),
        };
        let by = By { actor, from: self.from() };
        self.core()
            .db
            .write(by, move |tx| {
                let found = find(tx, &token)?;
                found.standing(tx.now()).check()?;
                let cookie = log_in(tx, &found)?;
                let at = tx.now();
                let invite = Invite {
                    state: InviteState::Accepted { at },
                    opened: found.invite.opened.or(Some(at)),
                    ..found.invite.clone()
                };
                tx.put(&invite)?;
                end_waiting_mails_of(tx, invite.id)?;
                give_access(tx, &found)?;
                tell_sender(tx, &found)?;
                Ok(Joined { cookie, home: found.home(), who: found.who() })
            })
            .await
    }
}

/// The only place where access becomes `Given`.
fn give_access(tx: &mut Write<'_, '_>, found: &Found) -> Result<()> {
    let since = tx.now();
    match (&found.person, found.invite.to) {
        (Invited::Contact { client, .. }, Invitee::Contact { membership, .. }) => {
            let tie: Membership =
                tx.get(membership)?.ok_or(Error::Gone("This invite was taken back."))?;
            tx.put(&Membership { access: Access::Given { since }, ..tie })?;
            let what = format!("accepted the invite to the portal of {}", client.name);
            tx.say("invite-accepted", Some(client.id), what)
        }
        (Invited::Staff(staff), _) => {
            tx.put(&Staff { state: StaffState::Active, ..staff.clone() })?;
            tx.say("invite-accepted", None, "accepted the invite to the console")
        }
        (Invited::Contact { .. }, Invitee::Staff { .. }) => Err(Error::bug("two kinds of invitee")),
    }
}

/// A notice to whoever invited, unless they switched it off.
fn tell_sender(tx: &mut Write<'_, '_>, found: &Found) -> Result<()> {
    let Some(sender) = found.sender.as_ref().filter(|s| s.active() && s.notices.accepted) else {
        return Ok(());
    };
    let (contact, client, path) = match &found.person {
        Invited::Contact { contact, client } => {
            let path = format!("/console/clients/{}/contacts", client.id);
            (contact.full_name(), client.name.to_string(), path)
        }
        Invited::Staff(staff) => (staff.name.to_string(), String::new(), "/console/team".into()),
    };
    tx.mail(NewMail {
        letter: Letter::InviteAccepted {
            first_name: sender.first_name().to_owned(),
            contact,
            client,
            path,
        },
        to: sender.email.clone(),
        to_name: sender.name.to_string(),
        from: None,
        contact: None,
        invite: None,
        not_before: tx.now(),
    })?;
    Ok(())
}
