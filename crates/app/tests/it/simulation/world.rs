//! The world of one seed: what outlives the process (disk, vendors, true time), and the lives of the process in it.

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, OnceLock},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};
use updraft_app::{
    App, Config,
    catalog::Content,
    connections::ConnectionDraft,
    setup::Drivers,
    simulation::{self, Came, Coming, Disk, StoreDefect, Wire, Writer, clock},
    sources::SourceDraft,
};
use updraft_connector::{Request, Response};
use updraft_model::{AlertId, Permission, RunId, Severity, TenantId, connections::Pace};
use updraft_testkit::sim::{
    Dice,
    content::CONNECTOR,
    crash::{self, Moment},
    vendors::{Asked, Mood, Outcome, Said, Vendors},
};

use super::granted;

/// When every world begins, milliseconds since 1970.
const T0_MS: u64 = 1_800_000_000_000;
/// A life in which nothing comes to an end for so long is stuck, milliseconds.
const LIFE_MS_MAX: u64 = 12 * 3_600_000;
/// How often it is looked whether everything has come to rest.
const LOOK_EVERY: Duration = Duration::from_secs(7);
/// The connections; all of them have an opinion.
const CONNECTIONS: [&str; 3] = ["main", "second", "third"];

/// An alert on its way into the application.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What it says.
    pub text: String,
    /// When it is handed in first, milliseconds of the world.
    pub at_ms: u64,
    /// The identifier that was answered.
    pub accepted: Option<AlertId>,
}

/// What happens from outside.
#[derive(Debug, Clone)]
pub struct Course {
    /// The alerts.
    pub deliveries: Vec<Delivery>,
    /// When somebody stops all runs, if somebody does, milliseconds of the world.
    pub cancel_at_ms: Option<u64>,
}

/// What outlives the process.
#[derive(Debug)]
struct Lasting {
    vendors: Vendors,
    plan: crash::Plan,
    course: Course,
    /// True time at the start of this life.
    born_ms: u64,
    /// How far the process's clock is off.
    off_ms: i64,
    dice: Dice,
    dead: bool,
    /// Runs whose stop was acknowledged.
    cancelled: Vec<RunId>,
    /// What went wrong, and how often.
    went_wrong: BTreeMap<String, u64>,
}

impl Lasting {
    fn count(&mut self, what: impl Into<String>) {
        *self.went_wrong.entry(what.into()).or_default() += 1;
    }
}

/// What was logged as an error: something that a person must act on.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

struct Message<'a>(&'a mut String);

impl tracing::field::Visit for Message<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        use std::fmt::Write;
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::ERROR
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = String::new();
        event.record(&mut Message(&mut text));
        self.0.lock().push(text);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

/// The world.
#[derive(Debug, Clone)]
pub struct World {
    lasting: Arc<Mutex<Lasting>>,
    died: Arc<Notify>,
    pub disk: Disk,
    content: Arc<Content>,
    defect: Option<StoreDefect>,
    log: Log,
    /// How often the process was started.
    pub lives: u32,
}

/// How a life ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Crashed,
    Rested,
    Stuck(String),
}

/// The clock and the chance of a life.
struct Steering {
    lasting: Arc<Mutex<Lasting>>,
    born: Instant,
}

impl clock::Steering for Steering {
    fn micros(&self) -> i64 {
        let lasting = self.lasting.lock();
        let elapsed = i64::try_from(self.born.elapsed().as_micros()).unwrap();
        let start = i64::try_from(T0_MS + lasting.born_ms).unwrap() + lasting.off_ms;
        start * 1_000 + elapsed
    }
    fn fill(&self, bytes: &mut [u8]) {
        let mut lasting = self.lasting.lock();
        for piece in bytes.chunks_mut(8) {
            piece.copy_from_slice(&lasting.dice.next().to_le_bytes()[..piece.len()]);
        }
    }
}

/// The wire of a life.
#[derive(Debug)]
struct Line {
    world: World,
    born: Instant,
}

