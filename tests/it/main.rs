//! Everything that is tested through a real connection.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod accepting;
mod activity;
mod backup;
mod binary;
mod cast;
mod cli;
mod clients;
mod config;
mod crawl;
mod dkim;
mod doctor;
mod fail2ban;
mod first_run;
mod health;
mod help;
mod html;
mod inviting;
mod killed;
mod knock;
mod log_in;
mod mail_sink;
mod many;
mod metrics;
mod names;
mod office;
mod old_data;
mod old_firm;
mod outbound;
mod outbox;
mod page;
mod person;
mod portal;
mod scanners;
mod settings;
mod smtp;
mod systemd;
mod team;
mod templates;
mod tls;
mod tls_page;
mod today;
mod upgrade;
mod well_known;
mod wire;
