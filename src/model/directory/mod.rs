//! The directory: what clients and contacts are searched, filtered and sorted by, kept in memory.

mod book;
mod find;
#[cfg(test)]
mod tests;
pub(in crate::model) mod words;

use book::Book;
pub(in crate::model) use find::typed;
pub use find::{
    ClientFound, ClientList, ClientOrder, ClientQuery, LookedAfter, PortalFilter, PortalSummary,
    Total,
};

use super::kept::Kept;

/// What clients and contacts are found by.
pub(super) type Directory = Kept<Book>;
