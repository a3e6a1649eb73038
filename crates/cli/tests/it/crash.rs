//! The program is killed at random moments under load, with vendors that lose answers, and started again on the
//! same data: nothing that was acknowledged is lost, nothing is done twice, nothing is left over.
//!
//! `UPDRAFT_CRASH_POINTS=200 cargo test -p updraft --test it crash` kills that often instead of a few times;
//! `UPDRAFT_CRASH_SEED` repeats the moments of a run that failed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde_json::Value;
use updraft_testkit::vendor::{Fault, Rule};

use crate::{
    ground::{Ground, SOURCE, Updraft, wait_for_long},
    http,
};

/// Kills of one test when nobody asks for more.
const POINTS: u32 = 8;
/// Senders side by side.
const SENDERS: usize = 3;
/// Pause of a sender between two alerts.
const PAUSE: Duration = Duration::from_millis(15);
/// How long the work that is left over may take in the end, and for each kill.
const PATIENCE: Duration = Duration::from_secs(90);
const PATIENCE_A_POINT: Duration = Duration::from_secs(2);

fn points() -> u32 {
    std::env::var("UPDRAFT_CRASH_POINTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(POINTS)
}

/// Numbers that look random and can be repeated.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let given = std::env::var("UPDRAFT_CRASH_SEED")
            .ok()
            .and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_nanos() as u64
                | 1
        });
        println!("UPDRAFT_CRASH_SEED={seed}");
        Self(seed)
    }
    fn millis(&mut self, below: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % below)
    }
}

/// What the senders know.
#[derive(Default)]
struct Sent {
    next: AtomicU32,
    /// Alerts that the server has taken, with their indicator.
    acknowledged: Mutex<BTreeMap<String, String>>,
    refused: AtomicU32,
}

