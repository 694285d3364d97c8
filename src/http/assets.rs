//! Stylesheets, scripts and pictures, out of the binary.
//!
//! Each path starts with a stamp over all files, so that browsers may keep them for ever and
//! relative imports between scripts need no rewriting. Style sheets that list others with
//! `@import` are joined at start. A debug build reads the folder at each request instead.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use poem::http::{HeaderMap, StatusCode};
use poem::{Endpoint, Request, Response};
use ring::digest::{SHA256, digest};
use rust_embed::RustEmbed;

use super::routes::Routes;
use crate::error::{Error, Result};
use crate::values::hex;

/// The folder `web/`; a debug build reads it from disk.
#[derive(RustEmbed)]
#[folder = "web/"]
struct Web;

const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For paths without the current stamp: keep it, but ask whether it is still right.
const ASK_FIRST: &str = "no-cache";
const CSS: &str = "text/css; charset=utf-8";

/// All files, ready to be sent.
pub struct Assets {
    stamp: String,
    files: BTreeMap<String, File>,
    /// Whether files may change while the server runs.
    from_disk: bool,
}

#[derive(Clone)]
struct File {
    bytes: Bytes,
    kind: &'static str,
    etag: String,
}

impl Assets {
    /// Reads and joins everything; fails if a style sheet imports what is not there.
    pub fn load() -> Result<Arc<Self>> {
        let raw = read_web();
        let files = raw.keys().map(|path| Ok((path.clone(), File::join(path, &raw)?)));
        let files = files.collect::<Result<_>>()?;
        Ok(Arc::new(Self { stamp: stamp(&raw), files, from_disk: cfg!(debug_assertions) }))
    }

    /// What every page puts before the path of a file: `/assets/<stamp>`.
    pub fn base(&self) -> String {
        format!("/assets/{}", self.stamp)
    }

    /// The routes that serve them, with what browsers and robots ask for at the root.
    pub fn routes(self: &Arc<Self>) -> Routes {
        Routes::default()
            .get("/assets/:stamp/*path", AtStamp(self.clone()))
            .get("/favicon.ico", Icon(self.clone()))
            .get("/robots.txt", poem::endpoint::make_sync(|_| "User-agent: *\nDisallow: /\n"))
    }

    fn file(&self, path: &str) -> Result<File> {
        if self.from_disk {
            return File::join(path, &read_web());
        }
        self.files.get(path).cloned().ok_or(Error::NotFound)
    }

    fn answer(&self, path: &str, stamp: &str, headers: &HeaderMap) -> Result<Response> {
        let file = self.file(path)?;
        let fixed = stamp == self.stamp && !self.from_disk;
        let response = Response::builder()
            .header(CONTENT_TYPE, file.kind)
            .header(CACHE_CONTROL, if fixed { FOR_EVER } else { ASK_FIRST })
            .header(ETAG, &file.etag);
        if is_known(headers, &file.etag) {
            return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
        }
        Ok(response.body(file.bytes))
    }
}

struct AtStamp(Arc<Assets>);

impl Endpoint for AtStamp {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        let (stamp, path): (String, String) = req.path_params()?;
        Ok(self.0.answer(&path, &stamp, req.headers())?)
    }
}

struct Icon(Arc<Assets>);

impl Endpoint for Icon {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        Ok(self.0.answer("img/favicon.ico", "", req.headers())?)
    }
}

/// Whether the browser has what this tag names already: RFC 9110 §13.1.2, with weak comparison as it asks.
#[must_use]
pub fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok()).any(|line| {
        let mut tags = line.split(',').map(|tag| tag.trim().trim_start_matches("W/"));
        tags.any(|tag| tag == etag || tag == "*")
    })
}

type Raw = BTreeMap<String, Cow<'static, [u8]>>;

fn read_web() -> Raw {
    let read = |path: Cow<'static, str>| Some((path.to_string(), Web::get(&path)?.data));
    Web::iter().filter_map(read).collect()
}

/// Twelve hexadecimal digits over all names and contents.
fn stamp(raw: &Raw) -> String {
    let mut all = Vec::new();
    for (path, bytes) in raw {
        all.extend_from_slice(digest(&SHA256, path.as_bytes()).as_ref());
        all.extend_from_slice(digest(&SHA256, bytes).as_ref());
    }
    short_digest(&all)
}

/// The first twelve digits of the SHA-256.
fn short_digest(bytes: &[u8]) -> String {
    hex(&digest(&SHA256, bytes).as_ref()[..6])
}

