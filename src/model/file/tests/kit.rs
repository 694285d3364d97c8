//! A firm with a client, two contacts who see its portal, and a stranger.

use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::file::{Audience, Author, Because, File, Picked, Review, Scan, Version};
use crate::model::folder::Folder;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::{Console, Id, NewUpload, Portal};
use crate::values::{Digest, FileName, FolderName, Media};

pub(super) struct Firm {
    pub(super) office: Office,
    pub(super) alder: Client,
    pub(super) maya: Contact,
    pub(super) noor: Contact,
    pub(super) ben: Contact,
    pub(super) beech: Client,
    sam: String,
    cookies: Vec<(Id<Contact>, String)>,
}

/// Sam of the firm; Maya and Noor of Alder; Ben of Beech.
pub(super) async fn firm() -> Firm {
    let office = office().await;
    office.staff("Sam Finch", "sam@alderfinch.example", Role::Admin).await;
    let sam = office.log_in("sam@alderfinch.example", PASSWORD).await.text();
    let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech").await);
    let maya = office.member("Maya", "maya@alder.example", &alder).await;
    let noor = office.member("Noor", "noor@alder.example", &alder).await;
    let ben = office.member("Ben", "ben@beech.example", &beech).await;
    let mut cookies = Vec::new();
    for (who, address) in
        [(&maya, "maya@alder.example"), (&noor, "noor@alder.example"), (&ben, "ben@beech.example")]
    {
        cookies.push((who.id, office.log_in(address, PASSWORD).await.text()));
    }
    Firm { office, alder, maya, noor, ben, beech, sam, cookies }
}

impl Firm {
    pub(super) fn sam(&self) -> Console {
        self.office.guest.console(&self.sam).unwrap()
    }

    pub(super) fn portal_of(&self, who: &Contact, client: Id<Client>) -> Portal {
        let (_, cookie) = self.cookies.iter().find(|(id, _)| *id == who.id).unwrap();
        self.office.guest.portal(cookie, client).unwrap()
    }

    /// Alder's, as Sam views it.
    pub(super) fn as_seen_by_sam(&self) -> Portal {
        self.office.guest.portal(&self.sam, self.alder.id).unwrap()
    }

    /// Of Alder.
    pub(super) fn portal(&self, who: &Contact) -> Portal {
        self.portal_of(who, self.alder.id)
    }

    /// A file with bytes, added by staff.
    pub(super) async fn add(
        &self,
        folder: Option<Id<Folder>>,
        name: &str,
        audience: Audience,
        bytes: &'static [u8],
    ) -> Id<File> {
        let new =
            NewUpload { name: name.into(), folder, audience: Some(audience), ..Default::default() };
        let uploads = self.sam().uploads(self.alder.id).unwrap();
        let mut receiving = uploads.receive(new, None).await.unwrap();
        receiving.write(bytes.into()).await.unwrap();
        receiving.finish().await.unwrap().file
    }

    /// A further version of it.
    pub(super) async fn add_version(&self, of: Id<File>, bytes: &'static [u8]) {
        let name = self.file(of).name.to_string();
        let new = NewUpload { name, replaces: Some(of), ..Default::default() };
        let uploads = self.sam().uploads(self.alder.id).unwrap();
        let mut receiving = uploads.receive(new, None).await.unwrap();
        receiving.write(bytes.into()).await.unwrap();
        receiving.finish().await.unwrap();
    }

    pub(super) async fn folder(&self, parent: Option<Id<Folder>>, name: &str) -> Id<Folder> {
        let (sam, name) = (self.sam(), folder_name(name));
        sam.make_folder(self.alder.id, parent, name, String::new()).await.unwrap()
    }

    pub(super) async fn share(&self, what: Picked, audience: Audience) {
        let sam = self.sam();
        sam.share_files(self.alder.id, what, audience, false, String::new()).await.unwrap();
    }

    pub(super) fn file(&self, id: Id<File>) -> File {
        self.office.get(id).unwrap()
    }

    /// A file as a record alone, of which nobody opens the bytes.
    pub(super) async fn record(
        &self,
        client: &Client,
        (folder, name): (Option<Id<Folder>>, &str),
        by: Option<&Contact>,
        audience: Audience,
    ) -> Id<File> {
        let sam = self.sam().me().clone();
        let file = File {
            id: self.office.write(|tx| Ok(tx.id())).await,
            ..record_of(
                client,
                folder,
                name,
                by.map_or(Author::of(&sam), Author::of_contact),
                audience,
            )
        };
        let file = File { review: by.map(|_| Review::Waiting), ..file };
        let at = self.office.clock.now();
        let file = File { added: at, changed: at, ..file };
        self.office.put(file.clone()).await;
        file.id
    }

    /// The names of all that somebody finds from the top on.
    pub(super) fn names_seen(&self, who: &Contact) -> Vec<String> {
        let (portal, mut names, mut next) = (self.portal(who), Vec::new(), vec![None]);
        while let Some(folder) = next.pop() {
            let page = portal.folder(folder, None, 1_000).unwrap();
            next.extend(page.folders.iter().map(|folder| Some(folder.id)));
            names.extend(page.files.iter().map(|row| row.file.name.to_string()));
        }
        names.sort();
        names
    }

    /// The bytes that somebody opens.
    pub(super) fn bytes_of(&self, who: &Contact, file: Id<File>) -> Vec<u8> {
        let opened = self.portal(who).open_file(file).unwrap();
        opened.content.content.read(0..opened.bytes).unwrap().to_vec()
    }
}

pub(in crate::model) fn record_of(
    client: &Client,
    folder: Option<Id<Folder>>,
    name: &str,
    by: Author,
    audience: Audience,
) -> File {
    let at = client.added;
    let version = version(1, by.clone(), at);
    File {
        id: Id::MIN,
        client: client.id,
        folder,
        name: FileName::parse(name).unwrap(),
        audience,
        because: Because::Added,
        by,
        note: None,
        review: None,
        versions: vec![version],
        next_version: 2,
        added: at,
        changed: at,
        trash: None,
        handed_in_for: None,
    }
}

pub(super) fn version(number: u32, by: Author, at: jiff::Timestamp) -> Version {
    let sha256 = Digest::of(&number.to_be_bytes());
    let blob = crate::blobs::BlobName::from_bytes(*sha256.bytes());
    Version { number, blob, sha256, bytes: 10, media: Media::Pdf, at, by, scan: Scan::Off }
}

pub(super) fn folder_name(name: &str) -> FolderName {
    FolderName::parse(name).unwrap()
}

pub(super) fn file_name(name: &str) -> FileName {
    FileName::parse(name).unwrap()
}
