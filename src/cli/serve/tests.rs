use super::*;

fn start(address: &str, asked: Listen) -> String {
    let address = address.parse().unwrap();
    let code = Some("ABCDE-FGHJK".to_owned());
    Start { data: Path::new("/data"), asked, address, firm: None, code }.text()
}

#[test]
fn a_start_says_where_to_go() {
    let text = start("127.0.0.1:8080", Listen::Nearby);
    for line in ["Data:   /data", "Open:   http://localhost:8080", "ABCDE-FGHJK", "in the outbox"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("taken") && !text.contains("Links:"), "{text}");
}

#[test]
fn another_port_than_the_usual_one_is_mentioned() {
    let text = start("127.0.0.1:8082", Listen::Nearby);
    assert!(text.contains("Port 8080 is taken, so this is port 8082."), "{text}");
    let asked = "0.0.0.0:8082".parse().unwrap();
    let text = start("0.0.0.0:8082", Listen::At(asked));
    assert!(text.contains("http://localhost:8082") && !text.contains("taken"), "{text}");
    let asked = "192.0.2.1:80".parse().unwrap();
    assert!(start("192.0.2.1:80", Listen::At(asked)).contains("http://192.0.2.1:80"));
}

#[tokio::test]
async fn without_a_word_the_next_free_port_is_taken_and_with_one_it_is_not() {
    let first = bind(Listen::Nearby).await.unwrap().local_addr().unwrap();
    let busy = bind(Listen::Nearby).await.unwrap();
    let next = bind(Listen::Nearby).await.unwrap().local_addr().unwrap();
    assert_ne!(busy.local_addr().unwrap(), next);
    assert!(first.ip().is_loopback());
    let asked = Listen::At(busy.local_addr().unwrap());
    let failure = bind(asked).await.unwrap_err();
    assert_eq!(failure.code, UNAVAILABLE);
    assert!(failure.sentence.contains("--listen"), "{failure}");
}

#[test]
fn a_link_must_not_lead_people_to_their_own_machine() {
    let everywhere = Listen::At("0.0.0.0:80".parse().unwrap());
    assert!(public_url("http://localhost:8080", Listen::Nearby).is_ok());
    assert!(public_url("http://192.168.1.5", everywhere).is_ok());
    let refused = public_url("http://localhost:8080", everywhere).unwrap_err();
    assert!(refused.0.starts_with("--public-url: For other people"), "{refused}");
    assert!(public_url("portal", Listen::Nearby).unwrap_err().0.contains("https://"));
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
