//! The worker: a child process of this same program that looks into one strange file and says what can be shown of it.
//!
//! Whatever parses the bytes of strangers can be led astray by them. So it does not happen in the server, but in a process
//! that has given everything away before it reads the first of those bytes: it opens no file and no connection, starts no
//! process, and has little memory and time (`confine.rs`). It is asked through its standard input, answers through its
//! standard output, once, and ends. However it ends, the server has lost nothing.
//!
//! [`Pool`] is the server's side: it starts workers, not too many at once, and believes of their answers only what is
//! plausible. This room knows neither clients nor the store.

mod child;
mod confine;
mod encode;
mod pdf;
mod picture;
mod pool;
mod rows;
mod text;
mod wire;

pub use child::{VERB, run};
pub use pool::{Failed, Place, Pool};
pub use wire::{Answer, Head, ImageKind, Task, Why};