impl Wire for Line {
    fn send<'a>(&'a self, request: &'a Request) -> Coming<'a> {
        Box::pin(async move {
            if self.world.dies(Moment::BeforeSend) {
                return std::future::pending().await;
            }
            let outcome = {
                let mut lasting = self.world.lasting.lock();
                let now_ms = lasting.born_ms + self.born.elapsed().as_millis() as u64;
                lasting.vendors.send(now_ms, asked(request))
            };
            if self.world.dies(Moment::AfterSend) {
                return std::future::pending().await;
            }
            let (after, came) = match outcome {
                Outcome::Answer(said, after) => (after, Came::Answer(response(said))),
                Outcome::NotReached(after) => (after, Came::NotReached),
                Outcome::Broke(after) => (after, Came::Broke),
                Outcome::Silence => return std::future::pending().await,
            };
            tokio::time::sleep(Duration::from_millis(after)).await;
            if self.world.dies(Moment::OnArrival) {
                return std::future::pending().await;
            }
            came
        })
    }
}

fn asked(request: &Request) -> Asked {
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let value = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
    };
    let number = |text: String| text.parse().ok();
    // An opinion about 192.0.2.7 is one about 7.
    let last = |ip: String| ip.rsplit('.').next().and_then(|part| part.parse().ok());
    Asked {
        action: path.rsplit('/').next().unwrap().to_owned(),
        key: value("key").unwrap_or_default(),
        n: value("n")
            .and_then(number)
            .or_else(|| value("ip").and_then(last))
            .unwrap_or(0),
    }
}

fn response(said: Said) -> Response {
    match said {
        Said::Number(n) => Response::new(200, format!("{{\"n\": {n}}}").into_bytes()),
        Said::Status(status) => Response::new(status, b"{}".to_vec()),
        Said::Garbage => Response::new(200, b"<html>".to_vec()),
    }
}

/// Content, and a disk as an installation with its connections leaves it.
fn installed() -> Disk {
    static INSTALLED: OnceLock<Disk> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| {
        let disk = Disk::empty().unwrap();
        let content = super::content::library(Vec::new());
        let mut world = World::new(
            disk,
            content,
            Course::nothing(),
            Mood::Calm,
            crash::Plan::none(),
            0,
            None,
        );
        world.life(async |app, _| {
            let writer = granted(Permission::ConfigWrite);
            let source = SourceDraft {
                name: "siem".into(),
                mapping: "auto".into(),
                default_severity: Severity::Medium,
                enabled: true,
            };
            app.create_source(&writer, source).await.unwrap();
            for name in CONNECTIONS {
                let draft = ConnectionDraft {
                    name: Some(name.into()),
                    pace: Some(Pace {
                        concurrent: Some(64),
                        ..Pace::default()
                    }),
                    ..ConnectionDraft::default()
                };
                let made = app
                    .create_connection(&writer, CONNECTOR, draft)
                    .await
                    .unwrap();
                assert_eq!(made.problem, None);
            }
            End::Rested
        });
        world.disk
    });
    installed.copy().unwrap()
}

impl Course {
    /// Nothing happens.
    pub fn nothing() -> Self {
        Self {
            deliveries: Vec::new(),
            cancel_at_ms: None,
        }
    }
}

impl World {
    fn new(
        disk: Disk,
        content: Arc<Content>,
        course: Course,
        mood: Mood,
        plan: crash::Plan,
        seed: u64,
        defect: Option<StoreDefect>,
    ) -> Self {
        let lasting = Lasting {
            vendors: Vendors::new(seed ^ 0x7e4d, mood),
            plan,
            course,
            born_ms: 0,
            off_ms: 0,
            dice: Dice(seed ^ 0x0d1ce),
            dead: false,
            cancelled: Vec::new(),
            went_wrong: BTreeMap::new(),
        };
        Self {
            lasting: Arc::new(Mutex::new(lasting)),
            died: Arc::default(),
            disk,
            content,
            defect,
            log: Log::default(),
            lives: 0,
        }
    }

