//! The help centre: open to everybody, for clients, with the firm's own words on top.

use crate::cast::FIRM;
use crate::office::Office;

#[tokio::test(flavor = "multi_thread")]
async fn it_opens_without_a_login_and_every_article_is_there() {
    let office = Office::founded().await;
    let nobody = office.nobody();
    let help = nobody.get("/help").await;
    help.assert_sees(FIRM).assert_says("Create your account").assert_says("Find a file");
    help.assert_says(&format!("{}/help", office.origin()));
    help.assert_hides("Anteroom").assert_hides("Billing").assert_hides("signature");

    let articles: Vec<String> =
        help.links().into_iter().filter(|link| link.starts_with("/help/")).collect();

    assert!(articles.len() >= 10, "{articles:?}");
    for article in articles {
        let page = nobody.get(&article).await;
        page.assert_status(200).assert_hides("Anteroom").assert_hides("{{");
        for link in page.links() {
            let status = nobody.visit(&link).await.status;
            assert_eq!(status, 200, "{article} leads to {link}");
        }
    }
    nobody.get("/help/nothing").await.assert_missing();
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_firm_adds_words_and_a_link_of_its_own() {
    let office = Office::founded().await;
    let page = office.olive().get("/console/settings/portal").await;
    let typed = [
        ("help_text", "Call us: <b>0117</b>.\nOr see https://harbour.example/call."),
        ("help_link", "https://harbour.example/portal"),
        ("invite_days", "9"),
    ];
    office.olive().press(&page, "Save settings", &typed).await.assert_sees("are saved");

    let help = office.nobody().get("/help").await;

    help.assert_sees("Call us: <b>0117</b>.");
    assert!(help.body().contains("href=\"https://harbour.example/call\""), "{}", help.body());
    assert!(help.body().contains("href=\"https://harbour.example/portal\""));
    office.nobody().get("/help/create-account").await.assert_sees("9 days");
    office.close().await;
}