impl Sent {
    /// Sends until told to stop or until the server is gone. Every fifth indicator was sent before.
    fn send(&self, ground: &Ground, stop: &AtomicBool) {
        let bearer = format!("Bearer {}", ground.source_token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "text/plain"),
        ];
        while !stop.load(Ordering::Relaxed) {
            let n = self.next.fetch_add(1, Ordering::Relaxed);
            let n = if n % 5 == 4 { n / 2 } else { n };
            let indicator = format!(
                "45.{}.{}.{}",
                100 + n / 62_500,
                n / 250 % 250 + 1,
                n % 250 + 1
            );
            let path = format!("/api/v1/sources/{SOURCE}/alerts");
            match http::send(
                ground.updraft.address,
                "POST",
                &path,
                &headers,
                indicator.as_bytes(),
            ) {
                Ok(reply) if reply.status == 202 => {
                    let id = reply.json()["alerts"][0]["id"].as_str().unwrap().to_owned();
                    self.acknowledged.lock().unwrap().insert(id, indicator);
                }
                Ok(reply) => {
                    assert!(
                        matches!(reply.status, 429 | 503),
                        "{}: {}",
                        reply.status,
                        reply.text()
                    );
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => {}
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Runs the senders while something happens to the server.
    fn during<T>(&self, ground: &Ground, happening: impl FnOnce() -> T) -> T {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..SENDERS {
                scope.spawn(|| self.send(ground, &stop));
            }
            let outcome = happening();
            stop.store(true, Ordering::Relaxed);
            outcome
        })
    }

    /// Sends, kills in the middle of it, and starts again.
    fn until_killed(&self, ground: &mut Ground, moment: Duration) {
        let pid = ground.updraft.pid().to_string();
        self.during(ground, || {
            std::thread::sleep(moment);
            assert!(
                Command::new("kill")
                    .args(["-KILL", &pid])
                    .status()
                    .unwrap()
                    .success()
            );
        });
        ground.updraft.kill();
        ground.restart(&[]);
    }
}

fn ground(folder: tempfile::TempDir, data: &Path) -> Ground {
    let ground = Ground::on(folder, data, &[]);
    ground.updraft.connect_provider("lookout", &ground.vendors);
    ground.updraft.connect_jira(&ground.vendors);
    ground
}

fn ground_in_a_new_folder() -> Ground {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    ground(folder, &data)
}

/// What is wrong with the attachments of a case's ticket: the report must be there, once.
fn attached_wrongly(ground: &Ground, case: &Value) -> Option<String> {
    let case = ground
        .updraft
        .get(&format!("/api/v1/cases/{}", case["id"].as_str().unwrap()));
    let ticket = case["tickets"][0]["id"].as_str().unwrap_or_default();
    let attached = ground.vendors.jira.attached(ticket);
    // A comment is right where another run came to another verdict.
    if attached.0 == 1 {
        return None;
    }
    let first = case["runs"].as_array().unwrap().last().unwrap();
    let run = ground
        .updraft
        .get(&format!("/api/v1/runs/{}", first["id"].as_str().unwrap()));
    let steps = run["steps"].as_array().unwrap().iter();
    let about: Vec<String> = steps
        .filter(|step| step["path"].as_str().unwrap().contains("attach"))
        .map(Value::to_string)
        .collect();
    Some(format!("{ticket} {attached:?}: {}", about.join(" ")))
}

/// Everything that must hold once all is quiet again.
fn check(ground: &Ground, sent: &Sent) {
    ground.vendors.server.heal();
    let patience = PATIENCE + PATIENCE_A_POINT * points();
    wait_for_long("everything to come to rest", patience, || {
        ground.updraft.rests()
    });
    let alerts: BTreeMap<String, String> = ground
        .updraft
        .all("/api/v1/alerts")
        .iter()
        .map(|alert| {
            (
                alert["id"].as_str().unwrap().to_owned(),
                alert["case"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let mut cases_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let acknowledged = sent.acknowledged.lock().unwrap();
    assert!(!acknowledged.is_empty());
    for (alert, indicator) in acknowledged.iter() {
        let case = alerts
            .get(alert)
            .unwrap_or_else(|| panic!("alert {alert} was acknowledged and is lost"));
        assert!(!case.is_empty(), "alert {alert} has no case");
        cases_of.entry(indicator).or_default().insert(case);
    }
    assert!(
        cases_of.values().all(|cases| cases.len() == 1),
        "an indicator has two cases"
    );

    let cases = ground.updraft.all("/api/v1/cases?type=Enrichment");
    let open: Vec<_> = cases
        .iter()
        .filter(|case| case["status"] != "closed")
        .collect();
    assert!(
        open.is_empty(),
        "{} cases are not closed: {:#}",
        open.len(),
        open[0]
    );
    let failed = ground.updraft.all("/api/v1/runs?state=failed");
    assert!(
        failed.is_empty(),
        "{} runs failed: {:#}",
        failed.len(),
        failed[0]
    );

    let jira = &ground.vendors.jira;
    assert_eq!(jira.duplicates("updraft-"), [], "tickets were opened twice");
    // A provider may have hung at every attempt: then nobody knows, and no ticket is opened.
    let malicious: Vec<&Value> = cases
        .iter()
        .filter(|case| case["verdict"] == "malicious")
        .collect();
    assert!(malicious.len() * 10 > cases.len() * 9);
    assert!(jira.issues() >= malicious.len(), "each has its ticket");
    let without_report: Vec<String> = malicious
        .iter()
        .filter_map(|case| attached_wrongly(ground, case))
        .collect();
    assert!(
        without_report.is_empty(),
        "{} tickets have not got their report once:\n{}",
        without_report.len(),
        without_report.join("\n")
    );
    for finding in ground.updraft.get("/api/v1/doctor").as_array().unwrap() {
        assert_eq!(finding["ok"], true, "{finding}");
    }
    println!(
        "{} alerts acknowledged, {} refused, {} cases and tickets",
        acknowledged.len(),
        sent.refused.load(Ordering::Relaxed),
        cases.len()
    );
}

#[test]
fn crash_at_any_moment_loses_nothing_and_does_nothing_twice() {
    let mut ground = ground_in_a_new_folder();
    let server = &ground.vendors.server;
    server.fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Lost).every(6));
    server.fault(
        Rule::new(
            "POST",
            "/jira/rest/api/2/issue",
            Fault::Delay(Duration::from_millis(120)),
        )
        .every(3),
    );
    server.fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Status(503)).every(11));
    server.fault(Rule::new("GET", "/lookout", Fault::Delay(Duration::from_millis(80))).every(4));
    let (sent, mut dice) = (Sent::default(), Dice::new());
    for point in 0..points() {
        // Some kills hit the recovery from the one before.
        let below = if point % 4 == 3 { 60 } else { 1_500 };
        sent.until_killed(&mut ground, dice.millis(below));
        if point % 4 == 1 {
            // Killed once more before it is ready.
            ground.updraft.kill();
            let data = ground.updraft.data.clone();
            Updraft::start_and_kill(&data, &ground.content, dice.millis(250));
            ground.restart(&[]);
        }
    }
    check(&ground, &sent);
}

#[test]
fn crash_right_after_a_great_delivery_brings_all_of_it_back() {
    const DELIVERIES: u32 = 4;
    const ALERTS: u32 = 1_000;
    let mut ground = ground_in_a_new_folder();
    let line = |n| {
        let (high, low) = (n / 250 + 1, n % 250 + 1);
        format!("{{\"title\": \"n\", \"ip\": \"23.90.{high}.{low}\"}}\n")
    };
    std::thread::scope(|scope| {
        for delivery in 0..DELIVERIES {
            let batch: String = (0..ALERTS).map(|n| line(delivery * ALERTS + n)).collect();
            let ground = &ground;
            scope.spawn(move || {
                let alerts = ground.alert_of("application/x-ndjson", batch.as_bytes());
                assert_eq!(alerts.len(), ALERTS as usize);
            });
        }
    });
    ground.updraft.kill();
    ground.restart(&[]);
    wait_for_long("everything to come to rest", PATIENCE, || {
        ground.updraft.rests()
    });
    let cases = ground.updraft.all("/api/v1/cases");
    assert_eq!(cases.len(), (DELIVERIES * ALERTS) as usize);
    assert!(cases.iter().all(|case| case["status"] == "closed"));
}

#[test]
fn crash_while_the_vendors_hang_loses_nothing_and_does_nothing_twice() {
    let mut ground = ground_in_a_new_folder();
    let server = &ground.vendors.server;
    server.fault(Rule::new("GET", "/lookout", Fault::Hang).every(3));
    server.fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Mute).every(5));
    let (sent, mut dice) = (Sent::default(), Dice::new());
    for _ in 0..points().div_ceil(2) {
        sent.until_killed(&mut ground, dice.millis(2_500));
    }
    // An answer that never comes is waited for up to the action's timeout, then looked for.
    check(&ground, &sent);
}

