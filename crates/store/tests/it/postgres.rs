//! A real PostgreSQL server for the tests, started by the first that asks and stopped with the program; and what only
//! PostgreSQL can show.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use updraft_model::CaseStatus;
use updraft_store::{CaseFilter, Error, Op, Page, PostgresOptions, Store, Tx};

use crate::builders::{TENANT, audit, case, granted};

const HOW_TO_INSTALL: &str = "The store's tests need a PostgreSQL server (initdb, postgres, pg_isready) in PATH or \
     under /usr/lib/postgresql. On Debian: `apt-get install postgresql`; elsewhere see postgresql.org/download.";
const START_WAIT: Duration = Duration::from_secs(60);

/// Starts the server and stops it when its standard input ends: that is, when the tests are over, however they end.
/// The server refuses to run as root, so root becomes `nobody` for it.
const SCRIPT: &str = r#"
dir=$1 bin=$2
run() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" --clear-groups "$@"
    else "$@"; fi
}
if [ "$(id -u)" = 0 ]; then chown nobody "$dir"; fi
cd "$dir"
run "$bin/initdb" -D "$dir/data" -U updraft -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" || exit 1
run "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=300 \
    -c fsync=off -c shared_buffers=64MB </dev/null >"$dir/server.log" 2>&1 &
read -r _
kill -INT "$(head -n 1 "$dir/data/postmaster.pid")"
wait
rm -rf "$dir"
"#;

struct Server {
    socket_folder: PathBuf,
    // Holds the pipe whose end stops the server.
    _script: Child,
}

fn programs() -> PathBuf {
    let complete = |folder: &Path| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| folder.join(name).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let found = folders.into_iter().find(|folder| complete(folder));
    found.unwrap_or_else(|| panic!("{HOW_TO_INSTALL}"))
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let programs = programs();
        let socket_folder = tempfile::Builder::new()
            .prefix("updraft-pg")
            .tempdir()
            .unwrap()
            .keep();
        let script = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .args([&socket_folder, &programs])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let ready = || {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.arg("-q").arg("-h").arg(&socket_folder);
            ask.status().is_ok_and(|status| status.success())
        };
        while !ready() {
            let log = |name| std::fs::read_to_string(socket_folder.join(name)).unwrap_or_default();
            assert!(
                began.elapsed() < START_WAIT,
                "PostgreSQL did not start: {} {}\n{HOW_TO_INSTALL}",
                log("initdb.log"),
                log("server.log")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Server {
            socket_folder,
            _script: script,
        }
    })
}

fn url_of(database: &str) -> String {
    let folder = server()
        .socket_folder
        .display()
        .to_string()
        .replace('/', "%2F");
    format!("postgres://updraft@{folder}/{database}")
}

/// A client of one database.
pub async fn client(database_url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(database_url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// A new, empty database.
pub async fn database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = client(&url_of("postgres")).await;
    admin
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .unwrap();
    url_of(&name)
}

async fn open(url: &str) -> Store {
    Store::open_postgres(url, PostgresOptions::default())
        .await
        .unwrap()
}

#[tokio::test]
async fn two_programs_on_one_database_never_give_a_number_twice() {
    let url = database().await;
    let (one, two) = (open(&url).await, open(&url).await);
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let store = if n % 2 == 0 { one.clone() } else { two.clone() };
            let mut case = case(&format!("shared{}", n / 4));
            case.status = CaseStatus::from_u8((n % 4) as u8);
            let tx = Tx::new(TENANT)
                .with(Op::InsertCase(Box::new(case)))
                .with(Op::Audit(audit(TENANT, "case.open")));
            tokio::spawn(async move { store.commit(tx).await })
        })
        .collect();
    let mut numbers = vec![];
    for task in tasks {
        match task.await.unwrap() {
            Ok(committed) => numbers.push(committed.case_numbers[0].1),
            Err(error) => assert!(matches!(error, Error::Conflict(_)), "{error}"),
        }
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    let page = one
        .cases(&granted(), CaseFilter::default(), Page::first(200))
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.total), (50, Some(50)));
    assert_eq!(two.audit_verify(&granted()).await.unwrap().sound, 50);
}

#[tokio::test]
async fn a_changed_audit_row_is_found() {
    let url = database().await;
    let store = open(&url).await;
    for n in 0..5 {
        let entry = audit(TENANT, &format!("a{n}"));
        store
            .commit(Tx::new(TENANT).with(Op::Audit(entry)))
            .await
            .unwrap();
    }
    client(&url)
        .await
        .batch_execute("UPDATE audit SET body = replace(body, 'a2', 'a9')")
        .await
        .unwrap();
    let report = store.audit_verify(&granted()).await.unwrap();
    assert_eq!(report.broken.unwrap().0, 3);
}

#[tokio::test]
async fn a_lost_connection_costs_nothing_but_time() {
    let url = database().await;
    let store = open(&url).await;
    let open_case = |key: &str| Tx::new(TENANT).with(Op::InsertCase(Box::new(case(key))));
    store.commit(open_case("before")).await.unwrap();
    client(&url)
        .await
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'updraft' AND datname = current_database()",
        )
        .await
        .unwrap();
    store.commit(open_case("after")).await.unwrap();
    assert_eq!(store.stats().await.unwrap().cases, 2);
}

#[tokio::test]
async fn no_server_is_said_in_words() {
    let nowhere = Store::open_postgres("postgres://x@127.0.0.1:1/none", PostgresOptions::default());
    assert!(matches!(nowhere.await, Err(Error::Unreachable { .. })));
    let nonsense = Store::open_postgres("mysql://", PostgresOptions::default()).await;
    assert!(matches!(nonsense, Err(Error::Unreachable { .. })));
}
