//! How a firm comes to be, and gets its clients and their contacts: all of it by pages.

use super::Office;
use crate::cast::{ALDER, BEECH, BEN, Cast, FIRM, MAYA, NOOR, OLIVE, RITA, SAM, TRUST};
use crate::page::Page;
use crate::person::Person;

impl Office {
    /// A firm of Olive's, with clients and contacts of whom none is invited yet.
    pub async fn founded() -> Self {
        let office = Self::bare().await;
        office.set_up().await;
        office.add_clients().await;
        office
    }

    /// The whole cast, everybody with an account and logged in.
    pub async fn open() -> Self {
        let office = Self::founded().await;
        for (who, role) in [(RITA, "admin"), (SAM, "staff")] {
            office.hire(who, role).await;
        }
        for (who, client) in [(MAYA, ALDER), (NOOR, ALDER), (BEN, BEECH), (MAYA, TRUST)] {
            office.let_in(who, client).await;
        }
        office
    }

    /// Olive's first run.
    pub async fn set_up(&self) -> Page {
        let page = self.olive().get("/setup").await;
        let origin = self.origin();
        let typed = [
            ("firm", FIRM),
            ("public_url", origin.as_str()),
            ("name", &OLIVE.name()),
            ("email", OLIVE.email),
            ("password", OLIVE.password),
        ];
        let page = self.olive().press(&page, "Set up the firm", &typed).await;
        assert_eq!((page.status, page.path.as_str()), (200, "/console"), "{}", page.text());
        page
    }

    pub async fn add_clients(&self) {
        self.add_client(self.olive(), ALDER, &[MAYA, NOOR]).await;
        self.add_client(self.olive(), BEECH, &[BEN]).await;
        self.add_client(self.olive(), TRUST, &[]).await;
        let client = self.client_path(self.olive(), TRUST).await;
        let find = self.olive().get(&format!("{client}/contacts/existing?find=maya")).await;
        self.olive().press(&find, &format!("Add {}", MAYA.name()), &[]).await.assert_sees("Maya");
    }

    /// Adds a client with its first contacts and does not go on to invite them.
    pub async fn add_client(&self, who: &Person, name: &str, contacts: &[Cast]) -> Page {
        let mut page = who.get("/console/clients/new").await;
        for _ in contacts.iter().skip(1) {
            page = who.press(&page, "Add another contact", &[]).await;
        }
        let mut typed = vec![("name", name)];
        typed.extend(contacts.iter().map(|one| ("first", one.first)));
        typed.extend(contacts.iter().map(|one| ("last", one.last)));
        typed.extend(contacts.iter().map(|one| ("email", one.email)));
        let mut form = page.fill("Add client", &typed);
        form.fields.retain(|(name, _)| name != "invite");
        let answer = who.submit(&form).await;
        answer.assert_leads_to("/console/clients/");
        who.follow(answer).await
    }

    /// Adds a contact to a client that is there, and gives back the page of the client's contacts.
    pub async fn add_contact(&self, client: &str, typed: &[(&str, &str)]) -> Page {
        let path = self.client_path(self.olive(), client).await;
        let page = self.olive().get(&format!("{path}/contacts/new")).await;
        let answer = self.olive().press_only(&page, "Add contact", typed).await;
        answer.assert_leads_to(&format!("{path}/contacts"));
        self.olive().follow(answer).await
    }

    /// The path of a client's record, as the list links it.
    pub async fn client_path(&self, who: &Person, name: &str) -> String {
        let list = who.get("/console/clients").await;
        list.link(name)
    }

    /// The id of a client, as addresses have it.
    pub async fn client_id(&self, name: &str) -> String {
        let path = self.client_path(self.olive(), name).await;
        path.rsplit('/').next().unwrap().to_owned()
    }

    /// The portal of a client: "/p/cl_…".
    pub async fn portal_path(&self, name: &str) -> String {
        format!("/p/{}", self.client_id(name).await)
    }

    /// The id of a contact of a client.
    pub async fn contact_id(&self, client: &str, who: Cast) -> String {
        let page = self.contacts(client).await;
        let html = page.html();
        let mut lines = html.tags("details");
        let at = lines.find(|at| html.text(Some(*at)).contains(&who.name())).unwrap();
        html[at].attr("id").unwrap().to_owned()
    }

    /// The contacts of a client, as Olive sees them.
    pub async fn contacts(&self, client: &str) -> Page {
        let path = self.client_path(self.olive(), client).await;
        self.olive().get(&format!("{path}/contacts")).await
    }

