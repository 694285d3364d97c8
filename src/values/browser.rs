//! What people call the browser they use: "Firefox on Windows".

/// Browsers, by a word in their own description. Those that also name another come first.
const BROWSERS: [(&str, &str); 12] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// Systems, in the same way.
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
];

/// The browser and the system that this description claims. Anybody can claim anything: for the eye only.
pub fn browser(agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "An unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn the_browser_is_the_one_people_know() {
        const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        for (agent, name) in [
            (format!("{WINDOWS} Gecko/20100101 Firefox/143.0"), "Firefox on Windows"),
            (format!("{WINDOWS} {WEBKIT}"), "Chrome on Windows"),
            (format!("{WINDOWS} {WEBKIT} Edg/140.0"), "Edge on Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
                    .into(),
                "Safari on iPhone",
            ),
            (format!("Mozilla/5.0 (Linux; Android 16; SM-S938B) {WEBKIT}"), "Chrome on Android"),
            ("curl/8.14".into(), "curl"),
            ("Mozilla/5.0 (X11; Linux x86_64)".into(), "A browser on Linux"),
            (String::new(), "An unknown browser"),
        ] {
            assert_eq!(browser(&agent), name, "{agent}");
        }
    }
}
