//! The rows of a list of files. Each has a menu of its own, so they are written here and not by a template.

use std::collections::HashSet;

use crate::error::Result;
use crate::http::html::{Html, Markup};
use crate::http::pages::{Pages, When};
use crate::http::parts;
use crate::model::file::{File, Review, Scan};
use crate::model::{Crumb, FilePage, FileRow, FolderRow, Id};
use crate::values::size;

use super::list::files;

/// Of one row, roughly.
const BYTES: usize = 4 * 1024;

/// Who sees something: for the eye a pill, and a sentence that is its title and for screen readers stands behind it.
struct Who<'a> {
    text: &'a str,
    icon: &'static str,
    more: &'a str,
}

/// What all rows of a list have in common.
struct Rows<'a> {
    html: Html,
    pages: &'a Pages<'a>,
    base: &'a str,
    from: &'a str,
    /// Found by their names, so each says where it lies.
    found: bool,
    marks: &'a Marks,
}

/// Which rows are marked.
pub(super) struct Marks {
    /// Those of files that were added just now.
    pub(super) added: Vec<Id<File>>,
    /// Those whose boxes are ticked.
    pub(super) ticked: HashSet<String>,
}

/// The `<tr>`s of a folder: a tick, what it is, who sees it, since when, how large, what can be done.
pub(super) fn rows(
    list: &FilePage,
    pages: &Pages<'_>,
    (base, from): (&str, &str),
    found: bool,
    marks: &Marks,
) -> Result<Markup> {
    let many = list.folders.len() + list.files.len();
    let html = Html::with_capacity(many * BYTES);
    let mut rows = Rows { html, pages, base, from, found, marks };
    for folder in &list.folders {
        rows.folder(folder)?;
    }
    for file in &list.files {
        rows.file(file)?;
    }
    Ok(rows.html.into())
}

