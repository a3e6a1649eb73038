//! Three providers that know every address as malicious, and a Jira that notes when a ticket arrives.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::sync::Semaphore;
use updraft_testkit::vendor::{Asked, Jira, Mounts, Reply, Server, Vendor};

/// First address of the alerts: 45.132.0.0; none of them is on a list of well-known services.
const FIRST_ADDRESS: u32 = 0x2d84_0000;
/// How many different addresses there are.
pub const ALERTS_MAX: usize = 2_000_000;

/// The n-th address.
pub fn address(n: usize) -> String {
    let n = u32::try_from(n).unwrap_or(u32::MAX - FIRST_ADDRESS);
    std::net::Ipv4Addr::from(FIRST_ADDRESS + n).to_string()
}

/// When each alert was due and when its ticket arrived, in nanoseconds since the start.
pub struct Clock {
    zero: Instant,
    due: Vec<AtomicU64>,
    arrived: Vec<AtomicU64>,
    /// Tickets so far.
    pub tickets: AtomicUsize,
    /// Tickets that name no alert of ours, or name it again.
    pub strange: AtomicUsize,
    /// Places for alerts under way; a ticket gives one back.
    pub places: Semaphore,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({} tickets)", self.tickets.load(Ordering::Relaxed))
    }
}

impl Clock {
    fn new() -> Self {
        Self {
            zero: Instant::now(),
            due: (0..ALERTS_MAX).map(|_| AtomicU64::new(0)).collect(),
            arrived: (0..ALERTS_MAX).map(|_| AtomicU64::new(0)).collect(),
            tickets: AtomicUsize::new(0),
            strange: AtomicUsize::new(0),
            places: Semaphore::new(0),
        }
    }

    /// The n-th alert is sent now, or was due then.
    pub fn due(&self, n: usize, at: Instant) {
        if let Some(due) = self.due.get(n) {
            due.store(self.nanos(at), Ordering::Relaxed);
        }
    }

    /// Milliseconds from due to ticket of the alerts `from..to`; those without a ticket are left out.
    pub fn latencies(&self, from: usize, to: usize) -> Vec<f64> {
        let times = self.due.iter().zip(&self.arrived);
        times
            .skip(from)
            .take(to - from)
            .map(|(due, arrived)| (due.load(Ordering::Relaxed), arrived.load(Ordering::Relaxed)))
            .filter(|(due, arrived)| *due > 0 && *arrived > 0)
            .map(|(due, arrived)| arrived.saturating_sub(due) as f64 / 1e6)
            .collect()
    }

    fn nanos(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.zero);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX).max(1)
    }

    fn ticket(&self, body: &[u8], at: Instant) {
        self.tickets.fetch_add(1, Ordering::Relaxed);
        self.places.add_permits(1);
        let known = named_in(body).and_then(|n| self.arrived.get(n));
        let first =
            known.is_some_and(|arrived| arrived.swap(self.nanos(at), Ordering::Relaxed) == 0);
        if !first {
            self.strange.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The alert that the first of our addresses in this text belongs to; defanged spellings too.
fn named_in(body: &[u8]) -> Option<usize> {
    let text = body.get(..body.len().min(8_192))?;
    let starts = text.windows(3).enumerate();
    starts
        .filter(|(_, window)| window == b"45." || window == b"45[")
        .find_map(|(at, _)| {
            let rest = text.get(at..(at + 24).min(text.len()))?;
            let plain: String = rest
                .iter()
                .filter(|byte| !b"[]".contains(byte))
                .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
                .map(|byte| char::from(*byte))
                .collect();
            let address: std::net::Ipv4Addr = plain.trim_end_matches('.').parse().ok()?;
            let n = u32::from(address).checked_sub(FIRST_ADDRESS)?;
            usize::try_from(n).ok().filter(|n| *n < ALERTS_MAX)
        })
}

/// The vendors at work.
#[derive(Debug)]
pub struct Vendors {
    /// Their port.
    pub server: Server,
    /// The Jira among them.
    pub jira: Arc<Jira>,
    /// When tickets arrive.
    pub clock: Arc<Clock>,
}

impl Vendors {
    /// Starts all of them on one loopback port.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        let clock = Arc::new(Clock::new());
        let jira = Arc::new(Jira::default());
        let timed = {
            let (clock, jira) = (clock.clone(), jira.clone());
            move |asked: &Asked| {
                if asked.method == "POST" && asked.path().ends_with("/issue") {
                    clock.ticket(&asked.body, Instant::now());
                }
                jira.answer(asked)
            }
        };
        let mounts = Mounts::default()
            .with("/jira", Arc::new(timed))
            .with("/bench_intel", Arc::new(small))
            .with("/virustotal", Arc::new(of_sample(VIRUSTOTAL)))
            .with("/abuseipdb", Arc::new(of_sample(ABUSEIPDB)))
            .with("/greynoise", Arc::new(of_sample(GREYNOISE)));
        let server = Server::start_on(0, threads, Arc::new(mounts))?;
        server.keep_log(false);
        Ok(Self {
            server,
            jira,
            clock,
        })
    }
}

const VIRUSTOTAL: &str =
    include_str!("../../../../../content/connectors/virustotal/samples/lookup_ip/hit.json");
const ABUSEIPDB: &str =
    include_str!("../../../../../content/connectors/abuseipdb/samples/lookup_ip/hit.json");
const GREYNOISE: &str =
    include_str!("../../../../../content/connectors/greynoise/samples/lookup_ip/suspicious.json");

fn of_sample(body: &'static str) -> impl Vendor {
    move |_: &Asked| Reply::text(200, "application/json", body)
}

fn small(asked: &Asked) -> Reply {
    let ip = asked.path().rsplit('/').next().unwrap_or_default();
    let body = format!(
        r#"{{"data":{{"ip":"{ip}","score":97,"reports":214,"last_seen":"2026-11-20T18:22:05Z","country":"NL","asn":"AS64500","owner":"Example Networks","tags":["bruteforce","scanner","ssh"],"categories":[18,22],"first_seen":"2026-02-01T00:00:00Z"}}}}"#
    );
    Reply::text(200, "application/json", &body)
}
