//! What Admins set: how the firm is called and writes, how it looks, where it is reached, and what clients are told.

use jiff::SignedDuration;
use serde::Serialize;

use super::Firm;
use crate::error::{Error, Result};
use crate::model::Admin;
use crate::model::db::{Records, Write};
use crate::model::edition::{check_edition, edition};
use crate::model::id::Id;
use crate::model::setup::Reach;
use crate::model::standing::note_former;
use crate::values::{Currency, DateStyle, FirmName, HelpText, HttpsLink, Notes, PublicUrl, Zone};

/// How the firm is called, and how it writes times and amounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FirmSettings {
    /// As clients read it.
    pub name: FirmName,
    /// Of all times.
    pub zone: Zone,
    /// Of all amounts.
    pub currency: Currency,
    /// Nov 3 or 3 Nov.
    pub date_style: DateStyle,
}

/// What clients are told, and how invites behave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalSettings {
    /// How many days an invite works: 1 to 365.
    pub invite_days: u16,
    /// How many seconds an invite waits for "Undo": 0 to 60.
    pub undo_seconds: u8,
    /// The firm's own words at the top of the help centre.
    pub help_text: HelpText,
    /// A page of the firm's own that the help centre links.
    pub help_link: Option<HttpsLink>,
    /// What a contact agrees to; empty for none.
    pub terms: Notes,
    /// At most so many mails a minute; none for no limit.
    pub mails_per_minute: Option<u32>,
}

/// Where the portal is reached, as the settings show it.
#[derive(Clone, Debug)]
pub struct AddressSettings {
    /// What is stored, which is what the form changes.
    pub stored: PublicUrl,
    /// What this run uses instead, and where that was set.
    pub locked: Option<(PublicUrl, String)>,
    /// Who can reach the server.
    pub reach: Reach,
}

impl FirmSettings {
    /// Those of a firm.
    #[must_use]
    pub fn of(firm: &Firm) -> Self {
        Self {
            name: firm.name.clone(),
            zone: firm.zone.clone(),
            currency: firm.currency,
            date_style: firm.date_style,
        }
    }

    /// Changes with every edit: a form carries it, so that nobody's edit is overwritten unseen.
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

impl PortalSettings {
    /// Those of a firm.
    #[must_use]
    pub fn of(firm: &Firm) -> Self {
        Self {
            invite_days: firm.invite_days,
            undo_seconds: firm.undo_seconds,
            help_text: firm.help_text.clone(),
            help_link: firm.help_link.clone(),
            terms: firm.terms.clone(),
            mails_per_minute: firm.mails_per_minute,
        }
    }

    /// See [`FirmSettings::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(self)
    }
}

impl AddressSettings {
    /// See [`FirmSettings::edition`].
    #[must_use]
    pub fn edition(&self) -> String {
        edition(&self.stored)
    }
}

impl Firm {
    /// Of how it looks; see [`FirmSettings::edition`].
    #[must_use]
    pub fn brand_edition(&self) -> String {
        edition(&(&self.accent, self.logo))
    }
}

impl Admin {
    /// Changes how the firm is called and writes. `seen` is the edition that was shown.
    pub async fn edit_firm(&self, new: FirmSettings, seen: String) -> Result<()> {
        let write = move |tx: &mut Write<'_, '_>| {
            let firm: Firm = tx.need(Id::MIN)?;
            let old = FirmSettings::of(&firm);
            check_edition(&seen, &old.edition())?;
            if old == new {
                return Ok(());
            }
            let what = if old.name == new.name {
                "changed the settings of the firm".to_owned()
            } else {
                format!("renamed the firm from {} to {}", old.name, new.name)
            };
            let FirmSettings { name, zone, currency, date_style } = new;
            tx.put(&Firm { name, zone, currency, date_style, ..firm })?;
            tx.say("firm-edited", None, what)
        };
        self.console().write(write).await
    }

    /// Changes what clients are told and how invites behave. `seen` is the edition that was shown.
    pub async fn edit_portal(&self, new: PortalSettings, seen: String) -> Result<()> {
        let write = move |tx: &mut Write<'_, '_>| {
            let firm: Firm = tx.need(Id::MIN)?;
            let old = PortalSettings::of(&firm);
            check_edition(&seen, &old.edition())?;
            if old == new {
                return Ok(());
            }
            let what = portal_changes(&old, &new);
            tx.put(&Firm {
                invite_days: new.invite_days,
                undo_seconds: new.undo_seconds,
                help_text: new.help_text,
                help_link: new.help_link,
                terms: new.terms,
                mails_per_minute: new.mails_per_minute,
                ..firm
            })?;
            tx.say("portal-edited", None, format!("changed the settings of the portal: {what}"))
        };
        self.console().write(write).await
    }

    /// Where the portal is reached, and who decides that.
    pub fn address_settings(&self) -> Result<AddressSettings> {
        let core = self.console().core();
        let firm: Firm = core.db.read(|r| r.need(Id::MIN))?;
        let locked = core.overrides.public_url.clone();
        Ok(AddressSettings {
            stored: firm.public_url,
            locked: locked.map(|locked| (locked.value, locked.source)),
            reach: Reach::of(&core.overrides),
        })
    }

