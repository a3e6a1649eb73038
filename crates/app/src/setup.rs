//! Opening the application: store, keys, content, first account, and the drivers that work behind it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::sync::{Notify, mpsc};
use updraft_egress::Egress;
use updraft_intel::{ExclusionList, Exclusions, Observer};
use updraft_model::{
    Actor, AuditEntry, Diagnostic, Granted, Permission, Role, RunState, Severity, TaskChange,
    TaskState, TenantId, TimelineEntry, UserId, users::User,
};
use updraft_store::{Op, SqliteOptions, Store, Tx};

use crate::{
    App, Config, Error,
    accounts::{hash_password, one_time_password},
    app::Inner,
    catalog::{Configured, Content},
    clock,
    error::Result,
    inbox::Swept,
    new_id,
    runs::{End, Scheduler, Waiting},
    secrets::Keyring,
};

/// Arrivals that wait in memory between intake and admission.
const INBOX_MAX: usize = 20_000;
/// Alerts that are normalised and admitted side by side.
const ADMITTERS: usize = 64;
/// Retry pause of a run that could not go on, first and longest.
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(30);
/// Failures, other than of the store, after which a run is ended.
const CARRY_FAILURES_MAX: u32 = 8;
/// The administrator's name on a fresh installation.
pub const FIRST_ADMIN: &str = "admin";

/// Where the state lives and where content comes from.
#[derive(Debug, Clone)]
pub struct Opening {
    /// How the application is set up.
    pub config: Config,
    /// `postgres://…`, or `None` for SQLite in the data folder.
    pub database: Option<String>,
    /// A folder whose content overlays the built-in one.
    pub content: Option<PathBuf>,
    /// The text of `UPDRAFT_KEY`, if set.
    pub key: Option<String>,
    /// What connections may reach, and through what.
    pub outside: Outside,
}

/// What connections may reach, and through what.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// Private networks or hosts that every connection may reach.
    pub allow_private: Vec<String>,
    /// The proxy for everything that goes out.
    pub proxy: Option<String>,
}

/// What an application is made of.
pub(crate) struct Parts {
    pub config: Config,
    pub store: Store,
    pub egress: Egress,
    pub keyring: Keyring,
}

/// What the first start made.
#[derive(Debug, Default)]
pub struct FirstStart {
    /// The administrator's one-time password, on the very first start only.
    pub admin_password: Option<String>,
    /// What is wrong with the content; the rest of it works.
    pub content_problems: Vec<Diagnostic>,
}

impl App {
    /// Opens the store, reads the content and makes the first account if there is none. No driver runs yet.
    ///
    /// # Errors
    /// Anything that makes it impossible to start, in words.
    pub async fn open(opening: Opening) -> Result<(App, Drivers, FirstStart)> {
        let Opening {
            config,
            database,
            content,
            key,
            outside,
        } = opening;
        let data = config.data.clone();
        std::fs::create_dir_all(&data).map_err(|error| {
            Error::Internal(format!(
                "the data folder {} cannot be made: {error}",
                data.display()
            ))
        })?;
        keep_private(&data)?;
        let keyring = Keyring::load(key.as_deref(), &data.join("key"))?;
        let store = match &database {
            Some(url) => {
                Store::open_postgres(url, updraft_store::PostgresOptions::default()).await?
            }
            None => Store::open_sqlite(&data, SqliteOptions::default()).await?,
        };
        let (content, content_problems) = read_content(content.as_deref())?;
        let options = updraft_egress::Options {
            allow_private: outside.allow_private,
            proxy: outside.proxy,
            ..updraft_egress::Options::default()
        };
        let egress = Egress::new(options).map_err(|error| Error::Internal(error.to_string()))?;
        let (app, drivers) = App::assemble(Parts {
            config,
            store,
            egress,
            keyring,
        });
        app.load_configuration(Arc::new(content)).await?;
        app.load_live_playbooks().await?;
        app.load_playbook_inputs(TenantId::DEFAULT).await?;
        let admin_password = app.first_admin().await?;
        Ok((
            app,
            drivers,
            FirstStart {
                admin_password,
                content_problems,
            },
        ))
    }