    /// A world with an installation in it that has never received anything.
    pub fn installed(
        content: Arc<Content>,
        course: Course,
        mood: Mood,
        plan: crash::Plan,
        seed: u64,
        defect: Option<StoreDefect>,
    ) -> Self {
        Self::new(installed(), content, course, mood, plan, seed, defect)
    }

    /// Life after life, until everything that came in has come to its end.
    pub fn play(&mut self) {
        loop {
            let world = self.clone();
            let end = self.life(async move |app, drivers| {
                drivers.start().await.unwrap();
                world.watch(app).await
            });
            match end {
                End::Rested => return,
                End::Crashed => self.crashed(),
                End::Stuck(why) => panic!("nothing comes to an end any more: {why}"),
            }
        }
    }

    /// Looks at what is there without letting anything work.
    pub fn look<T: 'static>(&mut self, look: impl AsyncFnOnce(&App) -> T) -> T {
        let mut found = None;
        self.life(async |app, _| {
            found = Some(look(&app).await);
            End::Rested
        });
        found.unwrap()
    }

    /// What the vendors did, everything sent having arrived.
    pub fn vendors<T>(&self, look: impl FnOnce(&Vendors) -> T) -> T {
        let mut lasting = self.lasting.lock();
        lasting.vendors.settle();
        look(&lasting.vendors)
    }

    /// The alerts, with what was answered.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.lasting.lock().course.deliveries.clone()
    }

    /// What went wrong, and how often.
    pub fn went_wrong(&self) -> BTreeMap<String, u64> {
        self.lasting.lock().went_wrong.clone()
    }

    /// What was logged as an error.
    pub fn errors(&self) -> Vec<String> {
        self.log.0.lock().clone()
    }

    /// Runs whose stop was acknowledged.
    pub fn cancelled(&self) -> Vec<RunId> {
        self.lasting.lock().cancelled.clone()
    }

    /// One life of the process: from its start to its end.
    fn life(&mut self, work: impl AsyncFnOnce(App, Drivers) -> End) -> End {
        self.lives += 1;
        self.lasting.lock().dead = false;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let _logged = tracing::subscriber::set_default(self.log.clone());
        let (end, lived_ms) = runtime.block_on(async {
            let born = Instant::now();
            let _steered = clock::steer(Rc::new(Steering {
                lasting: self.lasting.clone(),
                born,
            }));
            let wire = Line {
                world: self.clone(),
                born,
            };
            let config = Config {
                own: Vec::new(),
                ..Config::default()
            };
            let opened = simulation::open(
                config,
                &self.disk,
                self.defect,
                Arc::new(wire),
                self.content.clone(),
            );
            let (app, drivers, writer) = opened.await.unwrap();
            tokio::spawn(self.clone().write(writer));
            let end = tokio::select! {
                biased;
                () = self.died.notified() => End::Crashed,
                end = work(app, drivers) => end,
            };
            (end, born.elapsed().as_millis() as u64)
        });
        drop(runtime);
        self.lasting.lock().born_ms += lived_ms;
        end
    }

    fn crashed(&self) {
        self.disk.crash().unwrap();
        let mut lasting = self.lasting.lock();
        lasting.born_ms += lasting.plan.pause_ms();
    }

    /// Whether the process is dead, having died at this moment if need be.
    fn dies(&self, moment: Moment) -> bool {
        let mut lasting = self.lasting.lock();
        if !lasting.dead && lasting.plan.dies(moment) {
            lasting.dead = true;
            lasting.count(format!("died {moment:?}"));
            self.died.notify_one();
        }
        lasting.dead
    }

    /// Whether the disk is full at this moment.
    fn refuses(&self) -> bool {
        let mut lasting = self.lasting.lock();
        let refuses = lasting.plan.refuses();
        if refuses {
            lasting.count("disk full");
        }
        refuses
    }

    /// The store's writer: commits when the disk is ready.
    async fn write(self, mut writer: Writer) {
        loop {
            writer.arrived().await;
            let spin_up = self.lasting.lock().dice.roll(4);
            if writer.answers_first() {
                writer.promise();
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            if spin_up > 0 {
                tokio::time::sleep(Duration::from_millis(spin_up)).await;
            }
            if self.refuses() {
                writer.refuse();
                continue;
            }
            if self.dies(Moment::BeforeCommit) {
                return std::future::pending().await;
            }
            writer.commit().unwrap();
            if self.dies(Moment::AfterCommit) {
                return std::future::pending().await;
            }
            writer.answer();
            if self.dies(Moment::AfterAnswer) {
                return std::future::pending().await;
            }
        }
    }

    /// Hands in what is to be handed in, and waits until all of it has come to its end.
    async fn watch(&self, app: App) -> End {
        let born = Instant::now();
        for index in 0..self.deliveries().len() {
            tokio::spawn(self.clone().deliver(app.clone(), index, born));
        }
        tokio::spawn(self.clone().jump());
        let cancel_at_ms = self.lasting.lock().course.cancel_at_ms;
        if let Some(at_ms) = cancel_at_ms {
            tokio::spawn(self.clone().cancel(app.clone(), at_ms, born));
        }
        let last_ms = u64::try_from(Duration::from_millis(LIFE_MS_MAX).as_millis()).unwrap();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let unfinished = app.store().unfinished_runs().await.unwrap();
            let waiting = app.store().driver_inbox(1).await.unwrap();
            let pending = self.deliveries().iter().any(|one| one.accepted.is_none());
            if !pending && unfinished.is_empty() && waiting.is_empty() {
                let queues = app.queue_lengths();
                assert_eq!(queues, (0, 0), "a place is taken though nothing works");
                return End::Rested;
            }
            if born.elapsed().as_millis() as u64 > last_ms {
                return End::Stuck(format!(
                    "alerts: {waiting:?}, not handed in: {pending}, runs: {unfinished:#?}"
                ));
            }
        }
    }

    /// Somebody sets the clock while everything is at work.
    async fn jump(self) {
        loop {
            let jump = self.lasting.lock().plan.jump();
            let Some((after, far)) = jump else { return };
            tokio::time::sleep(Duration::from_millis(after)).await;
            let mut lasting = self.lasting.lock();
            lasting.off_ms += far;
            lasting.count(if far < 0 { "clock back" } else { "clock ahead" });
        }
    }

    async fn until(&self, at_ms: u64, born: Instant) {
        let now_ms = self.lasting.lock().born_ms + born.elapsed().as_millis() as u64;
        tokio::time::sleep(Duration::from_millis(at_ms.saturating_sub(now_ms))).await;
    }

    /// A sender hands its alert in until it is acknowledged.
    async fn deliver(self, app: App, index: usize, born: Instant) {
        let delivery = self.deliveries()[index].clone();
        if delivery.accepted.is_some() {
            return;
        }
        self.until(delivery.at_ms, born).await;
        let source = app.source_by_name(TenantId::DEFAULT, "siem").unwrap();
        let submit = granted(Permission::AlertSubmit);
        loop {
            let text = delivery.text.as_bytes();
            if let Ok(receipt) = app.receive(&submit, &source, "text/plain", text).await {
                let mut lasting = self.lasting.lock();
                lasting.course.deliveries[index].accepted = receipt.accepted.first().copied();
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Somebody stops everything that is under way.
    async fn cancel(self, app: App, at_ms: u64, born: Instant) {
        self.until(at_ms, born).await;
        for run in app.store().unfinished_runs().await.unwrap() {
            let stopped = app
                .cancel_run(&granted(Permission::CaseWrite), run.id, "a drill")
                .await;
            if stopped.is_ok() {
                self.lasting.lock().cancelled.push(run.id);
            }
        }
    }
}
