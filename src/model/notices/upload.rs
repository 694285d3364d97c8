//! What is told at once, whatever people chose: something is wrong with an upload, and somebody has to act.

use super::{NoticeSettings, Reader, staff_for};
use crate::error::Result;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::db::{Records, Write};
use crate::model::file::{File, Review, Scan, Version};
use crate::model::id::Id;
use crate::model::login::Who;
use crate::model::outbox::{Letter, NewMail};
use crate::model::portal::Viewer;
use crate::model::staff::Staff;

impl Write<'_, '_> {
    /// Tells a contact that the firm cannot use their upload.
    pub(in crate::model) fn tell_uploader_rejected(&mut self, file: &File) -> Result<()> {
        let (Some(contact), Some(Review::Rejected { reason, by, .. })) =
            (file.by.contact(), &file.review)
        else {
            return Ok(());
        };
        let Some((client, path)) = self.uploaded(file, contact)? else { return Ok(()) };
        let Some(reader) = Reader::of(self, Who::Contact(contact))? else { return Ok(()) };
        let names = NoticeSettings::of(self)?.names;
        let said = |text: &str| Some(text.to_owned()).filter(|_| names);
        let letter = Letter::UploadRejected {
            first_name: reader.first.clone(),
            client: client.name.to_string(),
            name: said(file.name.as_str()),
            reason: said(reason.as_str()),
            path,
        };
        // Whoever rejected it can say more.
        let by = match by.who {
            Who::Staff(staff) => self.get::<Staff>(staff)?.filter(Staff::active),
            Who::Contact(_) => None,
        };
        let from = by.map(|staff| staff.id).or(client.looked_after_by);
        self.tell_at_once(Who::Contact(contact), reader, from, letter)
    }

    /// Tells whoever added this version, and the firm, that a virus was found in it.
    pub(in crate::model) fn tell_of_virus(&mut self, file: &File, version: &Version) -> Result<()> {
        let (Some(client), Scan::Infected { what, .. }) =
            (self.get::<Client>(file.client)?, &version.scan)
        else {
            return Ok(());
        };
        let mut readers: Vec<(Who, String)> = Vec::new();
        if let Who::Contact(contact) = version.by.who {
            let theirs = self.uploaded(file, contact)?;
            readers.extend(theirs.map(|(_, path)| (Who::Contact(contact), path)));
        }
        let own: Option<Staff> = match version.by.who {
            Who::Staff(staff) => self.get(staff)?.filter(Staff::active),
            Who::Contact(_) => None,
        };
        let firm = match own {
            Some(own) => vec![own],
            None => staff_for(self, &client)?,
        };
        let path = format!("/console/clients/{}/files/{}", client.id, file.id);
        readers.extend(firm.iter().map(|staff| (Who::Staff(staff.id), path.clone())));
        let names = NoticeSettings::of(self)?.names;
        for (who, path) in readers {
            let Some(reader) = Reader::of(self, who)? else { continue };
            let letter = Letter::UploadInfected {
                first_name: reader.first.clone(),
                client: client.name.to_string(),
                name: Some(file.name.to_string()).filter(|_| names),
                what: what.clone(),
                by: version.by.name.clone(),
                mine: version.by.who == who,
                path,
            };
            let from = who.contact().and(client.looked_after_by);
            self.tell_at_once(who, reader, from, letter)?;
        }
        Ok(())
    }

    /// The client of a file that this contact added, and where they see the file, if they still do: whoever handed it in for
    /// a request may have no other files.
    fn uploaded(&self, file: &File, contact: Id<Contact>) -> Result<Option<(Client, String)>> {
        let viewer = Viewer::now(self, file.client, contact)?;
        let Some(viewer) = viewer.filter(|viewer| file.receipted(viewer).is_some()) else {
            return Ok(None);
        };
        let client: Client = self.need(file.client)?;
        let path = match file.handed_in_for {
            Some(of) if !viewer.areas().files => {
                format!("/p/{}/requests/{}", client.id, of.request)
            }
            _ => format!("/p/{}/files/{}", client.id, file.id),
        };
        Ok(Some((client, path)))
    }

    fn tell_at_once(
        &mut self,
        who: Who,
        reader: Reader,
        from: Option<Id<Staff>>,
        letter: Letter,
    ) -> Result<()> {
        let mail = NewMail {
            letter,
            to: reader.to,
            to_name: reader.full,
            from,
            contact: who.contact(),
            invite: None,
            not_before: self.now(),
        };
        self.mail(mail).map(drop)
    }
}
