//! A table of routes that is both served and listed, so that a test can knock on every door.

use std::borrow::Cow;
use std::collections::BTreeMap;

use poem::endpoint::BoxEndpoint;
use poem::http::header::ALLOW;
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response, Route};

use super::errors::Refusal;
use super::traffic;

/// Which handler answers which path: `GET` shows, `POST` does, `PATCH` takes the next piece of an upload.
#[derive(Default)]
pub struct Routes {
    at: BTreeMap<Cow<'static, str>, Methods>,
    list: Vec<(Method, Cow<'static, str>)>,
}

/// The handlers of one path. `HEAD` is `GET`, of which hyper sends no body; `OPTIONS` lists.
#[derive(Default)]
struct Methods {
    /// Its place among all paths, from one on, as the traffic counts it.
    place: usize,
    get: Option<BoxEndpoint<'static>>,
    post: Option<BoxEndpoint<'static>>,
    patch: Option<BoxEndpoint<'static>>,
}

impl Routes {
    /// `page` shows what is at `path`, in poem's syntax: `/clients/:id`, `/files/*rest`.
    #[must_use]
    pub fn get<E>(mut self, path: &'static str, page: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let page = page.into_endpoint().map_to_response().boxed();
        let before = self.at.entry(path.into()).or_default().get.replace(page);
        assert!(before.is_none(), "two pages at {path}");
        self.list.push((Method::GET, path.into()));
        self
    }

    /// `action` does something at `path`.
    #[must_use]
    pub fn post<E>(mut self, path: &'static str, action: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let action = action.into_endpoint().map_to_response().boxed();
        let before = self.at.entry(path.into()).or_default().post.replace(action);
        assert!(before.is_none(), "two actions at {path}");
        self.list.push((Method::POST, path.into()));
        self
    }

    /// `piece` adds to what is at `path`: for scripts, as forms can only `POST`.
    #[must_use]
    pub fn patch<E>(mut self, path: &'static str, piece: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let piece = piece.into_endpoint().map_to_response().boxed();
        let before = self.at.entry(path.into()).or_default().patch.replace(piece);
        assert!(before.is_none(), "two additions at {path}");
        self.list.push((Method::PATCH, path.into()));
        self
    }

    /// These routes and those; a path may have its page here and its action there.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        for (path, methods) in more.at {
            let here = self.at.entry(path.clone()).or_default();
            assert!(here.get.is_none() || methods.get.is_none(), "two pages at {path}");
            assert!(here.post.is_none() || methods.post.is_none(), "two actions at {path}");
            let both = here.patch.is_some() && methods.patch.is_some();
            assert!(!both, "two additions at {path}");
            here.get = here.get.take().or(methods.get);
            here.post = here.post.take().or(methods.post);
            here.patch = here.patch.take().or(methods.patch);
        }
        self.list.extend(more.list);
        self
    }

    /// Every method and path, as written.
    pub fn list(&self) -> &[(Method, Cow<'static, str>)] {
        &self.list
    }

    /// What poem serves. Panics at start if two paths contradict each other.
    pub fn into_route(self) -> Route {
        let placed = self.at.into_iter().zip(1..);
        placed.fold(Route::new(), |route, ((path, methods), place)| {
            route.at(path, Methods { place, ..methods })
        })
    }

    /// Every path once, in the order of their places.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Cow<'static, str>> {
        self.at.keys()
    }
}

impl Methods {
    fn allow(&self) -> &'static str {
        match (self.get.is_some(), self.post.is_some(), self.patch.is_some()) {
            (true, true, true) => "GET, HEAD, POST, PATCH, OPTIONS",
            (true, true, false) => "GET, HEAD, POST, OPTIONS",
            (true, false, true) => "GET, HEAD, PATCH, OPTIONS",
            (true, false, false) => "GET, HEAD, OPTIONS",
            (false, true, true) => "POST, PATCH, OPTIONS",
            (false, false, true) => "PATCH, OPTIONS",
            (false, _, false) => "POST, OPTIONS",
        }
    }
}

impl Endpoint for Methods {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        traffic::answered_by(self.place);
        let handler = match *req.method() {
            Method::GET | Method::HEAD => self.get.as_ref(),
            Method::POST => self.post.as_ref(),
            Method::PATCH => self.patch.as_ref(),
            Method::OPTIONS => {
                let allow = HeaderValue::from_static(self.allow());
                let empty = Response::builder().status(StatusCode::NO_CONTENT);
                return Ok(empty.header(ALLOW, allow).finish());
            }
            _ => None,
        };
        match handler {
            Some(handler) => handler.call(req).await,
            None => Err(Refusal::method(self.allow()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::handler;

    use super::*;

    #[handler]
    fn page() -> &'static str {
        "page"
    }

    #[handler]
    fn action() -> &'static str {
        "action"
    }

    fn routes() -> Routes {
        Routes::default()
            .get("/clients", page)
            .post("/clients", action)
            .patch("/uploads/:id", action)
            .and(Routes::default().get("/clients/:id", page).post("/clients/:id/archive", action))
    }

    async fn call(method: Method, path: &str) -> Result<(u16, String), poem::Error> {
        let req = Request::builder().method(method).uri_str(path).finish();
        let response = routes().into_route().call(req).await?;
        let allow = response.header("allow").map(str::to_owned);
        let status = response.status().as_u16();
        Ok((status, allow.unwrap_or(response.into_body().into_string().await.unwrap())))
    }

    #[test]
    fn what_is_served_can_be_listed() {
        let list = [
            (Method::GET, "/clients"),
            (Method::POST, "/clients"),
            (Method::PATCH, "/uploads/:id"),
            (Method::GET, "/clients/:id"),
            (Method::POST, "/clients/:id/archive"),
        ];
        assert_eq!(routes().list(), list.map(|(method, path)| (method, path.into())));
    }

    #[tokio::test]
    async fn each_method_finds_its_handler() {
        assert_eq!(call(Method::GET, "/clients").await.unwrap(), (200, "page".into()));
        assert_eq!(call(Method::HEAD, "/clients/7").await.unwrap(), (200, "page".into()));
        assert_eq!(call(Method::POST, "/clients").await.unwrap(), (200, "action".into()));
        assert_eq!(call(Method::PATCH, "/uploads/7").await.unwrap(), (200, "action".into()));
        let options = call(Method::OPTIONS, "/uploads/7").await.unwrap();
        assert_eq!(options, (204, "PATCH, OPTIONS".into()));
        let options = call(Method::OPTIONS, "/clients/7").await.unwrap();
        assert_eq!(options, (204, "GET, HEAD, OPTIONS".into()));
    }

    #[tokio::test]
    async fn a_wrong_method_is_told_the_right_ones() {
        let refused = call(Method::GET, "/clients/7/archive").await.unwrap_err();
        assert_eq!(refused.status(), 405);
        assert!(format!("{:?}", refused.downcast_ref::<Refusal>()).contains("POST, OPTIONS"));
        assert_eq!(call(Method::GET, "/absent").await.unwrap_err().status(), 404);
    }

    #[test]
    #[should_panic(expected = "two pages at /clients")]
    fn a_path_has_one_page() {
        let _twice = routes().get("/clients", page);
    }
}