    /// What happened at a client, as Olive reads it.
    pub async fn activity(&self, client: &str) -> Page {
        let path = self.client_path(self.olive(), client).await;
        self.olive().get(&format!("{path}/activity")).await
    }

    /// Where a contact stands, as it is written under their name.
    pub async fn standing(&self, client: &str, name: &str) -> String {
        standing(&self.contacts(client).await, name)
    }

    /// Opens the invite dialog for a contact.
    pub async fn invite_dialog(&self, name: &str, client: &str) -> Page {
        let contacts = self.contacts(client).await;
        self.olive().click(&contacts, &format!("Send invite for {name}")).await
    }

    /// Sends somebody an invite, without a message.
    pub async fn invite(&self, name: &str, client: &str) -> Page {
        self.invite_with(name, client, &[]).await
    }

    /// Sends somebody an invite, after typing into the dialog.
    pub async fn invite_with(&self, name: &str, client: &str, typed: &[(&str, &str)]) -> Page {
        let dialog = self.invite_dialog(name, client).await;
        let page = self.olive().press(&dialog, "Send invite", typed).await;
        page.assert_sees(&format!("Invite to {name} at "));
        page
    }

    /// Invites somebody, and gives the link in their mail.
    pub async fn link_to(&self, who: Cast, client: &str) -> String {
        self.invite(&who.name(), client).await;
        self.mail_to(who.key).await.link()
    }

    /// Invites somebody, who accepts: with a new account, or with the one they have and are logged in with.
    pub async fn let_in(&self, who: Cast, client: &str) -> Page {
        let (link, person) = (self.link_to(who, client).await, self.person(who));
        let page = person.visit(&link).await;
        let add = format!("Add {client}");
        if page.offers(&add) {
            return person.press(&page, &add, &[]).await;
        }
        self.accept(person, &link, who.password).await
    }

    /// Takes somebody's access to a client away.
    pub async fn remove_access(&self, who: Cast, client: &str) {
        let contacts = self.contacts(client).await;
        let button = format!("Remove access for {}", who.name());
        let ask = self.olive().click(&contacts, &button).await;
        self.olive().press(&ask, "Remove access", &[]).await.assert_sees("no longer has access");
    }

    /// Follows the link of an invite and creates the account.
    pub async fn accept(&self, who: &Person, link: &str, password: &str) -> Page {
        let page = who.visit(link).await;
        let home = who.press(&page, "Create account", &[("password", password)]).await;
        assert!(home.path.starts_with("/p/"), "{}: {}", home.asked, home.text());
        home
    }

    /// Olive invites somebody to the team, who accepts.
    pub async fn hire(&self, who: Cast, role: &str) {
        let page = self.olive().get("/console/team/invite").await;
        let typed = [("name", &*who.name()), ("email", who.email), ("role", role)];
        self.olive().press(&page, "Send invite", &typed).await.assert_sees(who.email);
        let link = self.mail_to(who.key).await.link();
        let person = self.person(who);
        let page = person.visit(&link).await;
        let home = person.press(&page, "Create account", &[("password", who.password)]).await;
        assert_eq!((home.status, home.path.as_str()), (200, "/console"), "{}", home.text());
    }

    /// Somebody leaves the team.
    pub async fn dismiss(&self, who: Cast) {
        let team = self.olive().get("/console/team").await;
        for leaving in team.links().iter().filter(|link| link.ends_with("/remove")) {
            let ask = self.olive().get(leaving).await;
            if ask.text().contains(&who.name()) {
                let button = format!("Remove {}", who.first);
                self.olive().press(&ask, &button, &[]).await.assert_status(200);
            }
        }
        self.olive().get("/console/team").await.assert_hides(who.email);
    }

    /// The browser of one of the cast.
    pub fn person(&self, who: Cast) -> &Person {
        &self.people[who.key]
    }

    /// Days pass, in which sessions end, and these log in anew.
    pub async fn days_later(&self, days: u64, people: &[Cast]) {
        self.days_pass(days);
        for who in people {
            self.log_in(self.person(*who), who.email, who.password).await;
        }
    }

    /// Logs somebody in with a password of their own choice of words.
    pub async fn log_in(&self, who: &Person, email: &str, password: &str) -> Page {
        let page = who.visit("/login").await;
        who.press(&page, "Log in", &[("email", email), ("password", password)]).await
    }
}

/// Where a contact stands, on the page of a client's contacts.
pub fn standing(page: &Page, name: &str) -> String {
    let html = page.html();
    let texts = html.tags("summary").map(|at| html.text(Some(at)));
    let mut found = texts.filter(|text| text.contains(name));
    found.next().unwrap_or_else(|| panic!("{name} is not on {}: {}", page.asked, page.text()))
}
