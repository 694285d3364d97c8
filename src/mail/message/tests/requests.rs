//! What mails about requests say.

use super::*;
use crate::model::outbox::{RequestLine, Told};
use crate::values::Day;

/// What is told of requests, as much of it as the firm can allow.
pub(super) fn of_requests(typed: &str) -> Vec<Letter> {
    let text = || typed.to_owned();
    let line = |told: &Told, path: &str| RequestLine {
        client: text(),
        title: text(),
        due: Day::new(2026, 11, 30),
        path: path.to_owned(),
        told: told.clone(),
    };
    let (here, there) = ("/p/cl_1/requests/rq_1", "/p/cl_2/requests/rq_2");
    let news = |told: &[&Told], path: &str| Letter::RequestNews {
        first_name: text(),
        client: text(),
        count: u32::try_from(told.len()).unwrap(),
        lines: told.iter().map(|told| line(told, here)).collect(),
        path: path.to_owned(),
    };
    let sent = Told::Sent;
    let returned = Told::Returned { item: text(), reason: Some(text()) };
    let comment = Told::Comment { by: text(), text: Some(text()) };
    let (first_name, by) = (text(), text());
    let waits = |overdue| Told::Waits { overdue };
    let overdue = |count, lines: Vec<RequestLine>| {
        let path = "/console/requests/rq_1".to_owned();
        Letter::RequestsOverdue { first_name: text(), count, lines, path }
    };
    vec![
        news(&[&sent], here),
        news(&[&returned], here),
        news(&[&comment], here),
        news(&[&sent, &sent], "/p/cl_1/todo"),
        news(&[&sent, &returned, &comment], "/p/cl_1/todo"),
        Letter::RequestReminder {
            first_name: text(),
            count: 1,
            lines: vec![line(&waits(false), here)],
            path: here.into(),
        },
        Letter::RequestReminder {
            first_name,
            count: 12,
            lines: vec![line(&waits(true), here), line(&waits(false), there)],
            path: "/p/todo".into(),
        },
        Letter::FromClients {
            first_name: text(),
            count: 1,
            lines: vec![line(&Told::HandedIn { by: by.clone() }, "/console/requests/rq_1")],
            daily: false,
            path: "/console/requests/rq_1".into(),
        },
        Letter::FromClients {
            first_name: text(),
            count: 30,
            lines: vec![line(&Told::Done { by }, here), line(&comment, there)],
            daily: true,
            path: "/console/requests".into(),
        },
        overdue(1, vec![line(&waits(true), here)]),
        overdue(2, vec![line(&waits(true), here), line(&waits(true), there)]),
    ]
}

#[test]
fn a_reminder_says_what_waits_and_how_reminders_end() {
    let (templates, firm) = (templates(), firm("Alder & Finch"));
    let writer = Writer::new(&templates, &firm);
    let line = |title: &str, due, overdue| RequestLine {
        client: "Marlow Ceramics".into(),
        title: title.into(),
        due,
        path: format!("/p/cl_1/requests/{title}"),
        told: Told::Waits { overdue },
    };
    let lines = vec![
        line("Tax return 2025", Day::new(2026, 11, 2), true),
        line("Lease", Day::new(2026, 11, 30), false),
        line("Payroll", None, false),
    ];
    let (first_name, path) = ("Naomi".to_owned(), "/p/cl_1/todo".to_owned());
    let letter = Letter::RequestReminder { first_name, count: 5, lines, path };
    let written = writer.write(&letter, Some(&priya()), Links::Hidden).unwrap();
    assert_eq!(written.subject, "Reminder: 5 requests wait for you");
    let expected = "Hello Naomi,\n\nThis is all that Alder & Finch still needs from you:\n\n\
                    - Tax return 2025 (Marlow Ceramics)\n  Overdue, was due Monday 2 November 2026\n\n\
                    - Lease (Marlow Ceramics)\n  Due Monday 30 November 2026\n\n\
                    - Payroll (Marlow Ceramics)\n  No due date\n\nand 2 more\n\n\
                    Open your To-do list:\nhttps://portal.alderfinch.example/p/cl_1/todo\n";
    assert!(written.text.starts_with(expected), "{}", written.text);
    let from = "portal@alderfinch.example".parse_email();
    let draft = writer.draft(&mail(letter, "Naomi"), None, &from, written);
    assert_eq!(draft.thread, None, "it is about several");
}

#[test]
fn what_is_told_of_one_request_is_one_thread() {
    let (templates, firm) = (templates(), firm("Alder & Finch"));
    let writer = Writer::new(&templates, &firm);
    let from = "portal@alderfinch.example".parse_email();
    for letter in of_requests("Lease").into_iter().take(3) {
        let written = writer.write(&letter, None, Links::Hidden).unwrap();
        assert!(written.subject.ends_with("Lease"), "{}", written.subject);
        assert!(written.text.contains("Open the request:"), "{}", written.text);
        let draft = writer.draft(&mail(letter, "Naomi"), None, &from, written);
        let bytes = String::from_utf8(draft.to_bytes()).unwrap();
        assert!(bytes.contains("References: <rq_1@alderfinch.example>\r\n"), "{bytes}");
    }
}

#[test]
fn each_thing_that_is_told_has_its_line_and_no_more_than_the_firm_allows() {
    let (templates, firm) = (templates(), firm("Alder & Finch"));
    let writer = Writer::new(&templates, &firm);
    let line = |told| RequestLine {
        client: "Marlow Ceramics".into(),
        title: "Accounts".into(),
        due: Day::new(2026, 11, 30),
        path: "/p/cl_1/requests/rq_1".into(),
        told,
    };
    let lines = vec![
        line(Told::Sent),
        line(Told::Returned { item: "Lease".into(), reason: None }),
        line(Told::Comment { by: "Priya Nair".into(), text: Some("Thank you.".into()) }),
    ];
    let (first_name, client) = ("Naomi".to_owned(), "Marlow Ceramics".to_owned());
    let path = "/p/cl_1/requests/rq_1".to_owned();
    let letter = Letter::RequestNews { first_name, client, count: 3, lines, path };
    let written = writer.write(&letter, None, Links::Hidden).unwrap();
    assert_eq!(written.subject, "3 updates to what Alder & Finch asks for");
    let expected = "Hello Naomi,\n\nThis is about Marlow Ceramics:\n\n\
                    - Accounts\n  Due Monday 30 November 2026\n\n\
                    - Accounts\n  Please look at “Lease” again. The reason stands in your portal.\n\n\
                    - Accounts\n  Priya Nair wrote a comment. Thank you.\n\nOpen the request:\n";
    assert!(written.text.starts_with(expected), "{}", written.text);
}
