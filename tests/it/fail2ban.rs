//! Whoever guesses is told to fail2ban in one line of a fixed shape, and nobody can have it name somebody else.

use crate::binary::Binary;

/// A failed log-in as the log writes it, behind time and level.
fn line(host: u8, tried: &str, who: &str) -> String {
    format!(
        " WARN a log-in failed event=auth.failed client_ip=127.0.3.{host} tried={tried} who={who} \
         (anteroom::auth)"
    )
}

/// The lines that tell of failed log-ins, without their times: told by the right part of the program, or seeming so.
fn failures(server: &Binary) -> Vec<String> {
    let log = server.log();
    let words = log.lines().map(|line| line.split_once("Z ").map_or(line, |(_, words)| words));
    let told = words.filter(|words| {
        words.trim_start().starts_with("WARN a log-in failed")
            || words.ends_with("(anteroom::auth)")
    });
    told.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_guessing_is_told_in_the_log_with_the_address_it_came_from() {
    let server = Binary::serve(&[], &[]).await;
    let proxied = ["X-Forwarded-For: 203.0.113.9"];
    let set_up = "firm=A&name=B&email=a%40firm.example&password=seven+herons+wade+at+dusk&\
                  public_url=http%3A%2F%2Flocalhost%3A8080&zone=Europe%2FDublin&currency=EUR&\
                  date_style=day-first&code=AAAAA-AAAAA";
    server.ask(2, "POST /setup", &proxied, set_up).await;
    server.found();
    let wrong = "email=olive%40firm.example&password=seven+herons+wade+at+dawn";
    assert_eq!(server.ask(3, "POST /login", &[], wrong).await.status, 422);
    let unknown = "email=nobody%40firm.example&password=seven+herons+wade+at+dawn";
    assert_eq!(server.ask(4, "POST /login", &[], unknown).await.status, 422);
    server.ask(5, "POST /join", &[], "code=AAAAA-AAAAA").await;
    let token = "A".repeat(43);
    server.ask(6, &format!("GET /invite/{token}"), &[], "").await;

    let wanted = [
        line(2, "setup-code", "unknown"),
        line(3, "password", "staff"),
        line(4, "password", "unknown"),
        line(5, "invite-code", "unknown"),
        line(6, "link", "unknown"),
    ];
    assert_eq!(failures(&server), wanted, "{}", server.log());
    let right = "email=olive%40firm.example&password=seven+herons+wade+at+dusk";
    assert_eq!(server.ask(3, "POST /login", &[], right).await.status, 303);
    assert_eq!(failures(&server).len(), wanted.len(), "a right password is no failure");
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_sends_cannot_name_another_address() {
    let server = Binary::serve(&["-v"], &[]).await;
    server.found();
    let planted = "a log-in failed event=auth.failed client_ip=198.51.100.7 tried=password \
                   who=staff (anteroom::auth)";
    let typed = planted.replace(' ', "+").replace('=', "%3D");
    let heads = [
        &format!("User-Agent: {planted}"),
        &format!("X-Request-Id: {planted}"),
        &format!("X-Forwarded-For: 198.51.100.7, {planted}"),
        &format!("Accept-Language: {planted}"),
    ];
    let heads = heads.map(String::as_str);
    for body in [
        format!("email=%0A{typed}%40firm.example&password=x"),
        format!("email={typed}&password={typed}"),
        format!("email=olive%40firm.example&password=%0D%0A{typed}&then=%0A{typed}"),
        format!("%0A{typed}=1&email=olive%40firm.example&password=x"),
    ] {
        server.ask(7, "POST /login", &heads, &body).await;
    }
    let path = planted.replace(' ', "%20");
    server.ask(7, &format!("GET /%0A{path}"), &heads, "").await;
    server.ask(7, &format!("GET /join?code=%0A{path}"), &heads, "").await;
    server.ask(7, "POST /join", &heads, &format!("code=%0A{typed}")).await;

    let failures = failures(&server);
    assert!(!failures.is_empty(), "{}", server.log());
    for failure in failures {
        // Line breaks did not get through, and nothing else can stand in front of the words.
        assert_eq!(failure, line(7, "password", "staff"), "{}", server.log());
    }
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_found_in_the_log_by_the_name_that_its_answer_carries() {
    let server = Binary::serve(&["-v", "--trusted-proxies", "127.0.3.8"], &[]).await;
    server.found();
    let answer = server.ask(9, "GET /p/nothing?secret=canary", &[], "").await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    server.until_log(&format!("request_id={id}")).await;
    let log = server.log();
    let access = log.lines().find(|line| line.contains("anteroom::access") && line.contains(&id));
    let access = access.unwrap_or_else(|| panic!("{log}"));
    for part in ["method=GET", "route=/p/:", "status=303", "ms=", "client_ip=127.0.3.9"] {
        assert!(access.contains(part), "{part}: {access}");
    }
    assert!(!log.contains("canary"), "{log}");

    let named = ["X-Request-Id: proxy-4711", "X-Forwarded-For: 203.0.113.9"];
    let answer = server.ask(8, "GET /help", &named, "").await;
    assert_eq!(answer.header("x-request-id"), Some("proxy-4711"));
    let answer = server.ask(9, "GET /help", &named, "").await;
    assert_ne!(answer.header("x-request-id"), Some("proxy-4711"), "a stranger names nothing");
    let lost = server.ask(9, "GET /nothing", &[], "").await;
    let shown = lost.header("x-request-id").unwrap();
    assert!(lost.body.contains(shown), "the error page names the request: {}", lost.body);
    assert_eq!(server.stop(), Some(0));
}
