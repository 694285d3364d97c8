//! Reads a request's body within a time: whole, up to a size, or piece by piece as it arrives.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};
use poem::http::StatusCode;
use poem::{Request, RequestBody};
use tokio::time::{Instant, timeout_at};

use super::deadline::{Deadline, Hold};
use super::errors::Refusal;

/// Of a form, unless its route says otherwise with [`BodyLimit`].
pub const FORM_BYTES: usize = 64 * 1024;
/// For the whole body of a form.
const FORM_TIME: Duration = Duration::from_secs(10);
/// Of an upload: 1 KiB/s, which the slowest mobile line can do.
const UPLOAD_PACE: Pace = Pace { bytes: 10 * 1024, time: Duration::from_secs(10) };

const CUT_SHORT: &str = "This did not arrive whole. Please send it again.";

/// The most bytes of a body, put on a route with `.data(BodyLimit(…))`.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit(pub usize);

impl BodyLimit {
    /// Of a form with a hundred items, each of which may have long texts: url-encoded a letter takes up to nine bytes.
    pub const LONG_FORM: Self = Self(2 * 1024 * 1024);
}

/// The body of an ordinary form.
pub(super) async fn read_form(req: &Request, body: &mut RequestBody) -> poem::Result<Bytes> {
    if media_type(req) != "application/x-www-form-urlencoded" {
        return Err(unsupported().into());
    }
    let most = limit(req, FORM_BYTES);
    if most <= FORM_BYTES {
        return read(body, most, Patience::whole(FORM_TIME)).await;
    }
    // On a slow line a long one takes its time, as a file does.
    let _hold = req.data::<Deadline>().map(Deadline::hold);
    read(body, most, Patience::paced(UPLOAD_PACE)).await
}

/// The body of a form that may hold a small file, and the boundary between its parts.
pub(super) async fn read_multipart(
    req: &Request,
    body: &mut RequestBody,
    most: usize,
) -> poem::Result<(Bytes, String)> {
    let boundary = boundary(req)?;
    let _hold = req.data::<Deadline>().map(Deadline::hold);
    Ok((read(body, limit(req, most), Patience::paced(UPLOAD_PACE)).await?, boundary))
}

/// What stands between the parts of a form with files.
pub(super) fn boundary(req: &Request) -> Result<String, Refusal> {
    let boundary = parameter(req, "boundary").filter(|_| media_type(req) == "multipart/form-data");
    boundary.ok_or_else(unsupported)
}

/// A body that is too long to be kept, piece by piece. As long as this is there, the time of its handler stands still.
pub(super) struct Arriving {
    stream: BoxStream<'static, io::Result<Bytes>>,
    patience: Patience,
    _hold: Option<Hold>,
}

impl Arriving {
    /// It must keep the pace of an upload.
    pub(super) fn of(req: &Request, body: &mut RequestBody) -> Result<Self, Refusal> {
        Ok(Self {
            stream: body.take().map_err(|_| cut_short())?.into_bytes_stream().boxed(),
            patience: Patience::paced(UPLOAD_PACE),
            _hold: req.data::<Deadline>().map(Deadline::hold),
        })
    }

    /// The next piece; none when all have come. What breaks off is an error.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let began = Instant::now();
        let next = timeout_at(self.patience.until(), self.stream.next()).await;
        let piece = next.map_err(|_| slow())?.transpose().map_err(|_| cut_short())?;
        self.patience.arrived(piece.as_ref().map_or(0, Bytes::len), began.elapsed());
        Ok(piece)
    }
}

fn limit(req: &Request, otherwise: usize) -> usize {
    req.data::<BodyLimit>().map_or(otherwise, |limit| limit.0)
}

/// So many bytes must arrive in any stretch of this time.
#[derive(Clone, Copy)]
struct Pace {
    bytes: usize,
    time: Duration,
}

/// How long a body is waited for.
enum Patience {
    /// All of it until then.
    Whole(Instant),
    /// As long as it keeps pace, going by the pieces that arrived within the time that counts. Only the time counts in
    /// which we waited: the peer need not answer for our disk.
    Paced { pace: Pace, pieces: VecDeque<(Duration, usize)>, sum: usize, waited: Duration },
}

impl Patience {
    fn whole(within: Duration) -> Self {
        Self::Whole(Instant::now() + within)
    }

    /// It begins as if enough had just arrived.
    fn paced(pace: Pace) -> Self {
        let pieces = VecDeque::from([(Duration::ZERO, pace.bytes)]);
        Self::Paced { pace, pieces, sum: pace.bytes, waited: Duration::ZERO }
    }

    /// Until when more must come.
    fn until(&self) -> Instant {
        match self {
            Self::Whole(until) => *until,
            // Then the oldest piece counts no more, and without it there are too few bytes.
            Self::Paced { pace, pieces, waited, .. } => {
                let oldest = pieces.front().map_or(*waited, |(at, _)| *at + pace.time);
                Instant::now() + oldest.saturating_sub(*waited)
            }
        }
    }

    /// So much came after this wait.
    fn arrived(&mut self, bytes: usize, wait: Duration) {
        let Self::Paced { pace, pieces, sum, waited } = self else { return };
        *waited += wait;
        pieces.push_back((*waited, bytes));
        *sum += bytes;
        while let Some((_, oldest)) = pieces.front().filter(|(_, one)| *sum - one >= pace.bytes) {
            *sum -= oldest;
            pieces.pop_front();
        }
    }
}

