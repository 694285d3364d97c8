use super::super::turns::tests::{Books, books, day};
use super::*;
use crate::error::Fields;
use crate::model::request::{Item, Request};
use crate::model::staff::Role;
use crate::model::testing::PASSWORD;
use crate::values::Title;

/// What the editor would send of it as it is.
fn as_it_is(books: &Books) -> NewRecurrence {
    let now = books.recurrence();
    NewRecurrence {
        next: now.next().unwrap(),
        blueprint: now.blueprint,
        audience: now.audience,
        every: now.every,
        until: now.until,
    }
}

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

fn to_read(number: u16) -> Item {
    let ask = Ask::Read { file: None };
    Item { number, title: title("Our terms"), help: None, required: true, only_if: None, ask }
}

/// Changes it, having seen it as it is now.
async fn change(books: &Books, new: NewRecurrence) -> Result<Vec<String>> {
    let seen = books.recurrence().edition();
    books.console().await.change_recurrence(books.id, new, seen).await
}

fn wrong(done: Result<Vec<String>>) -> Fields {
    let Err(Error::Invalid(fields)) = done else { panic!("{done:?}") };
    fields
}

#[tokio::test]
async fn what_is_asked_becomes_other_from_the_next_one_on() {
    let books = books("Europe/London", Every::Month, day("2027-01-31")).await;
    assert_eq!(books.at("2027-01-31T09:00:00").await, 1);
    let out: Vec<Request> = books.office.all();

    let mut new = as_it_is(&books);
    new.blueprint.title = title("Books for {{month}}");
    new.blueprint.due = RelativeDue::Monthly { day: 15 };
    new.blueprint.items = vec![Item {
        ask: Ask::Confirm { statement: "All of it".to_owned().try_into().unwrap() },
        ..to_read(1)
    }];
    let said = change(&books, new.clone()).await.unwrap();
    let wanted = [
        "renamed it from “Papers for {{month}}” to “Books for {{month}}”",
        "added “Our terms”",
        "made it due on the 15th of the month",
    ];
    assert_eq!(said, wanted);
    let told =
        format!("changed the recurring request “Books for {{{{month}}}}”: {}", wanted.join("; "));
    assert!(books.office.said().contains(&told));
    assert!(change(&books, new).await.unwrap().is_empty(), "nothing is other than before");

    assert_eq!(books.office.all::<Request>()[0].title, out[0].title, "what is out stays");
    assert_eq!(books.at("2027-02-28T09:00:00").await, 1);
    assert_eq!(books.at("2027-03-31T09:00:00").await, 1, "the 31st comes back");
    assert_eq!(
        books.titles(),
        ["Papers for January 2027", "Books for February 2027", "Books for March 2027"]
    );
    let due = books.office.all::<Request>().iter().filter_map(|one| one.due).max();
    assert_eq!(due, Some(day("2027-04-15")));
}

#[tokio::test]
async fn it_comes_at_other_times_counted_from_the_day_that_was_chosen() {
    let books = books("Europe/London", Every::Month, day("2027-01-31")).await;
    assert_eq!(books.at("2027-01-31T09:00:00").await, 1);
    let typed =
        NewRecurrence { every: Every::Quarter, next: day("2027-03-10"), ..as_it_is(&books) };
    let said = change(&books, typed.clone()).await.unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
    let over =
        wrong(change(&books, NewRecurrence { next: day("2027-01-30"), ..typed.clone() }).await);
    assert!(over["next"].contains("This day is over"));
    let before = NewRecurrence { until: Some(day("2027-03-09")), ..typed };
    assert!(wrong(change(&books, before).await)["until"].contains("before the next one"));

    assert_eq!(books.at("2027-03-09T23:59:00").await, 0);
    assert_eq!(books.at("2027-03-10T00:00:00").await, 1);
    assert_eq!(books.recurrence().next(), Some(day("2027-06-10")));
}

#[tokio::test]
async fn nobodys_change_is_overwritten_unseen_and_none_is_made_twice() {
    let books = books("Europe/London", Every::Month, day("2027-01-31")).await;
    books.at("2027-01-30T09:00:00").await;
    let rita = books.office.staff("Rita Sandoval", "rita@firm.example", Role::Staff).await;
    let (seen, sams) = (books.recurrence().edition(), as_it_is(&books));
    let cookie = books.office.log_in("rita@firm.example", PASSWORD).await;
    let ritas = books.office.guest.console(&cookie.text()).unwrap();
    let other = NewRecurrence { every: Every::Year, ..sams.clone() };
    ritas.change_recurrence(books.id, other.clone(), seen.clone()).await.unwrap();
    assert_eq!(books.recurrence().changed.unwrap().by.name, rita.name.as_str());

    let again = books.console().await.change_recurrence(books.id, sams, seen).await;
    assert!(wrong(again)["form"].starts_with("Rita Sandoval changed this while you"));

    let seen = books.recurrence().edition();
    assert_eq!(books.at("2027-01-31T09:00:00").await, 1);
    let later = books.console().await.change_recurrence(books.id, other, seen).await;
    assert!(wrong(later)["form"].starts_with("One was made and sent while you"));
}

#[tokio::test]
async fn what_could_not_be_sent_is_refused_beside_its_field() {
    let books = books("Europe/London", Every::Month, day("2027-01-31")).await;
    books.at("2027-01-30T09:00:00").await;
    let beech = books.office.client("Beech Ltd").await;
    let ben = books.office.member("Ben", "ben@beech.example", &beech).await;
    let mut new = as_it_is(&books);
    new.audience = Audience::Named(vec![ben.id]);
    new.blueprint.items = vec![to_read(1)];
    let fields = wrong(change(&books, new).await);
    assert!(fields["audience"].contains("no contact of this client"), "{fields:?}");
    assert_eq!(fields["file-1"], "Choose the file to read");
    let mut new = as_it_is(&books);
    new.blueprint.title = title("Papers of {{moth}}");
    assert!(wrong(change(&books, new).await)["title"].contains("moth"));
}