    /// Puts the parts together; nothing is read yet and nothing works.
    pub(crate) fn assemble(parts: Parts) -> (App, Drivers) {
        let Parts {
            config,
            store,
            egress,
            keyring,
        } = parts;
        let own = ExclusionList {
            name: "own".into(),
            entries: config.own.clone(),
        };
        let (inbox, arrivals) = mpsc::channel(INBOX_MAX);
        let app = App(Arc::new(Inner {
            config,
            store,
            egress,
            catalog: Default::default(),
            sources: Default::default(),
            plans: Default::default(),
            playbook_inputs: Default::default(),
            test_cache: Default::default(),
            playbook_turn: Default::default(),
            pull_turn: Default::default(),
            pulled_at: Default::default(),
            mailbox: Default::default(),
            trials: Default::default(),
            background: Default::default(),
            keyring: parking_lot::RwLock::new(Arc::new(keyring)),
            events: Default::default(),
            observer: Observer::new(Vec::new()),
            exclusions: Exclusions::with(&[own, updraft_ingest::reference_list()]),
            rules: updraft_cases::Rules::standard(),
            inbox,
            inbox_missed: Notify::new(),
            key_locks: Default::default(),
            case_locks: Default::default(),
            effect_locks: Default::default(),
            wish_locks: Default::default(),
            scheduler: Scheduler::default(),
            tables: Default::default(),
            decisions: Default::default(),
            schedules: Default::default(),
            sign_ins: Default::default(),
            settings_turn: Default::default(),
            meters: Default::default(),
            local_token: format!("upl_{}", crate::secrets::hex(&clock::random_bytes::<24>())),
            stopping: AtomicBool::new(false),
            stop: Notify::new(),
        }));
        let drivers = Drivers {
            app: app.clone(),
            arrivals,
        };
        (app, drivers)
    }

    pub(crate) async fn load_configuration(&self, content: Arc<Content>) -> Result<()> {
        let store = &self.0.store;
        let mut configured = Vec::new();
        let driver = App::driver(TenantId::DEFAULT);
        for updraft_store::SealedConnection { connection, sealed } in
            store.connections(&driver).await?
        {
            let keyring = self.0.keyring.read().clone();
            let secrets = match sealed {
                Some(sealed) => keyring.open(&crate::connections::place(connection.id), &sealed)?,
                None => BTreeMap::new(),
            };
            configured.push(Configured {
                connection,
                secrets,
            });
        }
        self.catalog().replace(content, configured);
        self.0.sources.replace(store.sources(&driver).await?);
        Ok(())
    }

    async fn first_admin(&self) -> Result<Option<String>> {
        let tenant = TenantId::DEFAULT;
        let granted = Granted::system(tenant, "setup", Permission::UserRead);
        if !self.0.store.users(&granted).await?.is_empty() {
            return Ok(None);
        }
        let password = one_time_password();
        let now = clock::now();
        let user = User {
            id: new_id!(UserId),
            tenant,
            name: FIRST_ADMIN.into(),
            role: Role::Admin,
            must_change_password: true,
            enabled: true,
            created_at: now,
        };
        let password_hash = Some(hash_password(&password)?);
        let tx = Tx::new(tenant)
            .priority(Severity::High)
            .with(Op::PutUser {
                user,
                password_hash,
            })
            .with(Op::Audit(AuditEntry {
                tenant,
                at: now,
                actor: Actor::system("setup"),
                action: "user.create".into(),
                object: FIRST_ADMIN.into(),
                detail: json!({ "role": Role::Admin }),
            }));
        self.0.store.commit(tx).await?;
        Ok(Some(password))
    }

    /// A token of this process, for the commands of its own machine.
    pub fn local_token(&self) -> String {
        self.0.local_token.clone()
    }

    /// Writes what is waiting and closes the store.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    /// Asks everything to come to rest: no new alerts are taken, runs stop at their next durable point.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
        self.0.stop.notify_waiters();
        self.0.scheduler.nudge();
    }
}

/// The data folder holds cases and the key: it is its owner's alone.
fn keep_private(data: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700)).map_err(|error| {
        let place = data.display();
        Error::Internal(format!(
            "the data folder {place} cannot be made private: {error}"
        ))
    })
}

/// Reads the built-in content and, over it, a folder.
///
/// # Errors
/// The folder cannot be read.
pub fn read_content(folder: Option<&Path>) -> Result<(Content, Vec<Diagnostic>)> {
    let mut files = updraft_content::embedded();
    if let Some(folder) = folder {
        let unreadable = |error: std::io::Error| {
            Error::Internal(format!(
                "the content folder {} cannot be read: {error}",
                folder.display()
            ))
        };
        let mut over = BTreeMap::new();
        read_folder(folder, folder, &mut over).map_err(unreadable)?;
        files = updraft_content::overlay(files, over);
    }
    let (library, diagnostics) = updraft_content::load(&files);
    Ok((Content::new(library, &files), diagnostics))
}