impl Rows<'_> {
    fn folder(&mut self, row: &FolderRow) -> Result<()> {
        let folder = &row.folder;
        let (id, name) = (folder.id.to_string(), folder.name.as_str());
        let (base, files) = (self.base, files(&row.files));
        self.html.tags("<tr>");
        self.tick("folder", &id, name);
        self.html.tags(r#"<th scope="row"><span class="row nowrap file-name">"#);
        parts::draw(&mut self.html, "folder", "", "")?;
        self.html
            .fill(r#"<span class="grow"><a href="{}/in/{}"><bdi>{}</bdi></a>"#, [base, &id, name]);
        self.lies_in(&row.crumbs);
        let made = self.pages.when(folder.made);
        let (seen, icon, more) = (row.seen.short(), row.seen.icon(), row.seen.more());
        let seen = Who { text: &seen, icon, more: &more };
        self.behind_the_name(&seen, &made, &folder.by.name, &files)?;
        self.menu_opens(&id, name)?;
        let query = format!("folder={id}&from={}", self.from);
        self.link(&format!("{base}/share?{query}"), "Share", "users", true)?;
        self.link(&format!("{base}/move?{query}"), "Move", "folder", true)?;
        self.link(&format!("{base}/in/{id}/rename?from={}", self.from), "Rename", "edit", true)?;
        self.button("zip", &id, "Download as a zip", "download")?;
        self.html.tags("<hr>");
        self.button("trash", &id, "Move to trash", "trash")?;
        self.html.tags("</div></td></tr>\n");
        Ok(())
    }

    fn file(&mut self, row: &FileRow) -> Result<()> {
        let file = &row.file;
        let (id, name, newest) = (file.id.to_string(), file.name.as_str(), file.newest());
        let base = self.base;
        let new = self.marks.added.contains(&file.id);
        self.html.tags(if new { "<tr data-added>" } else { "<tr>" });
        self.tick("file", &id, name);
        self.html.tags(r#"<th scope="row"><span class="row nowrap file-name">"#);
        parts::draw(&mut self.html, newest.media.icon(), "", "")?;
        self.html
            .fill(r#"<span class="grow"><a href="{}/{}"><bdi>{}</bdi></a>"#, [base, &id, name]);
        match &file.review {
            Some(Review::Waiting) => self.pill("New", "brand")?,
            Some(Review::Rejected { .. }) => self.pill("Rejected", "bad")?,
            _ => {}
        }
        match &newest.scan {
            Scan::Waiting => self.pill("Waits for the virus scan", "warn")?,
            _ if !newest.usable() => self.pill("Locked", "bad")?,
            _ => {}
        }
        self.lies_in(&row.crumbs);
        if row.twin {
            self.html.fill(
                r#"<br><span class="meta"><span>There is another of this name here.</span> <a href="{}/{}/make-version?from={}" class="link" data-dialog>Make it a new version<span class="visually-hidden">: {}</span></a></span>"#,
                [base, &id, self.from, name],
            );
        }
        let changed = self.pages.when(file.changed);
        let (seen, icon) = (row.seen.short(), row.seen.icon());
        let seen = Who { text: &seen, icon, more: "" };
        self.behind_the_name(&seen, &changed, &newest.by.name, &size(newest.bytes))?;
        self.menu_opens(&id, name)?;
        let query = format!("file={id}&from={}", self.from);
        if newest.usable() {
            self.html.fill(r#"<a class="menu-item" href="{}/{}/download" download>"#, [base, &id]);
            parts::draw(&mut self.html, "download", "", "")?;
            self.html.tags("Download</a>");
        }
        self.link(&format!("{base}/share?{query}"), "Share", "users", true)?;
        self.link(&format!("{base}/move?{query}"), "Move", "folder", true)?;
        self.link(&format!("{base}/{id}/rename?from={}", self.from), "Rename", "edit", true)?;
        self.link(&format!("{base}/{id}/version"), "Add a new version", "upload", false)?;
        self.html.tags("<hr>");
        self.button("trash", &id, "Move to trash", "trash")?;
        self.html.tags("</div></td></tr>\n");
        Ok(())
    }

    fn tick(&mut self, kind: &'static str, id: &str, name: &str) {
        self.html.fill(
            r#"<td class="ticks"><label><input type="checkbox" name="{}" value="{}""#,
            [kind, id],
        );
        self.html.tags(if self.marks.ticked.contains(id) { " checked>" } else { ">" });
        self.html.fill(r#"<span class="visually-hidden">{}</span></label></td>"#, [name]);
    }

    fn pill(&mut self, text: &str, tone: &str) -> Result<()> {
        self.html.tags(" ");
        Ok(parts::pill(&mut self.html, text, tone, "", "")?)
    }

    fn lies_in(&mut self, crumbs: &[Crumb]) {
        if !self.found {
            return;
        }
        let names: Vec<&str> = crumbs.iter().map(|crumb| crumb.name.as_str()).collect();
        if names.is_empty() {
            self.html.tags(r#"<br><span class="meta">in all files</span>"#);
        } else {
            self.html
                .fill(r#"<br><span class="meta">in <bdi>{}</bdi></span>"#, [&names.join(" / ")]);
        }
    }

    /// The other cells; where there is no room for them, they stand below the name.
    fn behind_the_name(&mut self, seen: &Who<'_>, at: &When, by: &str, large: &str) -> Result<()> {
        self.html.tags(r#"<span class="if-narrow meta"><span>"#);
        self.time(at);
        self.html.fill(r#", <bdi>{}</bdi>, {}</span></span><span class="if-narrow">"#, [by, large]);
        self.seen(seen)?;
        self.html.tags(r#"</span></span></span></th><td class="if-wide">"#);
        self.seen(seen)?;
        self.html.tags(r#"</td><td class="if-wide small">"#);
        self.time(at);
        self.html.fill(
            r#"<br><bdi class="muted">{}</bdi></td><td class="num if-wide small muted">{}</td>"#,
            [by, large],
        );
        Ok(())
    }

    fn seen(&mut self, seen: &Who<'_>) -> Result<()> {
        let Who { text, icon, more } = *seen;
        parts::pill(&mut self.html, text, tone(icon), icon, more)?;
        if !more.is_empty() {
            self.html.fill(r#"<span class="visually-hidden">. {}</span>"#, [more]);
        }
        Ok(())
    }

    fn time(&mut self, at: &When) {
        let parts = [at.iso.as_str(), &at.full, &at.text];
        self.html.fill(r#"<time datetime="{}" title="{}">{}</time>"#, parts);
    }

    fn menu_opens(&mut self, id: &str, name: &str) -> Result<()> {
        self.html.fill(
            r#"<td class="acts"><button class="btn btn-quiet btn-icon btn-sm" type="button" popovertarget="m-{}" aria-label="Actions for {}">"#,
            [id, name],
        );
        parts::draw(&mut self.html, "dots", "", "")?;
        self.html.fill(r#"</button><div class="menu" id="m-{}" popover>"#, [id]);
        Ok(())
    }

    fn link(&mut self, href: &str, label: &str, icon: &str, dialog: bool) -> Result<()> {
        self.html.fill(r#"<a class="menu-item" href="{}""#, [href]);
        self.html.tags(if dialog { " data-dialog>" } else { ">" });
        parts::draw(&mut self.html, icon, "", "")?;
        self.html.fill("{}</a>", [label]);
        Ok(())
    }

    /// Does something with this one alone, whatever is ticked.
    fn button(&mut self, verb: &str, id: &str, label: &str, icon: &str) -> Result<()> {
        self.html.fill(
            r#"<button class="menu-item" name="only" value="{}" formmethod="post" formaction="{}/{}">"#,
            [id, self.base, verb],
        );
        parts::draw(&mut self.html, icon, "", "")?;
        self.html.fill("{}</button>", [label]);
        Ok(())
    }
}

/// What only the firm sees is quiet; what somebody else sees is not.
pub(in crate::console) fn tone(icon: &str) -> &'static str {
    if icon == "lock" { "" } else { "info" }
}
