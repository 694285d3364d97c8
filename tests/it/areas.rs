//! Which areas of the portal a contact may use: staff say so in the record, and it holds at once, everywhere.

mod at_once;
mod console;
mod pages;

use crate::cast::{ALDER, Cast};
use crate::office::Office;
use crate::page::{Filled, Page};

const FILES: &str = "files";
const REQUESTS: &str = "requests";

/// A form with exactly these areas ticked.
fn ticked(mut form: Filled, areas: &[&str]) -> Filled {
    form.fields.retain(|(name, _)| name != "area");
    form.fields.extend(areas.iter().map(|area| ("area".to_owned(), (*area).to_owned())));
    form
}

/// The page on which Olive opens and closes areas to a contact of Alder.
async fn areas_page(office: &Office, who: Cast) -> Page {
    let contacts = office.contacts(ALDER).await;
    office.olive().click(&contacts, &format!("Change areas for {}", who.name())).await
}

/// Olive opens these areas to a contact of Alder, and no other. Gives what she sees then.
async fn open_only(office: &Office, who: Cast, areas: &[&str]) -> Page {
    let page = areas_page(office, who).await;
    let answer = office.olive().submit(&ticked(page.fill("Save areas", &[]), areas)).await;
    answer.assert_status(303);
    office.olive().follow(answer).await
}
