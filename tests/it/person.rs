//! Somebody with a browser of their own: cookies, an address, and what they can do with a page.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::page::{Filled, Page};
use crate::wire;

/// More redirects than any of our pages has.
const MOST_STEPS: usize = 6;

/// A person before their browser.
#[derive(Clone, Debug)]
pub struct Person {
    name: &'static str,
    server: SocketAddr,
    from: SocketAddr,
    state: Arc<Mutex<State>>,
    /// The faults of every page that anybody has seen.
    faults: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug, Default)]
struct State {
    cookies: BTreeMap<String, String>,
    /// What the browser says of itself.
    agent: String,
}

impl Person {
    /// Nobody in particular: a fresh browser at this address of the machine.
    pub fn new(
        name: &'static str,
        server: SocketAddr,
        host: u8,
        faults: Arc<Mutex<Vec<String>>>,
    ) -> Self {
        let from = SocketAddr::from((Ipv4Addr::new(127, 0, 1, host), 0));
        let agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0".to_owned();
        let state = Arc::new(Mutex::new(State { agent, ..State::default() }));
        Self { name, server, from, state, faults }
    }

    /// Another browser of theirs, without cookies.
    #[must_use]
    pub fn other_browser(&self) -> Self {
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/605".to_owned();
        Self { state: Arc::new(Mutex::new(State { agent, ..State::default() })), ..self.clone() }
    }

    /// The session's cookie, as the browser keeps it.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.state().cookies.get(name).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Opens a path and stays there, even if it leads on.
    pub async fn get(&self, path: &str) -> Page {
        self.send("GET", path, &[]).await
    }

    /// As a scanner does to see whether a link is alive.
    pub async fn head(&self, path: &str) -> Page {
        self.send("HEAD", path, &[]).await
    }

    /// Opens a path, wherever it leads.
    pub async fn visit(&self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    /// Sends these fields, and nothing else, to a path; stays there.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let fields: Vec<_> = fields.iter().map(owned).collect();
        self.send("POST", path, &fields).await
    }

    /// Presses a button of a page, after typing into its form, and goes where it leads.
    pub async fn press(&self, page: &Page, button: &str, typed: &[(&str, &str)]) -> Page {
        let answer = self.press_only(page, button, typed).await;
        self.follow(answer).await
    }

    /// Presses a button of a page and stays at the answer.
    pub async fn press_only(&self, page: &Page, button: &str, typed: &[(&str, &str)]) -> Page {
        self.submit(&page.fill(button, typed)).await
    }

    /// Sends a form.
    pub async fn submit(&self, form: &Filled) -> Page {
        if form.method == "GET" {
            let (path, _) = form.action.split_once('?').unwrap_or((&form.action, ""));
            return self.get(&format!("{path}?{}", wire::encode(&form.fields))).await;
        }
        if form.parts {
            return self.submit_with(form, &[]).await;
        }
        self.send("POST", &form.action, &form.fields).await
    }

    /// Sends a form with files in it, each with its field and its name, behind its other fields.
    pub async fn submit_with(&self, form: &Filled, files: &[(&str, &str, &[u8])]) -> Page {
        let fields = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.multipart(&form.action, &fields.collect::<Vec<_>>(), files).await
    }

    /// Follows a link of a page.
    pub async fn click(&self, page: &Page, label: &str) -> Page {
        self.visit(&page.link(label)).await
    }

