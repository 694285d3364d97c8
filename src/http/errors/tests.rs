use super::*;

struct Broken;

impl ErrorPages for Broken {
    fn error_page(&self, _: &ErrorRequest, _: &ErrorPage) -> Result<String> {
        Err(Error::bug("no templates here"))
    }
}

struct Named;

impl ErrorPages for Named {
    fn error_page(&self, req: &ErrorRequest, page: &ErrorPage) -> Result<String> {
        let template = req.audience().template();
        Ok(format!("{template} {} {:?}", page.message, req.session()))
    }
}

fn asked(method: Method, uri: &str, accept: &str) -> ErrorRequest {
    let req = Request::builder().method(method).uri_str(uri);
    let req = req.header("accept", accept).header("cookie", "anteroom=t0k").finish();
    ErrorRequest::of(&req, RequestId::fresh(), Site::default())
}

fn got(error: impl Into<poem::Error>, req: &ErrorRequest) -> Response {
    answer(error.into(), req, &(Arc::new(Named) as Arc<dyn ErrorPages>))
}

async fn text(response: Response) -> String {
    response.into_body().into_string().await.unwrap()
}

#[tokio::test]
async fn each_audience_has_its_page() {
    for (uri, template) in [
        ("/console", "console/error.html"),
        ("/console/clients", "console/error.html"),
        ("/p/cl_1", "portal/error.html"),
        ("/consoles", "guest/error.html"),
        ("/", "guest/error.html"),
    ] {
        let response = got(Error::NotFound, &asked(Method::GET, uri, "text/html"));
        assert_eq!((response.status().as_u16(), response.content_type()), (404, Some(HTML)));
        assert_eq!(
            text(response).await,
            format!("{template} There is nothing here. Some(\"t0k\")")
        );
    }
}

#[test]
fn every_error_has_its_status() {
    let minute = Duration::from_mins(1);
    for (error, status, retry) in [
        (Error::NotFound, 404, None),
        (Error::field("name", "Give a name."), 422, None),
        (Error::refused("Closed."), 409, None),
        (Error::Forbidden("Owners only."), 403, None),
        (Error::Gone("Expired."), 410, None),
        (Error::TooMany { again_in: minute }, 429, Some("60")),
        (Error::Busy, 503, Some("5")),
        (Error::Full, 507, None),
        (Error::bug("x"), 500, None),
    ] {
        let response = got(error, &asked(Method::POST, "/console", "*/*"));
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.header("retry-after"), retry);
    }
}

#[tokio::test]
async fn our_own_scripts_get_json() {
    let req = asked(Method::POST, "/console/clients", "application/json");
    let response = got(Error::field("name", "Give a name."), &req);
    let json: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(json["error"]["status"], 422);
    assert_eq!(json["error"]["fields"]["name"], "Give a name.");
    assert_eq!(json["error"]["request_id"], req.id.to_string());
    assert_eq!(got(Error::SignIn, &req).status(), 401);
}

#[tokio::test]
async fn a_fault_is_not_shown() {
    let req = asked(Method::GET, "/", "text/html");
    let page = text(got(Error::bug("redb: page 7 <b>"), &req)).await;
    assert!(page.contains(FAULT) && !page.contains("redb"));
    let unknown = poem::Error::from_string("secret", StatusCode::BAD_GATEWAY);
    assert!(!text(got(unknown, &req)).await.contains("secret"));
}

#[tokio::test]
async fn a_broken_template_still_gives_a_page() {
    let req = asked(Method::GET, "/console", "text/html");
    let pages: Arc<dyn ErrorPages> = Arc::new(Broken);
    let response = answer(Error::refused("<script>").into(), &req, &pages);
    assert_eq!(response.status(), 409);
    let page = text(response).await;
    assert!(page.contains("&lt;script&gt;") && page.contains(&req.id.to_string()), "{page}");
}

#[test]
fn log_in_leads_back_to_the_page() {
    let to = |method, uri: &str| {
        let response = got(Error::SignIn, &asked(method, uri, "text/html"));
        assert_eq!(response.status(), 303);
        response.header("location").unwrap().to_owned()
    };
    let page = "/console/clients?q=a%26b";
    assert_eq!(to(Method::GET, page), "/login?then=%2Fconsole%2Fclients%3Fq%3Da%2526b");
    assert_eq!(to(Method::POST, "/console/clients"), "/login");
    assert_eq!(to(Method::GET, "//evil.example/x"), "/login");
    let events = got(Error::SignIn, &asked(Method::GET, "/console/live", "text/event-stream"));
    assert_eq!(events.status(), 401);
}

#[test]
fn poems_own_errors_use_our_sentences() {
    let req = asked(Method::GET, "/", "text/html");
    assert_eq!(got(ParsePathError, &req).status(), 404);
    assert_eq!(got(poem::error::NotFoundError, &req).status(), 404);
    let wrong_method = got(MethodNotAllowedError, &req);
    assert_eq!(wrong_method.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
    let moved = poem::Error::from_response(see_other("/here"));
    assert_eq!(got(moved, &req).header("location"), Some("/here"));
    let large = Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Too much.");
    assert_eq!(got(large, &req).header("connection"), Some("close"));
}
