//! Several who do the same at once: one of them wins, and nothing is half done.

use futures_util::future::join_all;

use crate::cast::{ALDER, MAYA};
use crate::office::Office;

/// Whether it got a session, the status, where it leads, and the password.
type Try = (bool, u16, String, String);

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_who_accept_at_once_exactly_one_wins() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    let tries = (0..64).map(|n| {
        let (office, page) = (&office, &page);
        async move {
            let browser = office.nobody();
            let password = format!("{n} green lanterns over water");
            let answer =
                browser.press_only(page, "Create account", &[("password", &password)]).await;
            let won = browser.cookie("anteroom").is_some();
            (won, answer.status, answer.location().to_owned(), password)
        }
    });

    let all = join_all(tries).await;

    let won: Vec<_> = all.iter().filter(|one| one.0).collect();
    assert_eq!(won.len(), 1, "{all:?}");
    let fine = |one: &&Try| one.1 == 303 && one.2.starts_with("/login");
    let lost = all.iter().filter(|one| !one.0);
    assert_eq!(lost.clone().filter(fine).count(), lost.count(), "{all:?}");
    office.log_in(&office.nobody(), MAYA.email, &won[0].3).await.assert_sees(ALDER);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_creates_one_account() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    let form = page.fill("Create account", &[("password", MAYA.password)]);

    let (one, two) = tokio::join!(office.maya().submit(&form), office.maya().submit(&form));

    one.assert_status(303);
    two.assert_status(303);
    office.maya().visit("/").await.assert_sees(ALDER);
    let activity = office.activity(ALDER).await;
    assert_eq!(activity.text().matches("accepted the invite").count(), 1, "{}", activity.text());
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_accepting_and_revoking_at_once_one_happens() {
    let office = Office::founded().await;
    let link = office.link_to(MAYA, ALDER).await;
    let page = office.maya().visit(&link).await;
    let contacts = office.contacts(ALDER).await;

    let (accepted, _) = tokio::join!(
        office.maya().press_only(&page, "Create account", &[("password", MAYA.password)]),
        office.olive().press_only(&contacts, "Revoke invite for Maya Linden", &[]),
    );

    let standing = office.standing(ALDER, "Maya").await;
    match accepted.status {
        303 => assert!(standing.contains("Last login"), "{standing}"),
        _ => assert!(standing.contains("Not invited"), "{} {standing}", accepted.status),
    }
    office.close().await;
}
