//! A certificate that only this server vouches for, for a network without an authority. It is kept, so that browsers
//! that were told to accept it need not be told again.

use jiff::{SignedDuration, Timestamp};

use super::shelf::{Board, Shelf};
use crate::error::{Error, Result};
use crate::http::tls::{NoPair, Served, self_signed};

const FILE: &str = "self-signed.pem";
/// For an address that was another before, and answers still.
const FORMER: &str = "self-signed-former.pem";
/// As long as browsers accept any certificate.
const LIFE: SignedDuration = SignedDuration::from_hours(398 * 24);
/// Clocks in a network differ.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// The one that was made before, if it can still be used.
pub(super) async fn find(shelf: &Shelf) -> Result<Option<Served>> {
    let kept = shelf.find(Board::Own, FILE.to_owned()).await?;
    Ok(kept.and_then(read))
}

/// The one that was made for a former address, if it can still be used.
pub(super) async fn find_former(shelf: &Shelf) -> Result<Option<Served>> {
    let kept = shelf.find(Board::Own, FORMER.to_owned()).await?;
    Ok(kept.and_then(read))
}

fn read(kept: Vec<u8>) -> Option<Served> {
    let text = String::from_utf8(kept).ok()?;
    Served::read(&text, &text).ok()
}

/// A new one. The one before is kept if it is for the host of a former address.
pub(super) async fn make(
    shelf: &Shelf,
    names: &[String],
    now: Timestamp,
    former: Option<&str>,
) -> Result<Served> {
    let before = shelf.find(Board::Own, FILE.to_owned()).await?;
    if let (Some(host), Some(before)) = (former, before)
        && read(before.clone()).is_some_and(|kept| kept.facts.covers(host))
    {
        shelf.keep(Board::Own, FORMER.to_owned(), before).await?;
    }
    let from = now.saturating_sub(BEFORE).map_err(Error::bug)?;
    let until = now.saturating_add(LIFE).map_err(Error::bug)?;
    let (chain, key) = self_signed(names, Some((from, until))).map_err(Error::bug)?;
    let text = chain + &key;
    shelf.keep(Board::Own, FILE.to_owned(), text.clone().into_bytes()).await?;
    Served::read(&text, &text).map_err(|NoPair(why)| Error::bug(why))
}