/// A small disk of its own; unmounted when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Needs the right to mount. Without it the test cannot be done, which a CI must not overlook.
    fn mount(at: &Path, mib: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={mib}m");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(at)
            .output();
        match done {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            _ => {
                assert!(
                    std::env::var_os("CI").is_none(),
                    "a CI must be able to mount a tmpfs for the full disk"
                );
                println!("SKIPPED: no tmpfs can be mounted here, so no disk can be full");
                None
            }
        }
    }
    /// Takes all room that is left. There must be some: otherwise what the test itself stores has outgrown the disk,
    /// and freeing the filler frees nothing.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        let block = vec![0; 1 << 20];
        let mut mib = 0;
        while filler.write_all(&block).is_ok() {
            mib += 1;
        }
        assert!(
            mib >= ROOM_MIB,
            "the disk has {mib} MiB left, of which the test frees: give it more"
        );
    }
    /// Takes what was given back since.
    fn fill_up(&self) {
        let options = std::fs::OpenOptions::new().append(true).to_owned();
        let mut filler = options.open(self.0.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
    }
    fn free(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

/// What a disk offers that is not full.
const ROOM_MIB: u32 = 32;
/// What one round of the test stores at most, with the database's log, and what is there from the beginning.
const ROUND_MIB: u32 = 12;
const DISK_MIB: u32 = 160;

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn crash_on_a_full_disk_loses_nothing_and_does_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let rounds = points().div_ceil(4);
    let size = DISK_MIB + rounds * ROUND_MIB;
    let Some(disk) = SmallDisk::mount(&folder.path().join("disk"), size) else {
        return;
    };
    let data = disk.0.join("data");
    let mut ground = ground(folder, &data);
    ground
        .vendors
        .server
        .fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Lost).every(6));
    let (sent, mut dice) = (Sent::default(), Dice::new());
    for point in 0..rounds {
        let refused = sent.refused.load(Ordering::Relaxed);
        sent.during(&ground, || {
            std::thread::sleep(Duration::from_millis(300) + dice.millis(700));
            disk.fill();
            std::thread::sleep(Duration::from_millis(1_000) + dice.millis(1_000));
        });
        assert!(
            sent.refused.load(Ordering::Relaxed) > refused,
            "a full disk must be said, not swallowed"
        );
        assert_eq!(ground.updraft.bare("GET", "/healthz", &[], b"").status, 200);
        match point % 3 {
            0 => {
                ground.updraft.kill();
                disk.free();
                ground.restart(&[]);
            }
            1 => {
                // Started on the full disk: it is there, says what is wrong, and goes on when there is room.
                ground.updraft.kill();
                let data = ground.updraft.data.clone();
                std::fs::remove_file(data.join("server.json")).unwrap();
                disk.fill_up();
                let (child, address) = Updraft::start_without_room(&data, &ground.content);
                let health = http::send(address, "GET", "/healthz", &[], b"").unwrap();
                assert_eq!(health.status, 200);
                disk.free();
                ground.updraft = Updraft::meet(child, &data).unwrap();
            }
            _ => disk.free(),
        }
    }
    check(&ground, &sent);
    // The disk goes before the folder that it is mounted in.
    drop(ground.updraft);
    drop(disk);
}
