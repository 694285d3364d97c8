//! The rows of the list. Fifty of them are most of the page, so they are written here and not by its template.

use crate::http::html::{Html, Markup};
use crate::http::parts;
use crate::model::ClientFound;
use crate::values::{hue, initials};

/// Of one row, roughly.
const BYTES: usize = 1_024;

/// The `<tr>`s of these clients: a tick, who it is, where its contacts stand, who looks after it.
pub(super) fn rows(clients: &[ClientFound]) -> Markup {
    let mut html = Html::with_capacity(clients.len() * BYTES);
    for client in clients {
        let id = client.id.to_string();
        html.tags("<tr>");
        tick(&mut html, client, &id);
        who(&mut html, client, &id);
        html.tags(r#"<td class="if-wide">"#);
        portal(&mut html, client);
        html.tags(r#"</td><td class="if-wide">"#);
        match &client.looked_after_by {
            Some(name) => html.fill("<bdi>{}</bdi>", [name]),
            None => html.tags(r#"<span class="faint">Nobody yet</span>"#),
        }
        html.tags("</td></tr>\n");
    }
    html.into()
}

fn tick(html: &mut Html, client: &ClientFound, id: &str) {
    html.fill(r#"<td class="ticks"><label><input type="checkbox" name="client" value="{}""#, [id]);
    html.tags(if client.active { ">" } else { " disabled>" });
    html.fill(r#"<span class="visually-hidden">{}</span></label></td>"#, [&client.name]);
}

fn who(html: &mut Html, client: &ClientFound, id: &str) {
    html.tags(r#"<th scope="row"><span class="row nowrap">"#);
    parts::avatar(html, &initials(&client.name), hue(&client.name), "square");
    html.fill(
        r#"<span class="grow"><a href="/console/clients/{}"><bdi>{}</bdi></a>"#,
        [id, &client.name],
    );
    if !client.active {
        html.tags(r#" <span class="pill" data-tone="quiet">Inactive</span>"#);
    }
    html.fill(r#"<br><span class="meta"><span>{}</span><span>"#, [client.kind.label()]);
    match client.contacts {
        0 => html.tags("no contacts"),
        1 => html.tags("1 contact"),
        many => html.show(format_args!("{many} contacts")),
    }
    html.tags("</span>");
    for tag in &client.tags {
        html.fill("<span><bdi>{}</bdi></span>", [tag]);
    }
    html.tags(r#"</span><span class="if-narrow"><br>"#);
    portal(html, client);
    html.tags("</span></span></span></th>");
}

fn portal(html: &mut Html, client: &ClientFound) {
    parts::status(html, client.portal.kind, &client.portal.text, "");
}
