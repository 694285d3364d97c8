//! Set-up: how the one firm of this server comes to be, in the browser or from the terminal.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activity::By;
use super::core::Core;
use super::db::{Records, Write};
use super::firm::{Firm, INVITE_DAYS, NewSmtp, UNDO_SECONDS};
use super::guest::Guest;
use super::id::Id;
use super::limits::Limit;
use super::login::{Login, Who};
use super::session::{NewSession, start_session};
use super::sign_ins::Tried;
use super::staff::{Notices, Role, Staff, StaffState};
use super::system::System;
use crate::error::{Check, Error, Result};
use crate::values::{
    Accent, Code, Currency, DateStyle, Email, FirmName, FullName, HelpText, Notes, Password,
    PublicUrl, Zone,
};

/// The first-run form as typed. The password is read and never given back.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct FirmForm {
    /// Name of the firm.
    pub firm: String,
    /// Name of its first owner.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    #[serde(skip_serializing)]
    pub password: String,
    /// Where the portal is reached.
    pub public_url: String,
    /// Time zone, by its IANA name.
    pub zone: String,
    /// Currency, by its code.
    pub currency: String,
    /// "month-first" or "day-first".
    pub date_style: String,
    /// What the terminal printed, for whoever does not sit at the machine.
    pub code: String,
    /// Ticked: the address may work inside one network only.
    pub confirmed: String,
}

/// A firm to set up, with its first owner.
#[derive(Debug)]
pub struct NewFirm {
    /// Name of the firm.
    pub name: FirmName,
    /// Name of its first owner.
    pub owner: FullName,
    /// The owner's address.
    pub email: Email,
    /// The owner's password.
    pub password: Password,
    /// Where the portal is reached.
    pub public_url: PublicUrl,
    /// Time zone.
    pub zone: Zone,
    /// Currency of all amounts.
    pub currency: Currency,
    /// How dates are written.
    pub date_style: DateStyle,
    /// The mail server, where a script brings one.
    pub smtp: Option<NewSmtp>,
}

/// Who can reach the server, which decides which public addresses make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It listens on loopback alone: links to a loopback address work for everybody who can come at all.
    ThisMachine,
    /// Others can come, and for them a loopback address leads to their own machine.
    Network,
    /// Not known: a script on the machine decides, and knows what it does.
    Terminal,
}

impl Reach {
    /// As this run listens.
    pub(super) const fn of(overrides: &super::Overrides) -> Self {
        if overrides.loopback_only { Self::ThisMachine } else { Self::Network }
    }

    /// Whether this public address makes sense here. Otherwise the field that is wrong, and its sentence.
    pub fn admits(self, url: &PublicUrl, confirmed: &str) -> Result<(), (&'static str, String)> {
        let refusal = match self {
            Self::Terminal => return Ok(()),
            Self::Network if url.is_loopback() => (
                "public_url",
                "For other people this address leads to their own machine. \
                 Type the one under which they reach this server",
            ),
            Self::ThisMachine | Self::Network if url.is_private() && confirmed.is_empty() => (
                "confirmed",
                "This address works inside your own network only. \
                 Tick the box if nobody comes from outside, or type a public address",
            ),
            Self::ThisMachine | Self::Network => return Ok(()),
        };
        Err((refusal.0, refusal.1.to_owned()))
    }
}

impl FirmForm {
    /// The firm, or every field that is wrong.
    pub fn read(&self, reach: Reach) -> Result<NewFirm> {
        let mut check = Check::default();
        let name = check.take("firm", FirmName::parse(&self.firm));
        let owner = check.take("name", FullName::parse(&self.name));
        let email = check.take("email", Email::parse(&self.email));
        let context = [self.firm.as_str(), &self.name, &self.email];
        let password = check.take("password", Password::choose(&self.password, &context));
        let public_url = check.take("public_url", PublicUrl::parse(&self.public_url));
        if let Some(url) = &public_url
            && let Err((field, why)) = reach.admits(url, &self.confirmed)
        {
            check.note(field, why);
        }
        let zone = check.take("zone", Zone::parse(&self.zone));
        let currency = check.take("currency", Currency::parse(&self.currency));
        let date_style = check.take("date_style", DateStyle::parse(&self.date_style));
        check.finish(|| {
            Some(NewFirm {
                name: name?,
                owner: owner?,
                email: email?,
                password: password?,
                public_url: public_url?,
                zone: zone?,
                currency: currency?,
                date_style: date_style?,
                smtp: None,
            })
        })
    }
}

/// Why somebody may set the firm up.
#[derive(Clone, Debug)]
pub enum Proof {
    /// The browser runs on this very machine.
    Direct,
    /// The code, as typed.
    Code(String),
}

/// Kept apart from all other secrets that are derived from the installation's key.
const PURPOSE: &str = "set-up";

