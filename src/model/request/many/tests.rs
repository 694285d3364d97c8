use super::{ManySending, Whom};
use crate::model::client::Client;
use crate::model::invite::Invite;
use crate::model::membership::{Access, Areas, Membership};
use crate::model::recurrence::{Every, Recurrence, Repeat};
use crate::model::request::{Request, Stage};
use crate::model::request_template::TemplateFrom;
use crate::model::staff::Role;
use crate::model::testing::{Office, PASSWORD, office};
use crate::model::{ClientQuery, Console};

fn everyone(once: &str) -> ManySending {
    ManySending {
        from: TemplateFrom::parse("month-end").unwrap(),
        whom: Whom::Found(ClientQuery::default()),
        invite: true,
        repeat: None,
        once: once.into(),
    }
}

async fn console(office: &Office) -> Console {
    office.staff("Sam Oyelaran", "sam@firm.example", Role::Staff).await;
    let cookie = office.log_in("sam@firm.example", PASSWORD).await;
    office.guest.console(&cookie.text()).unwrap()
}

#[tokio::test]
async fn one_press_asks_each_client_once_and_names_whoever_does_not_see_it() {
    let office = office().await;
    let console = console(&office).await;
    let (alder, beech) = (office.client("Alder Ltd").await, office.client("Beech Ltd").await);
    let (cedar, dogwood) = (office.client("Cedar Ltd").await, office.client("Dogwood Ltd").await);
    office.client("Elm Ltd").await;
    office.put(Client { active: false, ..office.client("Fir Ltd").await }).await;
    office.member("Naomi", "naomi@alder.example", &alder).await;
    let daniel = office.contact("Daniel", "Marlow", "").await;
    office.tie(&daniel, &alder, Access::None).await;
    let ben = office.contact("Ben", "Okafor", "ben@beech.example").await;
    office.tie(&ben, &beech, Access::None).await;
    let cleo = office.contact("Cleo", "Park", "").await;
    office.tie(&cleo, &cedar, Access::None).await;
    let dora = office.member("Dora", "dora@dogwood.example", &dogwood).await;
    let tie: Vec<Membership> = office.all();
    let tie = tie.into_iter().find(|tie| tie.contact == dora.id).unwrap();
    office.put(Membership { areas: Areas { requests: false, ..Areas::ALL }, ..tie }).await;

    let sent = console.send_to_many(everyone("x")).await.unwrap();
    assert_eq!(console.send_to_many(everyone("x")).await.unwrap(), sent);

    assert_eq!((sent.asked, sent.invited), (2, 1));
    let left: Vec<String> =
        sent.left_out.iter().map(|one| format!("{} {}", one.name, one.why)).collect();
    let wanted = [
        "Cedar Ltd has nobody who can be invited",
        "Dogwood Ltd has nobody who can be invited",
        "Elm Ltd has no contacts",
    ];
    assert_eq!(left, wanted);
    let unreached: Vec<&str> = sent.unreached.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(unreached, ["Daniel Marlow"]);
    let requests: Vec<Request> = office.all();
    assert_eq!(requests.len(), 2);
    let out = |one: &Request| {
        matches!(one.stage, Stage::Sent { .. })
            && one.title.as_str() == "Bookkeeping for February 2026"
    };
    assert!(requests.iter().all(out), "{requests:?}");
    assert_eq!(office.all::<Invite>().len(), 1);
}

#[tokio::test]
async fn all_of_them_can_come_again_and_each_rests_by_itself() {
    let office = office().await;
    let console = console(&office).await;
    for name in ["Alder Ltd", "Beech Ltd"] {
        let client = office.client(name).await;
        let address = format!("naomi@{}.example", &name[..5].to_lowercase());
        office.member("Naomi", &address, &client).await;
    }
    let repeat = Some(Repeat { every: Every::Quarter, until: None });
    let many = ManySending { repeat, ..everyone("x") };
    assert_eq!(console.send_to_many(many).await.unwrap().asked, 2);

    let all: Vec<Recurrence> = office.all();
    assert_eq!(all.len(), 2);
    let next = all.iter().map(|one| one.next().unwrap().to_string());
    assert_eq!(next.collect::<Vec<_>>(), ["2026-06-02", "2026-06-02"]);
    let title = |one: &Recurrence| one.blueprint.title.to_string();
    assert!(all.iter().all(|one| title(one) == "Bookkeeping for {{last_month}}"), "{all:?}");
    office.put(Recurrence { paused: true, ..all[0].clone() }).await;
    office.clock.set("2026-06-02T09:00:00Z".parse().unwrap());
    assert_eq!(office.system.make_due_requests().await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_one_clients_own_cannot_be_asked_of_many() {
    use crate::model::request::{Ask, Item};
    use crate::model::request_template::{Blueprint, RequestTemplate};
    let office = office().await;
    let console = console(&office).await;
    let client = office.client("Alder Ltd").await;
    office.member("Naomi", "naomi@alder.example", &client).await;
    let item = Item {
        number: 1,
        title: "Our letter".to_owned().try_into().unwrap(),
        help: None,
        required: true,
        only_if: None,
        ask: Ask::Read { file: None },
    };
    let template = RequestTemplate {
        id: office.write(|tx| Ok(tx.id())).await,
        name: "Letter".to_owned().try_into().unwrap(),
        blueprint: Blueprint { items: vec![item], ..Blueprint::blank() },
        by: console.me().id,
        changed: office.clock.now(),
    };
    office.put(template.clone()).await;
    let many = ManySending { from: TemplateFrom::Template(template.id), ..everyone("x") };
    let why = console.send_to_many(many).await.unwrap_err().to_string();
    assert!(why.contains("“Our letter” is a file to read"), "{why}");
    let nobody = ManySending { whom: Whom::These(vec![]), ..everyone("y") };
    assert!(console.send_to_many(nobody).await.is_err());
}
