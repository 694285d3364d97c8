use super::*;

#[test]
fn data_goes_where_the_desktop_says_or_below_the_home_folder() {
    let folder = |pairs: &[(&str, &str)]| environment(pairs).data_folder();
    let home = ("HOME", "/home/olive");
    assert_eq!(folder(&[home]), Ok("/home/olive/.local/share/anteroom".into()));
    assert_eq!(folder(&[home, ("XDG_DATA_HOME", "/data")]), Ok("/data/anteroom".into()));
    let relative = [home, ("XDG_DATA_HOME", "data")];
    assert_eq!(folder(&relative), Ok("/home/olive/.local/share/anteroom".into()));
    assert!(folder(&[]).unwrap_err().to_string().contains("--data-dir"));
}

#[test]
fn a_mistyped_variable_is_named_with_the_one_that_was_meant() {
    let known = ["ANTEROOM_SMTP_HOST".to_owned(), "ANTEROOM_LISTEN".to_owned()];
    let fine = environment(&[("ANTEROOM_LISTEN", ""), ("PATH", "/bin")]);
    assert_eq!(fine.refuse_unknown(&known), Ok(()));
    let mistyped = environment(&[("ANTEROOM_SMPT_HOST", "x")]).refuse_unknown(&known);
    let sentence = "There is no setting ANTEROOM_SMPT_HOST. Did you mean ANTEROOM_SMTP_HOST?";
    assert_eq!(mistyped, Err(ConfigError(sentence.into())));
}

#[test]
fn the_configuration_of_a_user_lies_where_the_desktop_says() {
    let file = |pairs: &[(&str, &str)]| environment(pairs).config_file();
    let home = ("HOME", "/home/olive");
    assert_eq!(file(&[home]), Some("/home/olive/.config/anteroom/anteroom.toml".into()));
    let both = [home, ("XDG_CONFIG_HOME", "/etc/xdg")];
    assert_eq!(file(&both), Some("/etc/xdg/anteroom/anteroom.toml".into()));
    assert_eq!(file(&[]), None);
}

#[test]
fn colours_and_the_journal_are_asked_of_the_environment() {
    assert!(environment(&[("NO_COLOR", "1")]).no_color());
    assert!(environment(&[("TERM", "dumb")]).no_color());
    assert!(!environment(&[("NO_COLOR", ""), ("TERM", "xterm")]).no_color());
    assert_eq!(environment(&[("JOURNAL_STREAM", "9:1234")]).journal_stream(), Some((9, 1234)));
    assert_eq!(environment(&[("JOURNAL_STREAM", "odd")]).journal_stream(), None);
}
