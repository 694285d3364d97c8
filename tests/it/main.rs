//! Everything that is tested through a real connection.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod accepting;
mod activity;
mod cast;
mod cli;
mod clients;
mod crawl;
mod first_run;
mod help;
mod html;
mod inviting;
mod killed;
mod knock;
mod log_in;
mod mail_sink;
mod many;
mod office;
mod old_data;
mod outbox;
mod page;
mod person;
mod portal;
mod scanners;
mod settings;
mod smtp;
mod team;
mod templates;
mod today;
mod wire;