impl Core {
    /// The same after each restart, so that it can be printed again.
    fn setup_code(&self) -> Code {
        let [a, b, c, d, e, f, g, h, ..] = self.keys.token(PURPOSE, [0; 16]);
        Code::from_bits(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl Guest {
    /// Who can reach this server.
    #[must_use]
    pub fn reach(&self) -> Reach {
        Reach::of(&self.core().overrides)
    }

    /// Sets the firm up and logs its owner in. Once there is a firm, this is
    /// [`Error::NotFound`] for ever, also for all but one of many who ask at once.
    pub async fn set_up(&self, new: NewFirm, proof: Proof, agent: &str) -> Result<NewSession> {
        let core = self.core();
        if core.has_firm()? {
            return Err(Error::NotFound);
        }
        self.check(&proof)?;
        let password = core.hashes.hash(new.password.secret().to_owned()).await?;
        let agent = agent.to_owned();
        let write = move |tx: &mut Write<'_, '_>| {
            let mut login = found(tx, new, password)?;
            let cookie = start_session(tx, &mut login, &agent)?;
            Ok(NewSession { cookie, who: login.who })
        };
        core.db.write(self.by(), write).await
    }

    fn check(&self, proof: &Proof) -> Result<()> {
        let Proof::Code(typed) = proof else { return Ok(()) };
        let (core, now) = (self.core(), self.now());
        let network = self.network();
        core.limits.check(Limit::SetUp, &network, now)?;
        let code = Code::parse(typed)
            .map_err(|_| Error::field("code", "The set-up code has ten letters and digits"))?;
        // Keyed hashes are compared, so that the time tells nothing about the code.
        let hash = |code: Code| core.keys.code_at_rest(code.bits());
        if hash(code) != hash(core.setup_code()) {
            core.limits.fail(Limit::SetUp, &network, now);
            core.sign_ins.failed(Tried::SetupCode, self.from());
            return Err(Error::field("code", "This is not the set-up code. Look at it again"));
        }
        Ok(())
    }
}

/// What [`System::init`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Init {
    /// The firm is there now.
    Done,
    /// There was one: nothing was changed.
    Already(FirmName),
}

impl System {
    /// The code that the first-run page asks for; nobody needs it once there is a firm.
    pub fn setup_code(&self) -> Result<Code> {
        if self.core().has_firm()? {
            return Err(Error::refused("The firm is set up already: no code is needed any more."));
        }
        Ok(self.core().setup_code())
    }

    /// Sets the firm up unless there is one.
    pub async fn init(&self, new: NewFirm) -> Result<Init> {
        let core = self.core();
        if core.has_firm()? {
            return Ok(Init::Already(self.firm()?.name.clone()));
        }
        let password = core.hashes.hash(new.password.secret().to_owned()).await?;
        let made =
            core.db.write(By::TERMINAL, move |tx| found(tx, new, password).map(|_| ())).await;
        match made {
            Err(Error::NotFound) => Ok(Init::Already(self.firm()?.name.clone())),
            made => made.map(|()| Init::Done),
        }
    }
}

/// Writes the firm and its first owner; [`Error::NotFound`] if there is a firm.
fn found(tx: &mut Write<'_, '_>, new: NewFirm, password: String) -> Result<Login> {
    if tx.get::<Firm>(Id::MIN)?.is_some() {
        return Err(Error::NotFound);
    }
    let now = tx.now();
    let staff = Staff {
        id: tx.id(),
        name: new.owner,
        email: new.email.clone(),
        role: Role::Owner,
        state: StaffState::Active,
        notices: Notices { accepted: true, bounced: true },
        added: now,
    };
    let login = Login {
        id: tx.id(),
        who: Who::Staff(staff.id),
        address: new.email,
        password,
        created: now,
        last: now,
    };
    let mut firm = blank(new.name, new.public_url, now);
    firm.zone = new.zone;
    firm.currency = new.currency;
    firm.date_style = new.date_style;
    firm.smtp = new.smtp.map(|smtp| smtp.sealed(tx.keys()));
    tx.put(&firm)?;
    tx.put(&staff)?;
    tx.put(&login)?;
    let said = format!("set up {}, with {} as its owner", firm.name, staff.name);
    tx.say("firm-set-up", None, said)?;
    Ok(login)
}

/// A firm whose settings nobody has touched.
pub(super) fn blank(name: FirmName, public_url: PublicUrl, founded: Timestamp) -> Firm {
    Firm {
        id: Id::MIN,
        name,
        public_url,
        zone: Zone::parse("UTC").expect("it is in every list of zones"),
        currency: Currency::parse("USD").expect("it is in every list of currencies"),
        date_style: DateStyle::default(),
        accent: Accent::default(),
        logo: None,
        help_text: HelpText::default(),
        help_link: None,
        terms: Notes::default(),
        invite_days: INVITE_DAYS,
        undo_seconds: UNDO_SECONDS,
        mails_per_minute: None,
        smtp: None,
        demo: false,
        founded,
    }
}

#[cfg(test)]
mod tests;
