//! `anteroom tls check`: by the server that holds the folder, which knows where it listens, or without one.

use crate::config::{ConfigError, Environment};
use crate::server::control::Verb;
use crate::server::control::tls::TlsCheck;
use crate::values::PublicUrl;

use super::args::TlsCheckArgs;
use super::exit::Failure;
use super::verbs::carry_out;

pub(super) fn check(args: TlsCheckArgs, environment: &Environment) -> Result<(), Failure> {
    let public_url = args.public_url.map(|typed| PublicUrl::parse(&typed)).transpose();
    let listen = args.tls.listen();
    let verb = Verb::TlsCheck(Box::new(TlsCheck {
        given: args.tls.read()?,
        public_url: public_url.map_err(|why| ConfigError(format!("--public-url: {why}.")))?,
        https: listen.https,
        http: listen.http,
        dns_server: args.dns.dns_server,
        json: args.json,
    }));
    carry_out(args.data.existing(environment)?, verb)
}