impl File {
    /// The file as it is sent: style sheets with their imports.
    fn join(path: &str, raw: &Raw) -> Result<Self> {
        let bytes = raw.get(path).ok_or(Error::NotFound)?;
        let bytes = if kind(path) == CSS {
            let mut sheet = String::new();
            inline(path, raw, &mut Vec::new(), &mut sheet)?;
            Bytes::from(sheet)
        } else {
            match bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
            }
        };
        let etag = format!("\"{}\"", short_digest(&bytes));
        Ok(Self { bytes, kind: kind(path), etag })
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => CSS,
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Puts in the place of each `@import "x.css" layer(y);` line what it imports. `open` is the way
/// down to this sheet. Imported sheets must not use relative `url()`s: those would now start from
/// the importing sheet.
fn inline(path: &str, raw: &Raw, open: &mut Vec<String>, sheet: &mut String) -> Result<()> {
    let problem = |why: &str| Error::bug(format!("web/{path}: {why}"));
    let bytes = raw.get(path).ok_or_else(|| problem("imported, but not there"))?;
    if open.iter().any(|above| above == path) {
        return Err(problem("imports itself"));
    }
    open.push(path.to_owned());
    let text = str::from_utf8(bytes).map_err(|_| problem("not UTF-8"))?;
    for line in text.lines() {
        let Some(rest) = line.trim().strip_prefix("@import ") else {
            sheet.push_str(line);
            sheet.push('\n');
            continue;
        };
        let (target, layer) = import(rest).ok_or_else(|| problem("an @import of another form"))?;
        let target = resolve(path, target).ok_or_else(|| problem("imports from outside web/"))?;
        if let Some(layer) = layer {
            writeln!(sheet, "@layer {layer} {{")?;
        }
        inline(&target, raw, open, sheet)?;
        if layer.is_some() {
            sheet.push_str("}\n");
        }
    }
    open.pop();
    Ok(())
}

/// The target and the layer of `"x.css" layer(y);`.
fn import(rest: &str) -> Option<(&str, Option<&str>)> {
    let (target, rest) = rest.trim().strip_prefix('"')?.split_once('"')?;
    let rest = rest.strip_suffix(';')?.trim();
    if rest.is_empty() {
        return Some((target, None));
    }
    let layer = rest.strip_prefix("layer(")?.strip_suffix(')')?;
    Some((target, Some(layer.trim())))
}

/// `target`, seen from the folder of `from`.
fn resolve(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(files: &[(&str, &'static str)]) -> Raw {
        let file = |(path, text): &(&str, &'static str)| {
            ((*path).to_owned(), Cow::Borrowed(text.as_bytes()))
        };
        files.iter().map(file).collect()
    }

    fn assets(files: &[(&str, &'static str)]) -> Assets {
        let raw = raw(files);
        let join = |path: &String| (path.clone(), File::join(path, &raw).unwrap());
        Assets { stamp: stamp(&raw), files: raw.keys().map(join).collect(), from_disk: false }
    }

    fn joined(files: &[(&str, &'static str)]) -> Result<String> {
        let file = File::join("css/console.css", &raw(files))?;
        Ok(String::from_utf8(file.bytes.to_vec()).unwrap())
    }

    #[test]
    fn sheets_are_joined_in_their_layers() {
        let sheet = joined(&[
            (
                "css/console.css",
                "@layer base, parts;\n@import \"base.css\" layer(base);\n@import \
                \"./parts/all.css\";\nb { }\n",
            ),
            ("css/base.css", "a { }"),
            ("css/parts/all.css", "@import \"../parts/button.css\" layer(parts);"),
            ("css/parts/button.css", "c { }"),
        ]);
        let whole =
            "@layer base, parts;\n@layer base {\na { }\n}\n@layer parts {\nc { }\n}\nb { }\n";
        assert_eq!(sheet.unwrap(), whole);
    }

    #[test]
    fn a_wrong_import_is_found_at_start() {
        for import in [
            "@import \"absent.css\";",
            "@import \"console.css\";",
            "@import \"../../etc/passwd\";",
            "@import url(https://evil.example/x.css);",
            "@import \"console.css\" screen;",
        ] {
            assert!(joined(&[("css/console.css", import)]).is_err(), "{import}");
        }
    }

    #[test]
    fn the_stamp_follows_names_and_contents() {
        let one = stamp(&raw(&[("a", "b"), ("c", "d")]));
        assert_eq!(one.len(), 12);
        assert_eq!(one, stamp(&raw(&[("c", "d"), ("a", "b")])));
        assert_ne!(one, stamp(&raw(&[("a", "b"), ("c", "e")])));
        assert_ne!(one, stamp(&raw(&[("ab", ""), ("c", "d")])));
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_under_its_stamp() {
        let assets = Arc::new(assets(&[("js/console.js", "let a;"), ("img/favicon.ico", "i")]));
        let route = assets.routes().into_route();
        let get = async |path: String, known: &str| {
            let req = Request::builder().uri_str(path).header("if-none-match", known).finish();
            route.call(req).await
        };
        let path = format!("{}/js/console.js", assets.base());
        let fresh = get(path.clone(), "\"other\"").await.unwrap();
        assert_eq!(fresh.content_type(), Some("text/javascript; charset=utf-8"));
        assert_eq!(fresh.header("cache-control"), Some(FOR_EVER));
        let etag = fresh.header("etag").unwrap().to_owned();
        assert_eq!(fresh.into_body().into_string().await.unwrap(), "let a;");
        let again = get(path, &format!("\"x\", W/{etag}")).await.unwrap();
        assert_eq!(again.status(), 304);
        let old = get("/assets/000000000000/js/console.js".into(), "").await.unwrap();
        assert_eq!(old.header("cache-control"), Some(ASK_FIRST));
        let icon = get("/favicon.ico".into(), "").await.unwrap();
        assert_eq!(icon.content_type(), Some("image/x-icon"));
        for path in ["/assets/x/absent.js", "/assets/x/js/..%2f..%2fCargo.toml", "/assets/x/js"] {
            assert_eq!(get(path.into(), "").await.unwrap_err().status(), 404, "{path}");
        }
    }

    #[test]
    fn the_embedded_files_load() {
        let assets = Assets::load().unwrap();
        assert_eq!(assets.base(), format!("/assets/{}", assets.stamp));
    }
}
