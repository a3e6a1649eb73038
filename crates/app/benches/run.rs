//! What a run costs beside its vendors: everything from the alert to the run's last commit, on one thread, with vendors
//! that answer at once and a database in memory. Items are runs of ten steps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure to set up is a failure of the bench.

use std::{rc::Rc, sync::Arc, time::Duration};

use divan::{Bencher, counter::ItemsCount};
use serde_json::json;
use updraft_app::{
    App, Config,
    catalog::Content,
    connections::ConnectionDraft,
    simulation::{self, Came, Coming, Disk, Wire, Writer, clock},
    sources::SourceDraft,
};
use updraft_connector::{Request, Response};
use updraft_content::{Files, Playbook};
use updraft_model::{BlobHash, Granted, Permission, Severity, TenantId, connections::Pace};
use updraft_testkit::sim::{Dice, content};

/// Runs of one sample.
const RUNS: usize = 50;

fn main() {
    divan::main();
}

#[derive(Debug)]
struct AtOnce;

impl Wire for AtOnce {
    fn send<'a>(&'a self, _: &'a Request) -> Coming<'a> {
        Box::pin(async { Came::Answer(Response::new(200, b"{\"n\": 7}".to_vec())) })
    }
}

struct Steering {
    born: tokio::time::Instant,
    dice: std::cell::RefCell<Dice>,
}

impl clock::Steering for Steering {
    fn micros(&self) -> i64 {
        1_800_000_000_000_000 + self.born.elapsed().as_micros() as i64
    }
    fn fill(&self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            piece.copy_from_slice(&self.dice.borrow_mut().next().to_le_bytes()[..piece.len()]);
        }
    }
}

/// Ten steps: three look-ups, two writes, variables, a switch, comments.
fn playbook() -> String {
    let ask = |id: &str, action: &str| {
        json!({"id": id, "action": format!("{}.{action}", content::CONNECTOR), "with": {"n": "{{ inputs.n + 1 }}"},
               "retry": {"max": 2}})
    };
    let steps = json!([
        ask("a", "look"), ask("b", "look"), ask("c", "look"),
        {"id": "d", "set": {"sum": "{{ steps.a.output.n + steps.b.output.n }}"}},
        {"id": "e", "switch": [{"when": "vars.sum > 3", "do": [ask("f", "write_key")]}]},
        {"id": "g", "action": "case.comment", "with": {"text": "sum {{ vars.sum }}"}},
        ask("h", "write_find"),
        {"id": "i", "set": {"done": true}},
        {"id": "j", "action": "case.close", "with": {"reason": "clean", "note": "nothing"}},
    ]);
    json!({"format": 1, "id": "enrichment-only", "inputs": {"n": {"type": "integer", "default": 1}}, "steps": steps})
        .to_string()
}

fn library() -> Arc<Content> {
    let files: Files = content::files()
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect();
    let (mut library, _) = updraft_content::load(&files);
    let source = playbook();
    let plan = updraft_content::parse_playbook("playbook.yaml", &source).unwrap();
    let playbook = Playbook {
        digest: BlobHash::of(source.as_bytes()),
        plan: Arc::new(plan),
        source,
        file: "playbook.yaml".into(),
    };
    library.playbooks.insert("enrichment-only".into(), playbook);
    Arc::new(Content::new(library, &files))
}

fn granted(permission: Permission) -> Granted {
    Granted::system(TenantId::DEFAULT, "bench", permission)
}

async fn write(mut writer: Writer) {
    loop {
        writer.arrived().await;
        writer.commit().unwrap();
        writer.answer();
    }
}

/// One life of the application.
fn life(disk: &Disk, content: &Arc<Content>, works: bool, work: impl AsyncFnOnce(App)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let _steered = clock::steer(Rc::new(Steering {
            born: tokio::time::Instant::now(),
            dice: std::cell::RefCell::new(Dice(1)),
        }));
        let opened = simulation::open(
            Config::default(),
            disk,
            None,
            Arc::new(AtOnce),
            content.clone(),
        );
        let (app, drivers, writer) = opened.await.unwrap();
        tokio::spawn(write(writer));
        if works {
            drivers.start().await.unwrap();
        }
        work(app).await;
    });
}

fn installed(content: &Arc<Content>) -> Disk {
    let disk = Disk::empty().unwrap();
    life(&disk, content, false, async |app| {
        let writer = granted(Permission::ConfigWrite);
        let source = SourceDraft {
            name: "siem".into(),
            mapping: "auto".into(),
            default_severity: Severity::Medium,
            enabled: true,
        };
        app.create_source(&writer, source).await.unwrap();
        let draft = ConnectionDraft {
            pace: Some(Pace {
                concurrent: Some(1_000),
                ..Pace::default()
            }),
            ..ConnectionDraft::default()
        };
        let made = app.create_connection(&writer, content::CONNECTOR, draft);
        assert_eq!(made.await.unwrap().problem, None);
    });
    disk
}

#[divan::bench(sample_count = 40)]
fn runs_of_ten_steps(bencher: Bencher<'_, '_>) {
    let content = library();
    let installed = installed(&content);
    bencher
        .counter(ItemsCount::new(RUNS))
        .with_inputs(|| installed.copy().unwrap())
        .bench_local_values(|disk| {
            life(&disk, &content, true, async |app| {
                let source = app.source_by_name(TenantId::DEFAULT, "siem").unwrap();
                let submit = granted(Permission::AlertSubmit);
                for n in 0..RUNS {
                    let text = format!("118.25.6.{n}");
                    let taken = app.receive(&submit, &source, "text/plain", text.as_bytes());
                    taken.await.unwrap();
                }
                loop {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    let rest = app.store().unfinished_runs().await.unwrap();
                    if rest.is_empty() && app.store().driver_inbox(1).await.unwrap().is_empty() {
                        break;
                    }
                }
                let done = app
                    .meters()
                    .runs_succeeded
                    .load(std::sync::atomic::Ordering::Relaxed);
                assert_eq!(done, RUNS as u64);
            });
        });
}
