//! Twelve attempts of a portal handler to reach past its door. `reach.rs` puts this file into a copy of `src/portal/` and
//! asks the compiler: each line that ends with an error's code must be refused with that code, and no other line.

use poem::Request;

use crate::error::Result;
use crate::http::doors::App;
use crate::model::client::Client;
use crate::model::contact::Contact;
use crate::model::file::File;
use crate::model::folder::Folder;
use crate::model::invite::Invite;
use crate::model::login::Login;
use crate::model::membership::Areas;
use crate::model::staff::Staff;
use crate::model::{Id, Person, Portal, Shown, Viewer};

pub fn what_a_portal_is_for(portal: &Portal) -> Result<String> {
    let client = portal.get::<Client>(portal.viewer().client())?;
    let staff = client.looked_after_by.map(|staff| portal.get::<Staff>(staff)).transpose()?;
    let ask = staff.map(|staff| staff.email.to_string()).unwrap_or_default();
    Ok(format!("{} {} {ask}", portal.person().me().full_name(), portal.client().name))
}

pub fn one_read_the_store(portal: &Portal, person: &Person) {
    let _ = portal.person; // E0616
    let _ = &person.core; // E0616
    let _ = person.core(); // E0624
}

pub fn two_make_a_viewer(contact: Id<Contact>, client: Id<Client>, areas: Areas) {
    let _ = Viewer::new(contact, client, areas); // E0624
}

pub fn three_open_the_store() {
    let _: crate::model::db::Db; // E0603
}

pub fn four_ask_for_a_record_that_is_not_shown(portal: &Portal, contact: Id<Contact>) {
    let _ = portal.get(contact); // E0277
}

impl Shown for Invite // E0277
{
    type View = String;
    fn shown_to(&self, _: &Viewer) -> Option<String> {
        Some("five: say oneself what is shown".into())
    }
}

impl crate::model::portal::InModel for Login {} // E0603

pub async fn six_write(person: &Person) {
    let _ = person.write(|_| Ok(())).await; // E0624
}

pub fn seven_take_the_outer_door(app: &App, req: &Request) {
    let _ = &app.0; // E0616
    let _ = App::of(req); // E0624
}

pub fn eight_use_the_id_of_one_thing_for_another(portal: &Portal) {
    let _ = portal.get::<Staff>(portal.viewer().client()); // E0308
}

pub fn nine_do_what_staff_do(portal: &Portal) {
    let _ = portal.client_tags(); // E0599
    let _ = portal.person().client_tags(); // E0599
}

pub fn ten_see_what_staff_write_to_themselves(portal: &Portal) -> Result<String> {
    Ok(portal.client().notes.to_string()) // E0609
}

pub fn eleven_see_who_else_sees_a_file(portal: &Portal, file: Id<File>, folder: Id<Folder>) {
    let _ = portal.get(file).map(|file| file.audience); // E0609
    let _ = portal.get(folder); // E0277
}

pub fn twelve_forget_that_one_only_looks(portal: &Portal) {
    let _ = portal.person().by(); // E0624
    let _: crate::model::viewing::Viewing; // E0603
}
