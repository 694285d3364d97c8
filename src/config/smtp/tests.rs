use super::*;

fn smtp() -> SmtpArgs {
    SmtpArgs {
        smtp_host: Some("mail.firm.example".into()),
        mail_from: Some("office@firm.example".into()),
        ..SmtpArgs::default()
    }
}

fn refusal(args: &SmtpArgs) -> String {
    args.read().map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_mail_server_is_given_whole_or_not_at_all() {
    assert!(SmtpArgs::default().read().unwrap().is_none());
    let port = SmtpArgs { smtp_port: Some(25), ..SmtpArgs::default() };
    assert!(refusal(&port).starts_with("--smtp-port needs --smtp-host"));
    assert!(refusal(&SmtpArgs { mail_from: None, ..smtp() }).contains("needs --mail-from"));
    let odd = SmtpArgs { mail_from: Some("office".into()), ..smtp() };
    assert!(refusal(&odd).starts_with("--mail-from: "));
    let user = SmtpArgs { smtp_user: Some("office".into()), ..smtp() };
    assert!(refusal(&user).contains("needs --smtp-password-file"));
    let password =
        SmtpArgs { smtp_password_file: Some(SecretFile::Named("/nowhere".into())), ..smtp() };
    assert!(refusal(&password).contains("needs --smtp-user"));
}

#[test]
fn the_command_line_is_checked_as_the_settings_page_is() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes())
            .unwrap();
        Some(file)
    };
    for host in ["https://mail.firm.example", "mail.firm.example:25", "a b"] {
        let why = refusal(&SmtpArgs { smtp_host: Some(host.into()), ..smtp() });
        assert!(why.starts_with("--smtp-host: Type only the name of the server"), "{why}");
    }
    let in_clear = SmtpArgs {
        smtp_security: Some(SecurityArg::None),
        smtp_user: Some("office".into()),
        smtp_password_file: write("password", "kiln battery\n").map(SecretFile::Named),
        ..smtp()
    };
    let why = refusal(&in_clear);
    assert!(why.starts_with("--smtp-security: The password would travel unencrypted."), "{why}");
    let here = SmtpArgs { smtp_host: Some("127.0.0.1".into()), ..in_clear };
    assert_eq!(here.read().unwrap().unwrap().login.unwrap().1.expose(), "kiln battery");

    let why = refusal(&SmtpArgs { smtp_ca_file: Some("/nowhere.pem".into()), ..smtp() });
    assert!(why.contains("/nowhere.pem cannot be read"), "{why}");
    let why = refusal(&SmtpArgs { smtp_ca_file: write("ca", "hello"), ..smtp() });
    assert!(why.starts_with("--smtp-ca-file: There is no certificate here."), "{why}");
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(["ca.firm.example".to_owned()]).unwrap();
    let pem = own.self_signed(&key).unwrap().pem();
    let with_ca = SmtpArgs { smtp_ca_file: write("ca", &pem), ..smtp() };
    assert_eq!(with_ca.read().unwrap().unwrap().ca.as_deref(), Some(pem.trim()));
}

#[test]
fn port_and_encryption_follow_from_each_other() {
    let read = |args: SmtpArgs| {
        let smtp = args.read().unwrap().unwrap();
        (smtp.port, smtp.security)
    };
    let with = |how| SmtpArgs { smtp_security: Some(how), ..smtp() };
    assert_eq!(read(smtp()), (587, SmtpSecurity::StartTls));
    assert_eq!(read(SmtpArgs { smtp_port: Some(465), ..smtp() }), (465, SmtpSecurity::Tls));
    assert_eq!(read(with(SecurityArg::Tls)), (465, SmtpSecurity::Tls));
    assert_eq!(read(with(SecurityArg::None)), (25, SmtpSecurity::None));
    let odd = SmtpArgs { smtp_port: Some(465), ..with(SecurityArg::Starttls) };
    assert_eq!(read(odd), (465, SmtpSecurity::StartTls));
}
