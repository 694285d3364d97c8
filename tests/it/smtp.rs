//! Mails over a real connection: each kind of line, each way to fail, and what a connection is used for afterwards.

use std::time::Duration;

use anteroom::mail::failure::{Failure, Kind, Step};
use anteroom::mail::mime::Draft;
use anteroom::mail::probe::{Outcome, Probe, probe};
use anteroom::mail::smtp::{Envelope, Limits, Security, Server, SmtpPool};
use anteroom::mail::tls::client_config;

use crate::mail_sink::{Fault, Setup, Sink};

const SOON: Duration = Duration::from_secs(20);
const SECURITIES: [Security; 3] = [Security::None, Security::StartTls, Security::Tls];
const LOGIN: (&str, &str) = ("portal@firm.example", "correct horse");

fn mail_to(to: &str) -> Envelope {
    let body = b"Subject: Hello\r\n\r\n.a dot\r\n..two\r\nend\r\n".to_vec();
    Envelope { from: "portal@firm.example".to_owned(), to: to.to_owned(), body }
}

fn mail() -> Envelope {
    mail_to("sam@ortiz.example")
}

fn pool(sink: &Sink) -> SmtpPool {
    SmtpPool::new(sink.server(), 1)
}

async fn failure(pool: &SmtpPool) -> Failure {
    pool.send(&mail()).await.expect_err("this must fail")
}