/// Counts what arrives: a `Content-Length` is a claim, and chunked bodies make none.
async fn read(body: &mut RequestBody, most: usize, patience: Patience) -> poem::Result<Bytes> {
    let stream = body.take()?.into_bytes_stream().boxed();
    let mut arriving = Arriving { stream, patience, _hold: None };
    let mut whole = Vec::new();
    while let Some(piece) = arriving.next().await? {
        if whole.len() + piece.len() > most {
            return Err(too_large(most).into());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(Bytes::from(whole))
}

/// Of a body that ends before its time.
pub(super) fn cut_short() -> Refusal {
    refused(StatusCode::BAD_REQUEST, CUT_SHORT)
}

fn slow() -> Refusal {
    let sentence = "Your connection was too slow for this. Nothing was done; please try again.";
    refused(StatusCode::REQUEST_TIMEOUT, sentence)
}

fn refused(status: StatusCode, sentence: &'static str) -> Refusal {
    Refusal::new(status, sentence)
}

pub(super) fn unsupported() -> Refusal {
    refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "This was not sent as a form of this site.")
}

pub(super) fn too_large(most: usize) -> Refusal {
    let most = if most >= 1024 * 1024 {
        format!("{} MB", most / (1024 * 1024))
    } else {
        format!("{} KB", most / 1024)
    };
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("This is too large: at most {most}."))
}

/// In lower case and without parameters.
pub(super) fn media_type(req: &Request) -> String {
    let whole = req.content_type().unwrap_or("");
    whole.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn parameter(req: &Request, name: &str) -> Option<String> {
    let mut parameters = req.content_type()?.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        key.trim().eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use poem::Body;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

    async fn status_of(kind: &str, body: Body) -> u16 {
        let (mut req, mut body) = Request::builder().content_type(kind).body(body).split();
        req.set_data(BodyLimit(8));
        match read_form(&req, &mut body).await {
            Ok(_) => 200,
            Err(why) => why.status().as_u16(),
        }
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_kind() {
        assert_eq!(status_of(FORM, Body::from("12345678")).await, 200);
        assert_eq!(status_of(FORM, Body::from("123456789")).await, 413);
        assert_eq!(status_of("application/json", Body::from("{}")).await, 415);
        assert_eq!(status_of("text/plain", Body::from("a=b")).await, 415);
    }

    #[tokio::test]
    async fn chunks_are_counted_as_they_come() {
        let endless = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(b"abc")));
        assert_eq!(status_of(FORM, Body::from_bytes_stream(endless)).await, 413);
        let broken = stream::iter([Err::<Bytes, _>(io::Error::other("reset"))]);
        assert_eq!(status_of(FORM, Body::from_bytes_stream(broken)).await, 400);
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let never = Body::from_bytes_stream(stream::pending::<Result<Bytes, io::Error>>());
        let mut body = RequestBody::new(never);
        let answer = read(&mut body, 8, Patience::whole(Duration::from_millis(20))).await;
        assert_eq!(answer.unwrap_err().status(), 408);
    }

    /// Pieces of this size, one every ten milliseconds; and then the end, or nothing more.
    fn dripping(pieces: usize, size: usize, ends: bool) -> RequestBody {
        let drops = stream::unfold(0, move |n| async move {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let piece = Ok::<_, io::Error>(Bytes::from(vec![b'a'; size]));
            (n < pieces).then_some((piece, n + 1))
        });
        let rest = stream::pending().take(usize::from(!ends));
        RequestBody::new(Body::from_bytes_stream(drops.chain(rest)))
    }

    #[tokio::test]
    async fn an_upload_may_take_long_but_not_stand_still() {
        let pace = Pace { bytes: 1_000, time: Duration::from_millis(300) };
        for (mut body, arrives) in [
            (dripping(60, 500, true), true),
            (dripping(600, 10, true), false),
            (dripping(60, 500, false), false),
            (dripping(3, 1, true), true),
        ] {
            let whole = read(&mut body, 1024 * 1024, Patience::paced(pace)).await;
            let refused = whole.err().map(|why| why.status().as_u16());
            assert_eq!(refused, (!arrives).then_some(408));
        }
    }

    #[tokio::test]
    async fn the_time_that_we_take_ourselves_is_not_the_peers() {
        let pace = Pace { bytes: 1_000, time: Duration::from_millis(100) };
        let stream = dripping(5, 1_000, true).take().unwrap().into_bytes_stream().boxed();
        let mut body = Arriving { stream, patience: Patience::paced(pace), _hold: None };
        let mut pieces = 0;
        while body.next().await.unwrap().is_some() {
            pieces += 1;
            tokio::time::sleep(pace.time * 2).await; // our disk is slow
        }
        assert_eq!(pieces, 5);
    }

    #[tokio::test]
    async fn a_boundary_may_be_in_quotes() {
        let kind = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"";
        let (req, mut body) = Request::builder().content_type(kind).body("x").split();
        let (whole, boundary) = read_multipart(&req, &mut body, 8).await.unwrap();
        assert_eq!((&whole[..], boundary.as_str()), (&b"x"[..], "a b"));
    }
}
