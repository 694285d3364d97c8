//! Who adds files where: what the two doors have in common, and what differs.

use std::sync::Arc;

use super::{NewUpload, Upload};
use crate::error::{Error, Result};
use crate::model::activity::By;
use crate::model::client::Client;
use crate::model::console::Console;
use crate::model::contact::Contact;
use crate::model::core::Core;
use crate::model::db::{Records, Write};
use crate::model::file::{
    Audience, Author, File, check_audience, default_audience, live_file, place, shown_place,
};
use crate::model::folder::Folder;
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::portal::{Portal, Viewer};
use crate::model::request::HandedInFor;
use crate::model::staff::Staff;
use crate::values::{FileName, FolderName, Message};

/// The uploads of one person at one client. It outlives the request in which its door was opened, so it looks anew
/// whether they still may, whenever something comes of it.
#[derive(Clone)]
pub struct Uploads {
    pub(super) core: Arc<Core>,
    pub(super) by: By,
    pub(super) who: Who,
    pub(super) client: Id<Client>,
}

/// Somebody who may add files right now.
pub(super) struct Sender {
    pub author: Author,
    pub client: Client,
    /// How they see the client's files, if they are a contact.
    pub viewer: Option<Viewer>,
}

/// What is to become of the bytes.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub name: FileName,
    pub folder: Option<Id<Folder>>,
    /// Folders below it that are found or made.
    pub folders: Vec<FolderName>,
    /// None for what is usual there.
    pub audience: Option<Audience>,
    pub note: Option<Message>,
    pub replaces: Option<Id<File>>,
    pub handed_in_for: Option<HandedInFor>,
}

impl Console {
    /// The files that this member of staff adds to a client.
    pub fn uploads(&self, client: Id<Client>) -> Result<Uploads> {
        let (core, who) = (self.core().clone(), Who::Staff(self.me().id));
        Uploads { core, by: self.by(), who, client }.checked()
    }
}

impl Portal {
    /// The files that this contact adds for the client they look at.
    pub fn uploads(&self) -> Result<Uploads> {
        self.person().own()?;
        let (core, viewer) = (self.person().core().clone(), self.viewer());
        let who = Who::Contact(viewer.contact());
        Uploads { core, by: self.person().by(), who, client: viewer.client() }.checked()
    }
}

impl Uploads {
    fn checked(self) -> Result<Self> {
        self.core.db.read(|r| self.sender(r))?;
        Ok(self)
    }

    /// Whose they are, as long as they may add files here.
    pub(super) fn sender(&self, r: &impl Records) -> Result<Sender> {
        let client: Client = r.need(self.client)?;
        match self.who {
            Who::Staff(id) => {
                let staff: Option<Staff> = r.get(id)?.filter(Staff::active);
                let author = Author::of(&staff.ok_or(Error::SignIn)?);
                Ok(Sender { author, client, viewer: None })
            }
            Who::Contact(id) => {
                let some = |viewer: &Viewer| viewer.areas().files || viewer.areas().requests;
                let viewer = Viewer::now(r, client.id, id)?.filter(some);
                let viewer = Some(viewer.ok_or(Error::NotFound)?);
                let contact: Contact = r.need(id)?;
                Ok(Sender { author: Author::of_contact(&contact), client, viewer })
            }
        }
    }

    /// What is to become of a file, if it may.
    pub(super) fn plan(&self, r: &impl Records, new: NewUpload) -> Result<Plan> {
        let sender = self.sender(r)?;
        let (folders, name) = FileName::tame_path(&new.name);
        let plan = Plan {
            name,
            folder: None,
            folders,
            audience: None,
            note: new.note,
            replaces: None,
            handed_in_for: new.handed_in_for,
        };
        sender.check(new.handed_in_for)?;
        if let Some(of) = new.handed_in_for {
            // Where it lies and who sees it is the request's to say, once it is there.
            sender.landing(r, (of, &plan.name), (None, self.core.clock.now()))?;
            return Ok(Plan { folders: Vec::new(), audience: Some(Audience::Firm), ..plan });
        }
        if let Some(viewer) = &sender.viewer {
            let audience = match new.audience {
                Some(Audience::Everyone) => Audience::Everyone,
                _ => Audience::Firm,
            };
            let folder = shown_place(r, viewer, new.folder)?;
            return Ok(Plan { folder, folders: Vec::new(), audience: Some(audience), ..plan });
        }
        if let Some(file) = new.replaces {
            let file = live_file(r, self.client, file)?;
            let (folder, audience) = (file.folder, Some(file.audience));
            let replaces = Some(file.id);
            return Ok(Plan { folder, folders: Vec::new(), audience, replaces, ..plan });
        }
        let folder = place(r, self.client, new.folder)?.map(|folder| folder.id);
        let audience = new.audience.map(|audience| check_audience(r, self.client, audience));
        Ok(Plan { folder, audience: audience.transpose()?, ..plan })
    }

    /// One command in this person's name.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        command: impl FnOnce(&mut Write<'_, '_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.core.db.write(self.by, command).await
    }
}

impl Plan {
    /// That of an upload which began some time ago.
    pub(super) fn of(upload: &Upload) -> Self {
        Self {
            name: upload.name.clone(),
            folder: upload.folder,
            folders: Vec::new(),
            audience: Some(upload.audience.clone()),
            note: upload.note.clone(),
            replaces: upload.replaces,
            handed_in_for: upload.handed_in_for,
        }
    }

    /// Who is to see a file in this folder.
    pub(super) fn audience_in(&self, folder: Option<&Folder>) -> Audience {
        self.audience.clone().unwrap_or_else(|| default_audience(folder))
    }
}
