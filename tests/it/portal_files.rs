//! Files in the portal: each contact sees exactly what is meant for them, adds their own, and staff can look as they do.

mod adding;
mod ending;
mod seeing;
mod viewing;

use crate::cast::{ALDER, BEECH, Cast, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;

/// A client's files, from both sides.
struct Shelf<'o> {
    office: &'o Office,
    client: &'static str,
    /// "/console/clients/cl_…".
    console: String,
    /// "/p/cl_…".
    portal: String,
}

impl<'o> Shelf<'o> {
    async fn of(office: &'o Office, client: &'static str) -> Self {
        let console = office.client_path(office.olive(), client).await;
        let portal = console.replace("/console/clients/", "/p/");
        Self { office, client, console, portal }
    }

    /// Olive adds a file that everyone at the client sees, or "firm" for nobody. The name may have folders in it.
    async fn give(&self, audience: &str, name: &str, text: &str) {
        self.put(&[("audience", audience)], name, text).await;
    }

    /// Olive adds a file for one contact.
    async fn give_to(&self, who: Cast, name: &str, text: &str) {
        let contact = self.office.contact_id(self.client, who).await;
        self.put(&[("audience", "named"), ("contact", &contact)], name, text).await;
    }

    async fn put(&self, fields: &[(&str, &str)], name: &str, text: &str) {
        let to = format!("{}/files", self.console);
        let answer = self.office.olive().add_files(&to, fields, &[(name, text.as_bytes())]).await;
        answer.assert_leads_to(&to);
    }

    /// The page with all of somebody's files at the top, or in a folder.
    async fn files(&self, who: Cast) -> Page {
        self.office.person(who).visit(&format!("{}/files", self.portal)).await
    }

    /// Adds a file as a contact does, and gives the page of its receipt.
    async fn add(&self, who: Cast, fields: &[(&str, &str)], name: &str, text: &str) -> Page {
        let person = self.office.person(who);
        let to = format!("{}/files", self.portal);
        let answer = person.add_files(&to, fields, &[(name, text.as_bytes())]).await;
        answer.assert_leads_to(&format!("{to}/receipt/fi_"));
        person.follow(answer).await
    }

    /// The address of a file's page in the portal, from somebody's list.
    async fn page_of(&self, who: Cast, name: &str) -> String {
        let found = format!("{}/files?find={}", self.portal, name.split('.').next().unwrap());
        self.office.person(who).get(&found.replace(' ', "+")).await.link(name)
    }
}

/// Alder's files, one of each kind of audience, and one of Beech.
async fn filled(office: &Office) -> Shelf<'_> {
    let alder = Shelf::of(office, ALDER).await;
    alder.give("everyone", "For all.txt", "the budget of all").await;
    alder.give("firm", "Internal.txt", "nobody outside").await;
    alder.give_to(MAYA, "Only Maya.txt", "salary of one").await;
    alder.give_to(NOOR, "Only Noor.txt", "salary of the other").await;
    alder.give_to(MAYA, "Payroll/Maya slip.txt", "a slip").await;
    Shelf::of(office, BEECH).await.give("everyone", "For Beech.txt", "of another client").await;
    alder
}