    /// Goes where a page leads.
    pub async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..MOST_STEPS {
            if !matches!(page.status, 301..=308) || page.location().is_empty() {
                return page;
            }
            let to = page.location().split('#').next().unwrap_or_default().to_owned();
            page = self.get(&to).await;
        }
        panic!("{}: {} leads on for ever", self.name, page.asked)
    }

    /// Any request, with the headers of a browser.
    pub async fn send(&self, method: &str, path: &str, fields: &[(String, String)]) -> Page {
        self.send_with(method, path, fields, &[]).await
    }

    /// The same, with further headers, which replace those of the same name.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        fields: &[(String, String)],
        further: &[(&str, &str)],
    ) -> Page {
        let path = self.local(path);
        let body = wire::encode(fields);
        let head = self.head_of(method, &path, body.len(), further);
        let answer = wire::ask(self.from, self.server, &head, body.as_bytes()).await;
        self.keep_cookies(&answer);
        let page = Page::new(method, &path, answer);
        let mut faults = self.faults.lock().unwrap();
        // A mail in its frame is no page of ours: it has the inline styles that mails need, and tests of its own.
        let policy = page.header("content-security-policy").unwrap_or_default();
        if !policy.starts_with("sandbox;") {
            let found = page.html().faults().iter();
            faults.extend(found.map(|fault| format!("{}: {fault}", page.asked)));
        }
        page
    }

    /// A link in a mail is a whole address; the path of it.
    fn local(&self, path: &str) -> String {
        let origin = format!("http://{}", self.server);
        let path = path.strip_prefix(&origin).unwrap_or(path);
        assert!(path.starts_with('/'), "{path} leads away from {origin}");
        path.split('#').next().unwrap_or_default().replace(' ', "%20")
    }

    fn head_of(&self, method: &str, path: &str, length: usize, further: &[(&str, &str)]) -> String {
        let host = self.server.to_string();
        let origin = format!("http://{host}");
        let state = self.state();
        let cookies: Vec<_> =
            state.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers: Vec<(&str, String)> = vec![
            ("Host", host),
            ("User-Agent", state.agent.clone()),
            ("Accept", "text/html,application/xhtml+xml".to_owned()),
            ("Connection", "close".to_owned()),
            ("Sec-Fetch-Site", "same-origin".to_owned()),
        ];
        if !cookies.is_empty() {
            headers.push(("Cookie", cookies.join("; ")));
        }
        if method == "POST" {
            headers.push(("Origin", origin));
            headers.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
            headers.push(("Content-Length", length.to_string()));
        }
        headers.retain(|(name, _)| !further.iter().any(|(key, _)| key.eq_ignore_ascii_case(name)));
        headers.extend(further.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut head = vec![format!("{method} {path} HTTP/1.1\r\n")];
        let lines = headers.iter().filter(|(_, value)| !value.is_empty());
        head.extend(lines.map(|(name, value)| format!("{name}: {value}\r\n")));
        head.concat() + "\r\n"
    }

    /// Sends a form with one file in it, as browsers do.
    pub async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        (name, file): (&str, &[u8]),
    ) -> Page {
        self.multipart(path, fields, &[(name, "a", file)]).await
    }

    /// Adds files, each by its name, with the plain form.
    pub async fn add_files(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Page {
        let files: Vec<_> = files.iter().map(|(name, bytes)| ("file", *name, *bytes)).collect();
        self.multipart(path, fields, &files).await
    }

    /// A form with files, each with its field and its name.
    async fn multipart(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Page {
        let mut body = Vec::new();
        for (key, value) in fields {
            let part = format!(
                "--cut\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        for (field, name, file) in files {
            let head = format!(
                "--cut\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(file);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--cut--\r\n");
        let kind = [("Content-Type", "multipart/form-data; boundary=cut")];
        let head = self.head_of("POST", path, body.len(), &kind);
        let answer = wire::ask(self.from, self.server, &head, &body).await;
        self.keep_cookies(&answer);
        Page::new("POST", path, answer)
    }

    /// Sends bytes as they are, and stays at the answer.
    pub async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        body: &[u8],
        further: &[(&str, &str)],
    ) -> Page {
        let mut line = self.begin(method, path, body.len(), further).await;
        line.send(body).await;
        Page::new(method, path, line.answer().await)
    }

    /// Begins a request whose body comes bit by bit.
    pub async fn begin(
        &self,
        method: &str,
        path: &str,
        length: usize,
        further: &[(&str, &str)],
    ) -> wire::Line {
        let length = length.to_string();
        let further = [further, &[("Content-Length", length.as_str())]].concat();
        let head = self.head_of(method, path, 0, &further);
        wire::Line::open(self.from, self.server, &head).await
    }

    fn keep_cookies(&self, answer: &wire::Answer) {
        let mut state = self.state();
        for (name, line) in &answer.headers {
            let Some((key, rest)) = line.split_once('=').filter(|_| name == "set-cookie") else {
                continue;
            };
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || rest.contains("Max-Age=0;") {
                state.cookies.remove(key);
            } else {
                state.cookies.insert(key.to_owned(), value.to_owned());
            }
        }
    }
}
