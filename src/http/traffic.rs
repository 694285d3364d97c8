//! Requests, counted as they are answered: by route and class of status, and how long each audience waited.
//!
//! A request costs a few relaxed additions: no lock and no memory. The counts are read when somebody asks for metrics.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use super::routes::Routes;

tokio::task_local! {
    /// The place of the route that answers the request of this task.
    static ANSWERED_BY: Cell<usize>;
}

/// What no route answered.
const NO_ROUTE: usize = 0;

/// Upper bounds in seconds; what takes longer is only in the sum.
pub const BOUNDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// For whom a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// No route.
    None,
    /// Staff.
    Console,
    /// Contacts.
    Portal,
    /// Anybody.
    Guest,
    /// Style sheets, scripts and pictures.
    Files,
    /// Whoever watches the server.
    Health,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Console, Self::Portal, Self::Guest, Self::Files, Self::Health];

    /// Its name in the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Console => "console",
            Self::Portal => "portal",
            Self::Guest => "guest",
            Self::Files => "files",
            Self::Health => "health",
        }
    }

    fn of(route: &str) -> Self {
        match route.split('/').nth(1).unwrap_or_default() {
            "console" => Self::Console,
            "p" => Self::Portal,
            "assets" | "brand" | "icons" | "favicon.ico" | "apple-touch-icon.png" => Self::Files,
            "healthz" | "livez" | "readyz" => Self::Health,
            _ => Self::Guest,
        }
    }
}

/// What was counted since the server started.
#[derive(Debug)]
pub struct Traffic {
    /// The first is for what no route answered.
    routes: Vec<Counted>,
    waits: [Waits; Part::ALL.len()],
    open: Arc<AtomicUsize>,
}

/// The requests of one route.
#[derive(Debug)]
struct Counted {
    route: Cow<'static, str>,
    part: Part,
    /// By the first digit of the status.
    answers: [AtomicU64; 5],
}

/// How long one part's answers took, to the end of their heads.
#[derive(Debug, Default)]
struct Waits {
    /// Each answer in the first bucket that holds it; not summed up yet.
    buckets: [AtomicU64; BOUNDS.len()],
    longer: AtomicU64,
    nanoseconds: AtomicU64,
}

/// The waits of one part, as a histogram.
#[derive(Clone, Debug)]
pub struct Histogram {
    /// How many took at most as long as each of [`BOUNDS`].
    pub at_most: [u64; BOUNDS.len()],
    /// How many there were.
    pub count: u64,
    /// Seconds of all of them.
    pub sum: f64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self::of(&Routes::default())
    }
}

impl Traffic {
    /// Ready to count these routes.
    #[must_use]
    pub fn of(routes: &Routes) -> Self {
        let counted =
            |route: Cow<'static, str>, part| Counted { route, part, answers: Default::default() };
        let none = counted("none".into(), Part::None);
        let known = routes.paths().map(|path| counted(path.clone(), Part::of(path)));
        let routes = std::iter::once(none).chain(known).collect();
        Self { routes, waits: Default::default(), open: Arc::default() }
    }

    /// Where the connections that are open now are counted.
    #[must_use]
    pub fn open(&self) -> &Arc<AtomicUsize> {
        &self.open
    }

    /// One more answer.
    pub(super) fn note(&self, place: usize, status: u16, took: Duration) {
        let counted = self.routes.get(place).unwrap_or(&self.routes[NO_ROUTE]);
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        counted.answers[class].fetch_add(1, Ordering::Relaxed);
        let waits = &self.waits[counted.part as usize];
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound);
        let bucket = bucket.map_or(&waits.longer, |at| &waits.buckets[at]);
        bucket.fetch_add(1, Ordering::Relaxed);
        waits.nanoseconds.fetch_add(took.as_nanos() as u64, Ordering::Relaxed);
    }

    /// The pattern of a route, which holds nothing of what was asked for.
    pub(super) fn pattern(&self, place: usize) -> &str {
        self.routes.get(place).map_or("none", |counted| &counted.route)
    }

    /// Part, route, class of status and count, of all that has been answered.
    pub fn answers(&self) -> impl Iterator<Item = (Part, &str, usize, u64)> {
        self.routes.iter().flat_map(|counted| {
            let answers = counted.answers.iter().enumerate();
            answers.filter_map(|(class, count)| {
                let count = count.load(Ordering::Relaxed);
                (count > 0).then_some((counted.part, &*counted.route, class + 1, count))
            })
        })
    }

    /// How long this part's answers took.
    #[must_use]
    pub fn waits(&self, part: Part) -> Histogram {
        let waits = &self.waits[part as usize];
        let mut count = 0;
        let at_most = std::array::from_fn(|at| {
            count += waits.buckets[at].load(Ordering::Relaxed);
            count
        });
        count += waits.longer.load(Ordering::Relaxed);
        let sum = Duration::from_nanos(waits.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        Histogram { at_most, count, sum }
    }
}

/// Says that the route at this place answers the request of this task.
pub(super) fn answered_by(place: usize) {
    // Outside of `noting`, nobody counts.
    let _ = ANSWERED_BY.try_with(|answered_by| answered_by.set(place));
}

/// What `answer` gives, and the place of the route that gave it.
pub(super) async fn noting<T>(answer: impl Future<Output = T>) -> (T, usize) {
    let answered = async {
        let answer = answer.await;
        (answer, ANSWERED_BY.with(Cell::get))
    };
    ANSWERED_BY.scope(Cell::new(NO_ROUTE), answered).await
}

#[cfg(test)]
mod tests {
    use poem::handler;

    use super::*;

    #[handler]
    fn page() -> &'static str {
        "page"
    }

    fn traffic() -> Traffic {
        let routes = Routes::default()
            .get("/console", page)
            .get("/p/:client", page)
            .get("/login", page)
            .post("/login", page)
            .get("/brand/:file", page);
        Traffic::of(&routes)
    }

    #[test]
    fn each_answer_is_counted_for_its_route_and_its_audience() {
        let traffic = traffic();
        let place = |route| (0..9).find(|at| traffic.pattern(*at) == route).unwrap();
        traffic.note(place("/login"), 200, Duration::from_micros(900));
        traffic.note(place("/login"), 422, Duration::from_millis(30));
        traffic.note(place("/p/:client"), 303, Duration::from_mins(1));
        traffic.note(NO_ROUTE, 404, Duration::ZERO);
        traffic.note(usize::MAX, 99, Duration::MAX);
        let mut answers: Vec<_> = traffic.answers().collect();
        answers.retain(|(part, ..)| *part != Part::None);
        assert!(answers.contains(&(Part::Guest, "/login", 2, 1)), "{answers:?}");
        assert!(answers.contains(&(Part::Guest, "/login", 4, 1)), "{answers:?}");
        assert!(answers.contains(&(Part::Portal, "/p/:client", 3, 1)), "{answers:?}");
        let guest = traffic.waits(Part::Guest);
        assert_eq!((guest.at_most[0], guest.at_most[5], guest.count), (1, 2, 2));
        let portal = traffic.waits(Part::Portal);
        assert_eq!((portal.at_most[BOUNDS.len() - 1], portal.count), (0, 1));
        assert!((portal.sum - 60.0).abs() < 0.001);
    }

    #[tokio::test]
    async fn the_route_that_answers_is_known_afterwards() {
        let answered = noting(async {
            answered_by(3);
            "yes"
        });
        assert_eq!(answered.await, ("yes", 3));
        assert_eq!(noting(async {}).await, ((), NO_ROUTE));
        answered_by(7);
    }
}
