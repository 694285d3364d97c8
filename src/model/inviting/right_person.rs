//! Quiet warnings before an invite leaves: does its address belong to the person it is meant for?

use super::InviteDraft;
use crate::error::Result;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::db::Records;
use crate::model::id::Id;
use crate::model::membership::Membership;
use crate::values::Email;

impl Console {
    /// What to look at before this address is used for this recipient; nothing if nothing is odd.
    pub fn address_warnings(&self, draft: &InviteDraft, address: &Email) -> Result<Vec<String>> {
        let contact = &draft.contact;
        let (same, near) = self.read(|r| {
            let same: Vec<Contact> = r.by("contact.email", address.key(), usize::MAX)?;
            Ok((same, look_alikes(r, draft.client.id, address)?))
        })?;
        let mut warnings = Vec::new();
        for other in same.iter().filter(|other| other.id != contact.id) {
            let name = other.full_name();
            warnings.push(format!(
                "This is also the address of {name}. Check that you mean {}.",
                contact.first
            ));
        }
        for (name, known) in near {
            warnings.push(format!(
                "This looks like {known} of {name} but is another address. Compare letter by letter."
            ));
        }
        if let Some(meant) = address.typo_hint() {
            warnings.push(format!("Did you mean {meant}? Check the part after the @."));
        }
        if !contact.emails.is_empty() && !contact.has_address(address) {
            let known = &contact.emails[0].address;
            warnings.push(format!(
                "You have not used this address here before. {} has {known}.",
                contact.first
            ));
        }
        Ok(warnings)
    }
}

/// The addresses of a client's contacts that an eye takes for this one, each with its owner's name.
fn look_alikes(
    r: &impl Records,
    client: Id<Client>,
    address: &Email,
) -> Result<Vec<(String, Email)>> {
    let (key, skeleton) = (address.key(), address.skeleton());
    let ties: Vec<Membership> = r.by("membership.client", client.bytes(), usize::MAX)?;
    let mut found = Vec::new();
    for tie in ties {
        let contact: Contact = r.need(tie.contact)?;
        let near = contact
            .emails
            .iter()
            .find(|email| email.address.key() != key && email.address.skeleton() == skeleton);
        found.extend(near.map(|email| (contact.full_name(), email.address.clone())));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::membership::Access;
    use crate::model::staff::Role;
    use crate::model::testing::{PASSWORD, office};

    #[tokio::test]
    async fn an_address_that_only_looks_like_a_known_one_is_noticed_within_its_client() {
        let office = office().await;
        office.staff("Sam Oyelaran", "sam@firm.example", Role::Staff).await;
        let cookie = office.log_in("sam@firm.example", PASSWORD).await;
        let console = office.guest.console(&cookie.text()).unwrap();
        let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech Ltd").await);
        let maya = office.contact("Maya", "Singh", "maya@alder.example").await;
        let mara = office.contact("Mara", "Sing", "mara@alder.example").await;
        office.tie(&maya, &alder, Access::None).await;
        for client in [&alder, &beech] {
            office.tie(&mara, client, Access::None).await;
        }
        let warnings = |client: &Client, address: &str| {
            let draft = console.invite_draft(client.id, mara.id).unwrap();
            console.address_warnings(&draft, &Email::parse(address).unwrap()).unwrap().join(" ")
        };

        for odd in ["rnaya@alder.example", "maya@a1der.example", "maya@аlder.example"] {
            let said = warnings(&alder, odd);
            assert!(said.contains("looks like maya@alder.example of Maya Singh"), "{odd}: {said}");
            assert!(!warnings(&beech, odd).contains("looks like"), "{odd}");
        }
        assert!(warnings(&alder, "maya@alder.example").contains("also the address of Maya Singh"));
        assert_eq!(warnings(&alder, "Mara@Alder.example"), "");
    }
}
