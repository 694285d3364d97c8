//! What happens on the other side reaches an open page, and nobody hears of what is not shown to them.

use crate::cast::{ALDER, BEECH, MAYA, NOOR};
use crate::office::Office;
use crate::page::Page;
use crate::person::Person;
use crate::portal_requests::{Asked, Wanted, item};
use crate::wire::Line;

/// The stream that an open page listens to.
struct Stream(Line);

impl Stream {
    async fn open(who: &Person, path: &str) -> Self {
        let mut stream = Self(who.begin("GET", path, 0, &[]).await);
        // It listens from the moment at which it greets.
        while !stream.0.heard().contains("retry: ") {
            stream.0.hear().await;
        }
        stream
    }

    /// Waits until it has rung so often, and gives how often it has.
    async fn rings(&mut self, times: usize) -> usize {
        while self.count() < times {
            self.0.hear().await;
        }
        self.count()
    }

    fn count(&self) -> usize {
        self.0.heard().matches("data: changed").count()
    }
}

async fn asks(office: &Office, title: &str, named: &[crate::cast::Cast]) -> String {
    let items = [item("short", "What?")];
    let wanted = Wanted { title, due: "", named, items: &items };
    Asked::of(office, ALDER, wanted).await.path
}

/// Where the page listens, as its own element says.
fn listens(page: &Page) -> String {
    let html = page.html();
    let at = html.tags("live-updates").next().unwrap_or_else(|| panic!("{} is quiet", page.path));
    html[at].attr("src").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_hears_of_what_they_are_asked_and_never_of_what_another_is() {
    let office = Office::open().await;
    let portal = office.portal_path(ALDER).await;
    let todo = listens(&office.noor().get(&format!("{portal}/todo")).await);
    let mut noor = Stream::open(office.noor(), &todo).await;
    let mut maya = Stream::open(office.maya(), &todo).await;

    let secret = asks(&office, "Maya's salary", &[MAYA]).await;
    let page = office.maya().get(&secret).await;
    office.maya().press(&page, "Send message", &[("say", "Between us")]).await;
    maya.rings(1).await;
    asks(&office, "For both", &[]).await;

    // Each ring is of something that they see: the first one of hers.
    noor.rings(1).await;
    asks(&office, "For Noor", &[NOOR]).await;
    assert_eq!(noor.rings(2).await, 2);
    assert_eq!(maya.rings(2).await, 2);
    let all = office.noor().get(&format!("{portal}/todo")).await;
    all.assert_sees("For both").assert_sees("For Noor").assert_hides("salary");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_rings_on_the_open_page_of_the_firm_and_a_review_on_that_of_the_contact() {
    let office = Office::open().await;
    let items = [item("short", "Which bank?"), item("short", "Since when?")];
    let asked = Asked::all(&office, ALDER, "Bank", &items).await;
    let shown = office.olive().get(&asked.console).await;
    let mut olive = Stream::open(office.olive(), &listens(&shown)).await;
    let mut board = Stream::open(office.olive(), "/console/live?at=requests").await;
    let page = asked.page(office.maya()).await;
    let mut maya = Stream::open(office.maya(), &listens(&page)).await;

    let (bank, since) = (asked.field(0), asked.field(1));
    office.maya().press(&page, "Send to", &[(&bank, "Oakwood"), (&since, "2019")]).await;

    olive.rings(1).await;
    board.rings(1).await;
    let (before, seen) = (maya.rings(1).await, olive.count());
    asked.send_back(1, "The day, please").await;
    maya.rings(before + 1).await;
    asked.page(office.maya()).await.assert_says("The day, please");
    olive.rings(seen + 1).await;
    let (before, seen) = (maya.count(), olive.count());
    let page = asked.page(office.maya()).await;
    office.maya().press(&page, "Send message", &[("say", "It was a Monday")]).await;
    olive.rings(seen + 1).await;
    maya.rings(before + 1).await;
    office.olive().get(&asked.console).await.assert_sees("It was a Monday");
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens_at_a_door_that_is_not_theirs() {
    let office = Office::open().await;
    let secret = asks(&office, "Maya's salary", &[MAYA]).await;
    let (portal, request) = secret.split_once("/requests/").unwrap();
    for (who, status) in [(office.noor(), 404), (office.ben(), 404), (&office.nobody(), 303)] {
        let page = who.get(&format!("{portal}/live?request={request}")).await;
        page.assert_status(status);
    }
    office.ben().get(&format!("{portal}/live?at=todo")).await.assert_status(404);
    office.maya().get(&format!("{portal}/live")).await.assert_status(404);
    office.maya().get("/p/nonsense/live?at=todo").await.assert_status(404);
    office.maya().get(&format!("/console/live?request={request}")).await.assert_status(404);
    let other = office.portal_path(BEECH).await;
    office.ben().get(&format!("{other}/live?request={request}")).await.assert_status(404);
    office.close_with_mails_read().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_loses_access_while_their_page_is_open_hears_no_more() {
    let office = Office::open().await;
    let portal = office.portal_path(ALDER).await;
    let mut noor = Stream::open(office.noor(), &format!("{portal}/live?at=todo")).await;
    office.remove_access(NOOR, ALDER).await;

    asks(&office, "For everyone", &[]).await;

    let told = String::from_utf8_lossy(&noor.0.all().await).into_owned();
    assert_eq!(told.matches("data: changed").count(), 0, "{told}");
    office.close_with_mails_read().await;
}