/// Reads a folder as a map from relative path to bytes, with bounds on depth and size.
///
/// # Errors
/// Whatever the file system says.
pub fn read_folder(
    root: &Path,
    folder: &Path,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> std::io::Result<()> {
    const FILE_BYTES_MAX: u64 = 8 << 20;
    const FILES_MAX: usize = 50_000;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            read_folder(root, &path, files)?;
        } else if kind.is_file() && files.len() < FILES_MAX {
            if entry.metadata()?.len() > FILE_BYTES_MAX {
                tracing::warn!(file = %path.display(), "Content file `{}` is left out: it is larger than 8 MiB", path.display());
                continue;
            }
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(name, std::fs::read(&path)?);
        }
    }
    Ok(())
}

/// The work behind the application, to be started once.
#[derive(Debug)]
pub struct Drivers {
    app: App,
    arrivals: mpsc::Receiver<crate::inbox::Arrival>,
}

impl Drivers {
    /// Brings unfinished work back and starts all drivers. Returns at once.
    ///
    /// # Errors
    /// [`Error::Store`] when the unfinished work cannot be read.
    pub async fn start(self) -> Result<()> {
        let Drivers { app, arrivals } = self;
        app.recover_mailbox().await?;
        app.recover_runs().await?;
        let arrivals = Arc::new(tokio::sync::Mutex::new(arrivals));
        for _ in 0..ADMITTERS {
            tokio::spawn(app.clone().drive_inbox(arrivals.clone()));
        }
        tokio::spawn(drive_sweeps(app.clone()));
        tokio::spawn(drive_runs(app.clone()));
        tokio::spawn(drive_sleepers(app.clone()));
        tokio::spawn(crate::trials::drive_backtests(app.clone()));
        tokio::spawn(crate::paths::drive_paths(app.clone()));
        tokio::spawn(crate::playbooks::repository::drive(app.clone()));
        tokio::spawn(crate::schedules::drive_schedules(app.clone()));
        tokio::spawn(crate::upkeep::drive_retention(app));
        Ok(())
    }
}

/// True for failures that pass when the disk or the database does its work again.
fn waits_for_the_store(error: &Error) -> bool {
    use updraft_store::Error as Store;
    matches!(
        error,
        Error::Store(
            Store::Full { .. }
                | Store::Io { .. }
                | Store::Unreachable { .. }
                | Store::OutcomeUnknown { .. }
                | Store::Busy { .. }
                | Store::Closed
                | Store::TooSlow { .. }
        )
    )
}

/// Brings alerts back that are stored but not in memory, part by part.
async fn drive_sweeps(app: App) {
    loop {
        match app.sweep_inbox().await {
            Ok(Swept::Everything) => {}
            Ok(Swept::Part) if !app.is_stopping() => {
                app.inbox_is_empty().await;
                continue;
            }
            Ok(Swept::Part) => return,
            Err(error) => tracing::error!(error = %error, "The inbox cannot be read"),
        }
        // Alerts in memory are also in the store until they are admitted; wait until they had time to be.
        tokio::select! {
            biased;
            () = app.0.inbox_missed.notified() => tokio::time::sleep(Duration::from_secs(3)).await,
            () = tokio::time::sleep(Duration::from_secs(30)) => {}
            () = app.0.stop.notified() => return,
        }
        if app.is_stopping() {
            return;
        }
    }
}

/// Gives free places to the runs that wait for one.
async fn drive_runs(app: App) {
    loop {
        while !app.is_stopping()
            && let Some(waiting) = app.0.scheduler.take(app.config().runs_active_max)
        {
            tokio::spawn(app.clone().carry(waiting));
        }
        tokio::select! {
            biased;
            () = app.0.scheduler.changed() => {}
            () = app.0.stop.notified() => return,
        }
    }
}

/// Wakes runs whose time has come.
async fn drive_sleepers(app: App) {
    loop {
        if let Err(error) = app.look_ahead(clock::now()).await {
            tracing::error!(error = %error, "Sleeping runs cannot be read; they are tried again");
        }
        let next = app.0.scheduler.wake(clock::now());
        app.0.scheduler.nudge();
        let pause = next.map_or(1_000, |at| at.millis_since(clock::now()).clamp(1, 1_000));
        tokio::select! {
            biased;
            () = tokio::time::sleep(Duration::from_millis(pause as u64)) => {}
            () = app.0.stop.notified() => return,
        }
    }
}

