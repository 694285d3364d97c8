//! The console's door: a member of staff, in one request.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::activity::{Actor, By};
use super::admin::Admin;
use super::core::Core;
use super::db::{Read, Records, Write};
use super::firm::Firm;
use super::id::Id;
use super::login::Login;
use super::owner::Owner;
use super::session::Session;
use super::staff::{Role, Staff};
use super::system::MailFlow;
use crate::error::{Error, Result};

/// A member of staff.
pub struct Console {
    core: Arc<Core>,
    me: Staff,
    login: Id<Login>,
    session: Id<Session>,
    from: Option<IpAddr>,
}

impl Console {
    /// Made by [`super::Guest::console`] alone, anew for each request.
    pub(super) fn enter(
        core: Arc<Core>,
        session: &Session,
        staff: Id<Staff>,
        from: Option<IpAddr>,
    ) -> Result<Self> {
        let me: Staff = core.db.read(|r| r.get(staff))?.ok_or(Error::SignIn)?;
        if !me.active() {
            return Err(Error::SignIn);
        }
        Ok(Self { core, me, login: session.login, session: session.id, from })
    }

    /// Who holds this door.
    #[must_use]
    pub fn me(&self) -> &Staff {
        &self.me
    }

    /// The session it was opened with, which stays when the others are ended.
    #[must_use]
    pub fn session(&self) -> Id<Session> {
        self.session
    }

    /// The firm.
    pub fn firm(&self) -> Result<Arc<Firm>> {
        self.core.firm()
    }

    /// The time, for pages that say how long ago something was.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// Whether mails leave.
    pub fn mail_flow(&self) -> Result<MailFlow> {
        MailFlow::of(&self.core)
    }

    /// Settings and templates, for Admins and Owners.
    pub fn admin(self) -> Result<Admin> {
        if self.me.role >= Role::Admin {
            Ok(Admin::of(self))
        } else {
            Err(Error::Forbidden(
                "Settings and templates are for Admins. Ask an Owner of your firm.",
            ))
        }
    }

    /// The team, for Owners.
    pub fn owner(self) -> Result<Owner> {
        if self.me.role >= Role::Owner {
            Ok(Owner::of(self))
        } else {
            Err(Error::Forbidden("The team is for Owners. Ask an Owner of your firm."))
        }
    }

    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    pub(super) fn login(&self) -> Id<Login> {
        self.login
    }

    pub(super) fn by(&self) -> By {
        By { actor: Actor::Staff(self.me.id), from: self.from }
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        self.core.db.read(look)
    }

    /// One command, one transaction, in this person's name.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.core.db.write(self.by(), command).await
    }
}
