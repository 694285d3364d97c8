use super::*;

fn start(place: &str, instead_of: Option<(u16, u16)>) -> String {
    let code = Some("ABCDE-FGHJK".to_owned());
    let data = Path::new("/data");
    Start { data, place, instead_of, local: true, firm: None, code }.text()
}

#[test]
fn a_start_says_where_to_go() {
    let text = start("http://localhost:8080", None);
    for line in ["Data:   /data", "Open:   http://localhost:8080", "ABCDE-FGHJK", "in the outbox"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("taken") && !text.contains("Links:"), "{text}");
}

#[test]
fn another_port_than_the_usual_one_is_mentioned() {
    let text = start("http://localhost:8082", Some((8080, 8082)));
    assert!(text.contains("Port 8080 is taken, so this is port 8082."), "{text}");
}

#[test]
fn a_link_must_not_lead_people_to_their_own_machine() {
    assert!(public_url("http://localhost:8080", true).is_ok());
    assert!(public_url("http://192.168.1.5", false).is_ok());
    let refused = public_url("http://localhost:8080", false).unwrap_err();
    assert!(refused.0.starts_with("--public-url: For other people"), "{refused}");
    assert!(public_url("portal", true).unwrap_err().0.contains("https://"));
}

#[test]
fn a_new_folder_is_for_us_alone() {
    let parent = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let made = parent.path().join("a/b");
    folder_for_us(&made).unwrap();
    assert_eq!(mode(&made), 0o700);
    let empty = parent.path().join("empty");
    fs::create_dir(&empty).unwrap();
    fs::set_permissions(&empty, Permissions::from_mode(0o755)).unwrap();
    folder_for_us(&empty).unwrap();
    assert_eq!(mode(&empty), 0o700);
    let file = parent.path().join("file");
    fs::File::create(&file).unwrap();
    assert_eq!(folder_for_us(&file.join("x")).unwrap_err().code, PERMISSION);
}
