//! Cuts a page into tags and text.

/// A part of a page.
pub enum Piece {
    /// Text, as it means.
    Text(String),
    /// The beginning of an element, or all of it.
    Open {
        /// Its name.
        tag: String,
        /// Its attributes.
        attrs: Vec<(String, String)>,
        /// Whether it ends here, as in `<path/>`.
        closed: bool,
    },
    /// The end of an element.
    Close(String),
}

/// Elements whose content is text, whatever it looks like.
const TEXT_ONLY: [&str; 4] = ["script", "style", "textarea", "title"];

/// Reads from the front.
pub struct Scanner<'a> {
    rest: &'a str,
    /// The element whose content is text and which is open.
    inside: Option<String>,
    /// What is not as it should be.
    pub faults: Vec<String>,
}

impl<'a> Scanner<'a> {
    /// Of this page.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text, inside: None, faults: Vec::new() }
    }

    /// The next part, unless the page is at its end.
    pub fn next_piece(&mut self) -> Option<Piece> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if let Some(tag) = self.inside.take() {
                let end = self.rest.find(&format!("</{tag}")).unwrap_or(self.rest.len());
                let text = self.take(end);
                // A browser drops the line break that opens a textarea.
                let text = text.strip_prefix('\n').filter(|_| tag == "textarea").unwrap_or(text);
                return Some(Piece::Text(self.decode(text)));
            }
            if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = rest.split_once("-->").map_or("", |(_, after)| after);
            } else if self.rest.starts_with("<!") {
                let end = self.rest.find('>').map_or(self.rest.len(), |end| end + 1);
                self.take(end);
            } else if let Some(rest) = self.rest.strip_prefix("</") {
                let end = rest.find('>').unwrap_or(rest.len());
                let tag = rest[..end].trim().to_owned();
                self.rest = rest.get(end + 1..).unwrap_or("");
                return Some(Piece::Close(tag));
            } else if self.rest.starts_with('<') && self.rest[1..].starts_with(is_letter) {
                return Some(self.open());
            } else {
                return Some(self.text());
            }
        }
    }

    fn take(&mut self, end: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn text(&mut self) -> Piece {
        let first = usize::from(self.rest.starts_with('<'));
        if first == 1 {
            self.fault(format!("a bare < before {:?}", around(self.rest)));
        }
        let end = self.rest[first..].find('<').map_or(self.rest.len(), |end| end + first);
        let text = self.take(end);
        // Merge fields are shown in double braces too, but without a space.
        if text.contains("{{ ") || text.contains("{% ") {
            self.fault(format!("template code in {:?}", around(text)));
        }
        Piece::Text(self.decode(text))
    }

    fn open(&mut self) -> Piece {
        self.rest = &self.rest[1..];
        let end = self.rest.find(|c: char| !is_letter(c) && !c.is_ascii_digit() && c != '-');
        let tag = self.take(end.unwrap_or(self.rest.len())).to_owned();
        let mut attrs: Vec<(String, String)> = Vec::new();
        let mut closed = false;
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                break;
            }
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                closed = true;
                break;
            }
            let Some((name, value)) = self.attribute(&tag) else { break };
            if attrs.iter().any(|(known, _)| *known == name) {
                self.fault(format!("{name} is there twice in <{tag}>"));
            }
            attrs.push((name, value));
        }
        if TEXT_ONLY.contains(&tag.as_str()) && !closed {
            self.inside = Some(tag.clone());
        }
        Piece::Open { tag, attrs, closed }
    }

    fn attribute(&mut self, tag: &str) -> Option<(String, String)> {
        let end = self.rest.find(|c: char| c.is_whitespace() || "=>/\"'<".contains(c))?;
        let name = self.take(end).to_owned();
        if name.is_empty() {
            self.fault(format!("<{tag} is broken before {:?}", around(self.rest)));
            self.rest = self.rest.find('>').map_or("", |end| &self.rest[end..]);
            return (!self.rest.is_empty()).then(|| ("broken".to_owned(), String::new()));
        }
        let Some(rest) = self.rest.strip_prefix('=') else { return Some((name, String::new())) };
        let Some(rest) = rest.strip_prefix('"') else {
            self.fault(format!("{name} of <{tag}> is not in double quotes"));
            let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
            self.rest = &rest[end..];
            return Some((name, rest[..end].trim_matches('\'').to_owned()));
        };
        let (value, rest) = rest.split_once('"')?;
        self.rest = rest;
        Some((name, self.decode(value)))
    }

    /// Text without its character references.
    fn decode(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('&') {
            out.push_str(before);
            let named =
                after.split_once(';').and_then(|(name, after)| Some((meaning(name)?, after)));
            match named {
                Some((c, after)) => {
                    out.push(c);
                    rest = after;
                }
                None => {
                    self.fault(format!("a bare & before {:?}", around(after)));
                    out.push('&');
                    rest = after;
                }
            }
        }
        out + rest
    }

    fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic()
}

fn around(text: &str) -> String {
    text.chars().take(24).collect()
}

fn meaning(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "nbsp" => '\u{a0}',
        "middot" => '·',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "zwnj" => '\u{200c}',
        "shy" => '\u{ad}',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}