    /// Changes where the portal is reached: the beginning of every link from now on. `confirmed` is the tick for an
    /// address that works in one network only, empty for none.
    pub async fn set_address(&self, url: PublicUrl, confirmed: &str, seen: String) -> Result<()> {
        let settings = self.address_settings()?;
        if let Some((_, source)) = settings.locked {
            let why = format!("The address is set by {source} for as long as the server runs.");
            return Err(Error::refused(why));
        }
        settings.reach.admits(&url, confirmed).map_err(|(field, why)| Error::field(field, why))?;
        let write = move |tx: &mut Write<'_, '_>| {
            let firm: Firm = tx.need(Id::MIN)?;
            check_edition(&seen, &edition(&firm.public_url))?;
            if firm.public_url == url {
                return Ok(());
            }
            let what = format!("changed the public address from {} to {url}", firm.public_url);
            note_former(tx, &firm.public_url, &url)?;
            tx.put(&Firm { public_url: url, ..firm })?;
            tx.say("address-of-portal-changed", None, what)
        };
        self.console().write(write).await
    }
}

/// What an edit changed, for the activity; texts are not repeated there.
fn portal_changes(old: &PortalSettings, new: &PortalSettings) -> String {
    let mut changes = Vec::new();
    let mut note = |changed: bool, what: String| changes.extend(changed.then_some(what));
    let days = SignedDuration::from_hours(24 * i64::from(new.invite_days)).unsigned_abs();
    note(
        old.invite_days != new.invite_days,
        format!("invites work for {}", crate::values::in_words(days)),
    );
    note(
        old.undo_seconds != new.undo_seconds,
        format!("invites wait {} seconds for Undo", new.undo_seconds),
    );
    note(old.help_text != new.help_text, "the text of the help centre".into());
    note(old.help_link != new.help_link, "the link of the help centre".into());
    note(old.terms != new.terms, "the terms".into());
    let pace = new.mails_per_minute.map_or("no limit".into(), |mails| format!("at most {mails}"));
    note(old.mails_per_minute != new.mails_per_minute, format!("{pace} mails a minute"));
    changes.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::staff::Role;
    use crate::model::testing::{Office, PASSWORD, office, office_with};
    use crate::model::{Locked, Overrides};

    async fn admin(office: &Office) -> Admin {
        office.staff("Rita Alder", "rita@firm.example", Role::Admin).await;
        let cookie = office.log_in("rita@firm.example", PASSWORD).await;
        office.guest.console(&cookie.text()).unwrap().admin().unwrap()
    }

    fn refused_field(outcome: Result<()>) -> String {
        match outcome {
            Err(Error::Invalid(fields)) => fields.keys().cloned().collect(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn links_are_never_made_to_lead_readers_to_their_own_machine() {
        let office = office().await;
        let admin = admin(&office).await;
        let set = async |url: &str, tick: &str| {
            let seen = admin.address_settings().unwrap().edition();
            admin.set_address(PublicUrl::parse(url).unwrap(), tick, seen).await
        };
        for loopback in ["http://localhost:8080", "http://127.0.0.1", "http://[::1]"] {
            assert_eq!(refused_field(set(loopback, "on").await), "public_url", "{loopback}");
        }
        assert_eq!(refused_field(set("http://10.0.0.5", "").await), "confirmed");
        set("http://10.0.0.5", "on").await.unwrap();
        office.clock.advance(Duration::from_secs(1));
        set("https://portal.firm.example", "").await.unwrap();
        assert_eq!(admin.console().firm().unwrap().public_url.host(), "portal.firm.example");
        let said = "changed the public address from http://10.0.0.5 to https://portal.firm.example";
        assert_eq!(office.said().last().unwrap(), said);
    }

    #[tokio::test]
    async fn an_address_that_the_server_was_started_with_cannot_be_changed() {
        let given = PublicUrl::parse("https://given.example").unwrap();
        let public_url = Some(Locked { value: given.clone(), source: "--public-url".into() });
        let office = office_with(Overrides { public_url, ..Overrides::default() }).await;
        let admin = admin(&office).await;

        let settings = admin.address_settings().unwrap();
        let other = PublicUrl::parse("https://other.example").unwrap();
        let refused = admin.set_address(other, "", settings.edition()).await;

        assert!(matches!(refused, Err(Error::Refused(why)) if why.contains("--public-url")));
        assert_eq!(settings.locked, Some((given.clone(), "--public-url".to_owned())));
        assert_eq!(settings.stored.host(), "portal.alderfinch.example");
        assert_eq!(admin.console().firm().unwrap().public_url, given);
    }

    #[tokio::test]
    async fn an_older_form_is_refused_and_the_same_again_changes_nothing() {
        let office = office().await;
        let admin = admin(&office).await;
        let old = PortalSettings::of(&admin.console().firm().unwrap());
        let new = PortalSettings { invite_days: 7, ..old.clone() };
        office.clock.advance(Duration::from_secs(1));
        admin.edit_portal(new.clone(), old.edition()).await.unwrap();
        let entries = office.said().len();
        assert_eq!(
            office.said().last().unwrap(),
            "changed the settings of the portal: invites work for 7 days"
        );

        admin.edit_portal(new.clone(), new.edition()).await.unwrap();
        assert_eq!(office.said().len(), entries);
        let late = PortalSettings { undo_seconds: 0, ..old.clone() };
        assert_eq!(refused_field(admin.edit_portal(late, old.edition()).await), "form");
        assert_eq!(PortalSettings::of(&admin.console().firm().unwrap()), new);
    }
}
