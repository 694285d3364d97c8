use super::*;

#[test]
fn a_password_file_holds_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let read = |text: &str| {
        std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes())
            .unwrap();
        password_in(&file).map(|password| password.expose().clone())
    };
    assert_eq!(read("kiln battery\n"), Ok("kiln battery".into()));
    assert_eq!(read(" kiln\r\n"), Ok(" kiln".into()));
    assert_eq!(read("kiln"), Ok("kiln".into()));
    for odd in ["", "\n", "one\ntwo\n"] {
        assert!(read(odd).unwrap_err().to_string().contains("on one line"), "{odd:?}");
    }
    let missing = password_in(Path::new("/nowhere/password")).map(|_| ()).unwrap_err();
    assert!(missing.to_string().contains("/nowhere/password cannot be read"));
}
