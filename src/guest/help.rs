//! The help centre: short articles for clients about what there is, open to everybody so that its address can be shared
//! before anyone has an account.

use poem::web::Path;
use poem::{Response, handler};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::pages::{Page, Pages};
use crate::http::routes::Routes;
use crate::model::Guest;
use crate::values::Piece;

pub(super) fn routes() -> Routes {
    Routes::default().get("/help", help_page).get("/help/:topic", topic_page)
}

/// An article. Its words are in `templates/guest/help/topics/KEY.html`.
#[derive(Clone, Copy, Debug, Serialize)]
struct Topic {
    key: &'static str,
    title: &'static str,
    about: &'static str,
}

/// Articles that answer questions of one kind.
#[derive(Clone, Copy, Debug, Serialize)]
struct Chapter {
    title: &'static str,
    topics: &'static [Topic],
}

const CHAPTERS: [Chapter; 3] = [
    Chapter {
        title: "Getting in",
        topics: &[
            topic(
                "create-account",
                "Create your account",
                "What to do with the invite in your mailbox",
            ),
            topic("log-in", "Log in", "Where to log in, and how to log out"),
            topic("forgotten-password", "Forgotten your password", "Choose a new one in a minute"),
            topic("link", "A link does not work", "Type the code instead, or get a new link"),
            topic(
                "shared-mailbox",
                "Two people, one mailbox",
                "How a couple shares an e-mail address",
            ),
        ],
    },
    Chapter {
        title: "Using the portal",
        topics: &[
            topic("home", "What is on Home", "The page you come to first"),
            topic("files", "Find a file", "Where the papers are that we share"),
            topic("details", "Change your details", "Name, phone, e-mail address, password"),
            topic(
                "several-clients",
                "More than one client",
                "Switch between a business and yourself",
            ),
        ],
    },
    Chapter {
        title: "Good to know",
        topics: &[topic(
            "safe",
            "Is it safe?",
            "How your papers are protected, and what you can do",
        )],
    },
];

const fn topic(key: &'static str, title: &'static str, about: &'static str) -> Topic {
    Topic { key, title, about }
}

/// The list of articles, with the firm's own words above it.
#[derive(Serialize)]
struct HelpPage {
    own_text: Vec<Piece>,
    own_link: Option<String>,
    chapters: &'static [Chapter],
    /// To be copied into a mail.
    address: String,
}

impl Page for HelpPage {
    const TEMPLATE: &'static str = "guest/help/index.html";
}

#[handler]
async fn help_page(guest: Guest, pages: Pages<'_>) -> Result<Response> {
    let firm = guest.firm()?;
    pages.show(&HelpPage {
        own_text: firm.help_text.pieces(),
        own_link: firm.help_link.as_ref().map(ToString::to_string),
        chapters: &CHAPTERS,
        address: firm.public_url.join("/help"),
    })
}

#[derive(Serialize)]
struct TopicPage {
    topic: Topic,
    chapter: &'static str,
    /// The others of its chapter.
    more: Vec<Topic>,
    invite_days: u16,
    login: String,
    join: String,
}

impl Page for TopicPage {
    const TEMPLATE: &'static str = "guest/help/topic.html";
}

#[handler]
async fn topic_page(guest: Guest, pages: Pages<'_>, Path(key): Path<String>) -> Result<Response> {
    let (chapter, topic) = CHAPTERS
        .iter()
        .find_map(|chapter| Some((chapter, chapter.topics.iter().find(|topic| topic.key == key)?)))
        .ok_or(Error::NotFound)?;
    let firm = guest.firm()?;
    pages.show(&TopicPage {
        topic: *topic,
        chapter: chapter.title,
        more: chapter.topics.iter().filter(|other| other.key != topic.key).copied().collect(),
        invite_days: firm.invite_days,
        login: firm.public_url.join("/login"),
        join: firm.public_url.join("/join"),
    })
}

#[cfg(test)]
mod tests {
    use super::CHAPTERS;
    use crate::http::pages::Templates;

    #[test]
    fn every_article_has_words_and_no_words_are_left_over() {
        let named = |name: &str| {
            let file = name.strip_prefix("guest/help/topics/")?;
            Some(file.strip_suffix(".html")?.to_owned())
        };
        let mut written: Vec<String> = Templates::names().filter_map(|name| named(&name)).collect();
        let listed = CHAPTERS.iter().flat_map(|chapter| chapter.topics);
        let mut listed: Vec<String> = listed.map(|topic| topic.key.to_owned()).collect();
        written.sort();
        listed.sort();
        assert_eq!(written, listed);
    }
}