impl App {
    async fn recover_runs(&self) -> Result<()> {
        let asleep = self.recover_sleepers().await?;
        let runs = self.0.store.working_runs().await?;
        let count = runs.len() + asleep;
        for run in runs {
            if run.watches {
                self.0.mailbox.watch(run.id, run.case);
            }
            self.0.scheduler.submit(Waiting::of(&run));
        }
        for run in self.0.mailbox.unread() {
            self.0.scheduler.rouse(run);
        }
        if count > 0 {
            tracing::info!(run.count = count, "Taking up {count} unfinished runs");
        }
        Ok(())
    }

    /// Carries one run until it is over or sleeps; begins again from its journal after a failure. A disk that
    /// is full is waited for; a run that fails again and again for another reason is ended as failed.
    async fn carry(self, waiting: Waiting) {
        let mut pause = RETRY_FIRST;
        let mut failures = 0;
        loop {
            let error = match self.carry_once(&waiting).await {
                Ok(End::Over) => {
                    self.0.mailbox.forget(waiting.run, waiting.case);
                    return self.0.scheduler.finished(&waiting);
                }
                Ok(End::Asleep { until, aside }) => {
                    let run = waiting.run;
                    self.0.scheduler.asleep(&waiting, until, aside);
                    // Wanted while it was being put to sleep.
                    if self.0.mailbox.has_mail(run) {
                        self.0.scheduler.rouse(run);
                    }
                    return;
                }
                Ok(End::Stopped) => return,
                Err(error) => error,
            };
            let id = waiting.run;
            tracing::error!(run.id = %id, error = %error, "Run `{id}` could not go on and begins again from its journal");
            failures += u32::from(!waits_for_the_store(&error));
            if failures >= CARRY_FAILURES_MAX {
                match self.give_up(&waiting, &error).await {
                    Ok(()) => {
                        self.0.mailbox.forget(waiting.run, waiting.case);
                        return self.0.scheduler.finished(&waiting);
                    }
                    Err(error) => {
                        tracing::error!(run.id = %id, error = %error, "Run `{id}` could not even be ended");
                    }
                }
            }
            // What it had read and not written down is read again.
            self.0.mailbox.mark(id);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(RETRY_MAX);
            if self.is_stopping() {
                return;
            }
        }
    }

    /// Ends a run that cannot be carried on, so that nothing hangs and a person sees why.
    async fn give_up(&self, waiting: &Waiting, error: &Error) -> Result<()> {
        let driver = App::driver(waiting.tenant);
        let Some(mut run) = self.0.store.run(&driver, waiting.run).await? else {
            return Ok(());
        };
        let _turn = self.0.case_locks.lock(&waiting.case).await;
        let now = clock::now();
        run.state = RunState::Failed;
        run.ended_at = Some(now);
        run.wake_at = None;
        run.error = format!("the run could not be carried on: {error}");
        let mut tx = Tx::new(waiting.tenant).priority(Severity::High);
        if let Some(mut case) = self.0.store.case(&driver, waiting.case).await? {
            let expected_version = case.version;
            updraft_cases::close_after_failure(&mut case, &run.error, now);
            tx.ops.push(Op::UpdateCase {
                case: Box::new(case),
                expected_version,
            });
        }
        let actor = Actor::system("runs");
        let text = run.error.clone();
        let data = json!({ "run": run.id });
        let entry = TimelineEntry {
            at: now,
            kind: "run_finished".into(),
            actor,
            text,
            data,
        };
        tx.ops.push(Op::Timeline {
            case: waiting.case,
            entry,
        });
        let started = match self.0.store.case(&driver, waiting.case).await? {
            Some(case) => {
                let fired = self.fire_end(&run, &case, &serde_json::Value::Null)?;
                fired.add_to(self, &mut tx)?
            }
            None => Vec::new(),
        };
        tx.ops.push(Op::UpdateRun(Box::new(run)));
        tx.ops.push(Op::ForgetWishes { run: waiting.run });
        tx.ops.push(Op::CloseTasks {
            run: waiting.run,
            change: TaskChange::Closed {
                state: TaskState::Withdrawn,
                at: now,
            },
        });
        self.0.store.commit(tx).await?;
        self.queue_runs(&started);
        Ok(())
    }

    async fn carry_once(&self, waiting: &Waiting) -> Result<End> {
        match crate::runs::Actor::load(self.clone(), waiting).await? {
            Some(actor) => actor.work().await,
            None => Ok(End::Over),
        }
    }
}
