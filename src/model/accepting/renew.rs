//! A new link for an invite that has expired, to the address it went to.

use jiff::Timestamp;

use super::{Found, InviteView, Standing, find};
use crate::error::{Error, Result};
use crate::model::guest::Guest;
use crate::model::id::Id;
use crate::model::invite::{Invite, Invitee};
use crate::model::inviting::{client_of, expiry, new_link, whom};
use crate::model::link::Link;
use crate::model::outbox::{Letter, NewMail};
use crate::values::Email;

impl Guest {
    /// For an invite that has expired: a new link to the same address, with a fresh expiry.
    pub async fn renew_invite(&self, token: &str) -> Result<Email> {
        let (token, found) = self.look(token)?;
        renewable(&found, self.now())?;
        let (firm, address) = (self.firm()?, found.invite.address);
        self.may_cause_mail(&address)?;
        self.core()
            .db
            .write(self.by(), move |tx| {
                let found = find(tx, &token)?;
                if found.standing(tx.now()) == Standing::Open {
                    tx.unsaid("another request renewed it");
                    return Ok(());
                }
                renewable(&found, tx.now())?;
                let view = found.view();
                let expires = expiry(&firm, tx.now())?;
                let mut invite = Invite { expires, ..found.invite };
                invite.note_sent(tx.now());
                tx.put(&invite)?;
                let link = new_link(tx, &invite)?;
                let letter = letter_again(&view, &invite, link.id, found.login.is_some());
                let contact = match invite.to {
                    Invitee::Contact { contact, .. } => Some(contact),
                    Invitee::Staff { .. } => None,
                };
                tx.mail(NewMail {
                    letter,
                    to: invite.address.clone(),
                    to_name: view.name,
                    from: Some(invite.by),
                    contact,
                    invite: Some(invite.id),
                    not_before: tx.now(),
                })?;
                let what =
                    format!("asked for a new link of the expired invite to {}", whom(tx, &invite)?);
                tx.say("invite-renewed", client_of(&invite), what)
            })
            .await?;
        Ok(address)
    }
}

/// Only what has expired needs a new link; what was taken back or replaced gets none.
fn renewable(found: &Found, now: Timestamp) -> Result<()> {
    match found.standing(now) {
        Standing::Expired => Ok(()),
        Standing::Open => {
            Err(Error::refused("This invite has not expired. Open the link once more."))
        }
        ended => ended.check(),
    }
}

/// The mail of an invite once more, with a further link.
fn letter_again(view: &InviteView, invite: &Invite, link: Id<Link>, has_login: bool) -> Letter {
    let (sender, message, expires) = (view.sender.clone(), invite.message.clone(), invite.expires);
    match &view.client {
        Some(client) => Letter::Invite {
            link,
            first_name: view.first_name.clone(),
            client: client.clone(),
            sender,
            message,
            expires,
            has_login,
        },
        None => {
            Letter::StaffInvite { link, name: view.first_name.clone(), sender, message, expires }
        }
    }
}
