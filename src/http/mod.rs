//! The plumbing that console, portal and guest pages share. It knows nothing of accounting.
//!
//! A request goes through these files in this order:
//!
//! 1. [`serve`]: accepts, counts and times connections, by [`tls`] or plain; hands each request to the endpoint.
//!    [`redirect`] answers at port 80.
//! 2. [`guard`]: request id, Host and cross-site checks, a time limit, headers on the way out.
//! 3. [`routes`]: finds the handler; `doors` and [`forms`] are what its parameters are made from.
//! 4. The handler answers with [`respond`], a page, [`assets`] or [`live`] events.
//! 5. [`errors`]: only if something failed. [`traffic`] counts every answer.

pub mod account;
pub mod adding;
pub mod addresses;
pub mod app;
mod arrival;
pub mod assets;
pub mod body;
pub mod calendar;
pub mod client_ip;
pub mod cookies;
mod deadline;
pub mod doors;
pub mod download;
pub mod errors;
pub mod file_drop;
pub mod flash;
pub mod forms;
pub mod frame;
pub mod guard;
pub mod html;
pub mod leaves;
pub mod live;
pub mod multipart;
pub mod notices;
pub mod origin;
pub mod pages;
pub mod parts;
mod patience;
pub mod redirect;
mod request_id;
pub mod respond;
pub mod routes;
mod seats;
pub mod serve;
pub mod through;
pub mod tls;
pub mod traffic;
pub mod upload;
pub mod zip;