#[tokio::test]
async fn mails_share_a_connection_on_every_kind_of_line() {
    for security in SECURITIES {
        for (pipelining, mechanisms) in [(true, "PLAIN LOGIN"), (false, "LOGIN")] {
            let setup =
                Setup { security, pipelining, mechanisms, login: Some(LOGIN), ..Setup::default() };
            let sink = Sink::with(setup).await;
            let pool = pool(&sink);
            for n in 1..=5 {
                let accepted = pool.send(&mail()).await.unwrap();
                assert_eq!(accepted.words, format!("250 2.0.0 Ok: queued as {n}"));
            }
            pool.close().await;
            let mails = sink.wait_for(|mails| mails.len() == 5, SOON).await;
            assert_eq!(sink.connections(), 1, "{security:?}");
            for mail in mails {
                assert_eq!(mail.from, "portal@firm.example");
                assert_eq!(mail.to, "sam@ortiz.example");
                assert_eq!(mail.auth.as_deref(), Some(LOGIN.0));
                assert_eq!(mail.tls, security != Security::None);
                assert!(mail.text_part().starts_with(".a dot\n..two\nend\n"), "{}", mail.data);
            }
            assert_eq!(sink.commands().last().unwrap(), "QUIT");
            assert_eq!(sink.violations(), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn many_mails_at_once_use_no_more_connections_than_allowed() {
    let sink = Sink::start().await;
    let pool = SmtpPool::new(sink.server(), 3);
    let one = mail();
    let sent = futures_util::future::join_all((0..30).map(|_| pool.send(&one))).await;
    assert!(sent.iter().all(Result::is_ok));
    assert!(sink.connections() <= 3, "{}", sink.connections());
    assert_eq!(sink.mails().len(), 30);
}

#[tokio::test]
async fn each_refusal_says_whom_it_concerns() {
    use Kind::{Later, Paused, Refused};
    // point, reply, kind, step, connections that two failed mails take
    let cases = [
        ("GREETING", "554 5.7.1 Go away", Paused, Step::Greeting, 2),
        ("EHLO", "421 4.7.0 Too many", Paused, Step::Greeting, 2),
        ("AUTH", "535 5.7.8 Wrong", Paused, Step::Login, 2),
        ("MAIL", "550 5.7.1 Not you", Paused, Step::Sender, 2),
        ("MAIL", "451 4.3.0 Not now", Later, Step::Sender, 1),
        ("RCPT", "550 5.1.1 No such user", Refused, Step::Recipient, 1),
        ("RCPT", "451 4.7.1 Greylisted", Later, Step::Recipient, 1),
        ("RCPT", "421 4.3.2 Closing", Paused, Step::Recipient, 2),
        ("DATA", "554 5.5.1 No valid recipients", Refused, Step::Data, 1),
        ("END", "554 5.7.1 Spam", Refused, Step::Data, 1),
        ("END", "452 4.3.1 No room", Later, Step::Data, 1),
        ("END", "421 4.3.2 Closing", Paused, Step::Data, 2),
    ];
    for pipelining in [true, false] {
        for (point, reply, kind, step, connections) in cases {
            let setup = Setup { pipelining, login: Some(LOGIN), ..Setup::default() };
            let sink = Sink::with(setup).await;
            let pool = pool(&sink);
            sink.answer_times(2, point, reply);
            for _ in 0..2 {
                let failure = failure(&pool).await;
                assert_eq!((failure.kind, failure.step), (kind, step), "{reply}: {failure}");
                assert_eq!(failure.words, reply);
            }
            assert_eq!(sink.connections(), connections, "{point} {reply}");
            pool.send(&mail()).await.unwrap();
            assert_eq!(sink.mails().len(), 1);
            assert_eq!(sink.violations(), Vec::<String>::new(), "{point} {reply}");
        }
    }
}

#[tokio::test]
async fn one_wrong_address_spoils_one_mail() {
    let sink = Sink::start().await;
    sink.answer_for("nobody@ortiz.example", "RCPT", "550 5.1.1 No such user");
    let pool = pool(&sink);
    for to in ["a@ortiz.example", "nobody@ortiz.example", "b@ortiz.example"] {
        assert_eq!(pool.send(&mail_to(to)).await.is_ok(), to.len() == 15, "{to}");
    }
    let took: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(took, ["a@ortiz.example", "b@ortiz.example"]);
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn a_server_that_takes_the_text_of_a_refused_mail_is_left() {
    let sink = Sink::start().await;
    let pool = pool(&sink);
    sink.answer_times(1, "RCPT", "550 5.1.1 No such user");
    sink.answer_times(1, "DATA", "354 Go on all the same");
    assert_eq!(failure(&pool).await.kind, Kind::Refused);
    pool.send(&mail()).await.unwrap();
    assert_eq!((sink.connections(), sink.mails().len()), (2, 1));
}

#[tokio::test]
async fn a_silent_server_pauses_the_queue_before_the_text_and_leaves_doubt_after_it() {
    let short = Duration::from_millis(100);
    // Only the limit in question is short, so that a slow machine does not trip over another.
    let before = Limits { command: short, ..Limits::default() };
    let after = Limits { data: short, ..Limits::default() };
    for pipelining in [true, false] {
        for point in ["GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "END"] {
            let (limits, kind) = match point {
                "BODY" | "END" => (after, Kind::Unsure),
                _ => (before, Kind::Paused),
            };
            let setup = Setup { pipelining, login: Some(LOGIN), ..Setup::default() };
            let sink = Sink::with(setup).await;
            for fault in [Fault::Hang, Fault::Drop] {
                sink.fail(point, fault.clone());
                let failure = failure(&pool(&sink).with_limits(limits)).await;
                assert_eq!(failure.kind, kind, "{point} {fault:?}: {failure}");
                assert!(failure.code().is_none() && failure.plain().ends_with('.'));
                sink.heal();
            }
            assert_eq!(sink.mails().len(), 0);
            pool(&sink).send(&mail()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_somebody_waits_for_ends_in_time_and_tells_the_step() {
    let points = [
        ("GREETING", Step::Greeting),
        ("EHLO", Step::Greeting),
        ("AUTH", Step::Login),
        ("MAIL", Step::Sender),
        ("RCPT", Step::Recipient),
        ("DATA", Step::Data),
        ("END", Step::Data),
    ];
    let hang = |(point, step): (&'static str, Step), pipelining| async move {
        let sink = Sink::with(Setup { pipelining, login: Some(LOGIN), ..Setup::default() }).await;
        sink.fail(point, Fault::Hang);
        let until = Some(tokio::time::Instant::now() + Duration::from_secs(1));
        let limits = Limits { until, ..Limits::default() };
        let failed = tokio::time::timeout(SOON, probe(sink.server(), limits, &mail())).await;
        let steps = failed.expect(point).steps;
        let at = steps.iter().find(|one| matches!(one.outcome, Outcome::Failed { .. }));
        assert_eq!(at.map(|one| one.step), Some(step), "{point} {pipelining}");
    };
    let all = points.into_iter().flat_map(|point| [hang(point, true), hang(point, false)]);
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn a_lying_server_is_not_believed() {
    for (point, lie, kind) in [
        ("GREETING", "HTTP/1.1 400 Bad Request", Kind::Paused),
        ("EHLO", "\u{1b}]0;owned\u{7}", Kind::Paused),
        ("AUTH", "334 ????", Kind::Paused),
        ("RCPT", "354 Already?", Kind::Paused),
        ("END", "999999999999", Kind::Unsure),
        ("END", "354 More?", Kind::Unsure),
    ] {
        let sink = Sink::with(Setup { login: Some(LOGIN), ..Setup::default() }).await;
        sink.answer(point, lie);
        let failure = failure(&pool(&sink)).await;
        assert_eq!(failure.kind, kind, "{lie}: {failure}");
        assert!(!failure.to_string().contains(char::is_control));
    }
}

#[tokio::test]
async fn an_endless_reply_is_cut_off() {
    let sink = Sink::start().await;
    sink.answer("MAIL", &format!("550 {}", "x".repeat(100_000)));
    let failure = failure(&pool(&sink)).await;
    assert_eq!(failure.kind, Kind::Paused);
    assert!(failure.words.chars().count() <= 300);
}

#[tokio::test]
async fn a_kept_connection_that_died_is_replaced() {
    for fault in [Fault::Drop, Fault::Answer("421 4.4.2 Timeout".to_owned())] {
        let sink = Sink::start().await;
        let pool = pool(&sink);
        pool.send(&mail()).await.unwrap();
        sink.fail_times(1, "MAIL", fault);
        pool.send(&mail()).await.unwrap();
        assert_eq!((sink.mails().len(), sink.connections()), (2, 2));
    }
}

#[tokio::test]
async fn a_rested_connection_is_asked_and_an_old_one_is_left() {
    let sink = Sink::start().await;
    let asking = pool(&sink).with_limits(Limits { ask: Duration::ZERO, ..Limits::default() });
    asking.send(&mail()).await.unwrap();
    asking.send(&mail()).await.unwrap();
    assert_eq!(sink.commands().iter().filter(|line| *line == "RSET").count(), 1);
    assert_eq!(sink.connections(), 1);
    sink.fail_times(1, "RSET", Fault::Drop);
    asking.send(&mail()).await.unwrap();
    assert_eq!(sink.connections(), 2);

    for limits in [
        Limits { idle: Duration::ZERO, ..Limits::default() },
        Limits { mails: 1, ..Limits::default() },
    ] {
        let sink = Sink::start().await;
        let leaving = pool(&sink).with_limits(limits);
        leaving.send(&mail()).await.unwrap();
        leaving.send(&mail()).await.unwrap();
        assert_eq!(sink.connections(), 2);
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_that_is_not_trusted() {
    for security in [Security::StartTls, Security::Tls] {
        let sink = Sink::with(Setup { security, login: Some(LOGIN), ..Setup::default() }).await;
        let stranger = Server { tls: client_config(None).unwrap(), ..sink.server() };
        let failure = failure(&SmtpPool::new(stranger, 1)).await;
        assert_eq!((failure.kind, failure.step), (Kind::Paused, Step::Tls));
        assert!(failure.plain().contains("is not trusted"), "{failure}");
        assert!(!sink.commands().iter().any(|line| line.starts_with("AUTH")));
    }
}

#[tokio::test]
async fn encryption_is_never_left_out() {
    let setup = Setup {
        security: Security::StartTls,
        offers_starttls: false,
        login: Some(LOGIN),
        ..Setup::default()
    };
    let sink = Sink::with(setup).await;
    let failure = failure(&pool(&sink)).await;
    assert_eq!((failure.kind, failure.step), (Kind::Paused, Step::Tls));
    assert!(failure.plain().contains("does not offer STARTTLS"), "{failure}");
    let said = sink.commands();
    assert_eq!(said, ["EHLO portal.firm.example"]);
}

#[tokio::test]
async fn tls_to_a_plain_port_says_which_port_to_take() {
    let sink = Sink::start().await;
    let server = Server { security: Security::Tls, ..sink.server() };
    let failure = failure(&SmtpPool::new(server, 1)).await;
    assert_eq!(failure.step, Step::Tls);
    assert!(failure.plain().contains("465"), "{failure}");
}

#[tokio::test]
async fn no_address_can_smuggle_a_command() {
    let sink = Sink::start().await;
    let pool = pool(&sink);
    for evil in [
        "a@b.example>\r\nRCPT TO:<c@d.example",
        "a@b.example\n",
        "a b@c.example",
        "a@b.example> SIZE=1",
        "a\0@b.example",
        "nobody",
        "",
    ] {
        let from = Envelope { from: evil.to_owned(), ..mail() };
        for envelope in [from, mail_to(evil)] {
            let failure = pool.send(&envelope).await.expect_err(evil);
            assert_eq!(failure.kind, Kind::Refused, "{evil:?}");
        }
    }
    let failure = pool.send(&mail_to("søren@büro.example")).await.expect_err("no SMTPUTF8");
    assert_eq!((failure.kind, failure.step), (Kind::Refused, Step::Recipient));
    pool.send(&mail_to("soren@büro.example")).await.unwrap();
    assert_eq!(sink.mails()[0].to, "soren@xn--bro-hoa.example");
    let sneaky = Server { ehlo: "a\r\nMAIL FROM:<b@c.example>".to_owned(), ..sink.server() };
    SmtpPool::new(sneaky, 1).send(&mail()).await.unwrap();
    assert!(sink.commands().contains(&"EHLO localhost".to_owned()));
    assert_eq!(sink.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_sink_objects_to_what_a_strict_server_objects_to() {
    let sink = Sink::start().await;
    let with_body = |body: &str| Envelope { body: body.as_bytes().to_vec(), ..mail() };
    let long = format!("Subject: Hello\r\n\r\n{}\r\n", "x".repeat(999));
    let refused = pool(&sink).send(&with_body(&long)).await.expect_err("a line is too long");
    assert_eq!((refused.kind, refused.code()), (Kind::Refused, Some(554)));
    for bad in ["a\nb\r\n", "a\rb\r\n", "a\0b\r\n", "ä\r\n"] {
        let before = sink.violations().len();
        pool(&sink).send(&with_body(bad)).await.unwrap();
        assert_eq!(sink.violations().len(), before + 1, "{bad:?}");
    }
}

fn outcomes(probe: &Probe) -> String {
    let letter = |outcome: &Outcome| match outcome {
        Outcome::Passed => '+',
        Outcome::Failed { .. } => 'x',
        Outcome::NotReached => '.',
    };
    probe.steps.iter().map(|step| letter(&step.outcome)).collect()
}

#[tokio::test]
async fn a_test_mail_stops_at_the_step_that_failed() {
    let cases = [
        ("GREETING", "554 No", "++x.....", "may send"),
        ("AUTH", "535 5.7.8 No", "++++x...", "user name or password"),
        ("MAIL", "553 5.1.8 No", "+++++x..", "sender's address"),
        ("RCPT", "550 5.1.1 No", "++++++x.", "does not exist"),
        ("END", "554 5.7.26 No", "+++++++x", "SPF"),
    ];
    for (point, reply, expected, hint) in cases {
        let setup = Setup { security: Security::StartTls, login: Some(LOGIN), ..Setup::default() };
        let sink = Sink::with(setup).await;
        let all_well = probe(sink.server(), Limits::default(), &mail()).await;
        assert!(all_well.passed());
        assert_eq!(outcomes(&all_well), "++++++++");
        sink.answer(point, reply);
        let report = probe(sink.server(), Limits::default(), &mail()).await;
        assert!(!report.passed());
        assert_eq!(outcomes(&report), expected, "{point}");
        let failed = report.steps.iter().find_map(|step| match &step.outcome {
            Outcome::Failed { plain, words } => Some((plain.clone(), words.clone())),
            _ => None,
        });
        let (plain, words) = failed.unwrap();
        assert_eq!(words, reply);
        assert!(plain.contains(hint), "{plain}");
    }
}

#[tokio::test]
async fn a_test_mail_tells_a_wrong_name_from_a_closed_port() {
    let sink = Sink::start().await;
    let wrong = Server { host: "smtp.nowhere.invalid".to_owned(), ..sink.server() };
    let report = probe(wrong, Limits::default(), &mail()).await;
    assert_eq!(outcomes(&report), "x.....");
    // A port that was ours a moment ago and is closed now.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let shut = Server { host: "127.0.0.1".to_owned(), port: closed, ..sink.server() };
    let report = probe(shut, Limits::default(), &mail()).await;
    assert_eq!(outcomes(&report), "+x....");
}

#[tokio::test]
async fn a_whole_mail_arrives_as_it_was_written() {
    let link = format!("https://portal.firm.example/invite/{}", "Ab3-".repeat(11));
    let draft = Draft {
        from_name: "Müller, Moß & Partner".to_owned(),
        from: "portal@firm.example".to_owned(),
        reply_to: Some(("Maya Moss".to_owned(), "maya@firm.example".to_owned())),
        to_name: "Zoë \"Z\" Ortiz 😀".to_owned(),
        to: "sam@ortiz.example".to_owned(),
        subject: "Ihr Zugang – =?utf-8?Q?nicht_kodiert?= 😀".to_owned(),
        text: format!("Dear Zoë,\n\nopen this link:\n\n{link}\n\n.dot\n"),
        html: format!("<p>Dear Zoë,</p><a href=\"{link}\">{}</a>", "long ".repeat(300)),
        message_id: "ob_1@firm.example".to_owned(),
        date: jiff::Timestamp::from_second(1_771_200_000).unwrap(),
        auto: true,
        unsubscribe: None,
        thread: None,
    };
    for text in [draft.text.clone(), draft.text.replace('ë', "e")] {
        let sink = Sink::start().await;
        let draft = Draft { text: text.clone(), ..draft.clone() };
        let envelope = Envelope { body: draft.to_bytes(), ..mail() };
        pool(&sink).send(&envelope).await.unwrap();
        let arrived = sink.wait_for(|mails| !mails.is_empty(), SOON).await.remove(0);
        assert_eq!(arrived.header("Subject").as_ref(), Some(&draft.subject));
        assert_eq!(arrived.header("Message-ID").as_deref(), Some("<ob_1@firm.example>"));
        assert!(arrived.header("From").unwrap().contains("Müller, Moß & Partner"));
        assert!(arrived.header("To").unwrap().contains("Zoë"));
        assert_eq!(arrived.header_count("To"), 1);
        assert_eq!(arrived.text_part().trim_end(), text.trim_end());
        assert_eq!(arrived.html_part().trim_end(), draft.html);
        assert_eq!(arrived.link(), link);
        assert!(arrived.data.lines().all(|line| line.len() <= 78), "{}", arrived.data);
        assert_eq!(sink.violations(), Vec::<String>::new());
    }
}
