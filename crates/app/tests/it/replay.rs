//! The proof of a run fails when anything that it stands on was changed.

use rusqlite::{Connection, params};
use serde_json::Value;
use updraft_app::{App, runs::Entry};
use updraft_model::{BlobHash, Granted, Permission, Run, RunId};
use updraft_store::{Op, Tx};

use crate::house::{BAD, House, granted, receive, settled};

fn reader() -> Granted {
    granted(Permission::CaseRead)
}

async fn worked_off(house: &House) -> (App, Run) {
    let app = house.first().await;
    receive(&app, BAD).await;
    let case = settled(&app, 1, 1).await.remove(0);
    let run = app
        .store()
        .runs_of_case(&reader(), case.id)
        .await
        .unwrap()
        .remove(0);
    (app, run)
}

/// The journal of the run under another name, with every entry as `change` wants it.
async fn forge(app: &App, run: &Run, number: u128, change: impl Fn(&mut Value)) -> RunId {
    let journal = app.store().journal(&reader(), run.id).await.unwrap();
    let entries = journal.iter().map(|(_, bytes)| {
        let mut entry: Value = serde_json::from_slice(bytes).unwrap();
        change(&mut entry);
        serde_json::to_vec(&entry).unwrap()
    });
    let forged = Run {
        id: RunId::new(1, number),
        ..run.clone()
    };
    let id = forged.id;
    let append = Op::AppendJournal {
        run: id,
        entries: entries.collect(),
        first_seq: 0,
    };
    let tx = Tx::new(run.tenant)
        .with(Op::InsertRun(Box::new(forged)))
        .with(append);
    app.store().commit(tx).await.unwrap();
    id
}

/// Changes the value at the first place that the text of the pointer finds in an entry.
fn set(pointer: &'static str, to: Value) -> impl Fn(&mut Value) {
    move |entry| {
        if let Some(found) = entry.pointer_mut(pointer) {
            *found = to.clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_was_changed_is_found_out() {
    let house = House::new();
    let (app, run) = worked_off(&house).await;
    let honest = app.replay_run(&reader(), run.id).await.unwrap();
    assert!(honest.identical, "{:?}", honest.divergence);
    assert!(
        honest.exchanges >= 3,
        "provider, ticket, attachment: {}",
        honest.exchanges
    );
    let copy = forge(&app, &run, 1, |_| {}).await;
    let copied = app.replay_run(&reader(), copy).await.unwrap();
    assert!(
        copied.identical,
        "an unchanged copy is as good: {:?}",
        copied.divergence
    );
    let forgeries: [(&str, Value, &str); 4] = [
        ("/result/verdict/level", "benign".into(), "result"),
        ("/result/exchanges/0/status", 404.into(), "result"),
        (
            "/result/exchanges/0/request/url",
            "https://elsewhere.example/".into(),
            "request",
        ),
        ("/seed", 1.into(), "state"),
    ];
    for (number, (pointer, to, what)) in (2..).zip(forgeries) {
        let forged = forge(&app, &run, number, set(pointer, to)).await;
        let report = app.replay_run(&reader(), forged).await.unwrap();
        let found = report.divergence.map(|divergence| divergence.what);
        assert_eq!(found, Some(what), "{pointer}");
        assert!(!report.identical, "{pointer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_without_its_end_is_not_proven() {
    let house = House::new();
    let (app, run) = worked_off(&house).await;
    let journal = app.store().journal(&reader(), run.id).await.unwrap();
    let entries: Vec<Vec<u8>> = journal
        .into_iter()
        .map(|(_, bytes)| bytes)
        .filter(|bytes| !matches!(Entry::decode(bytes), Ok(Entry::End { .. })))
        .collect();
    let forged = Run {
        id: RunId::new(1, 1),
        ..run.clone()
    };
    let id = forged.id;
    let append = Op::AppendJournal {
        run: id,
        entries: entries
            .into_iter()
            .chain([b"{\"no\": \"entry\"}".to_vec()])
            .collect(),
        first_seq: 0,
    };
    let tx = Tx::new(run.tenant)
        .with(Op::InsertRun(Box::new(forged)))
        .with(append);
    app.store().commit(tx).await.unwrap();
    let report = app.replay_run(&reader(), id).await.unwrap();
    assert!(!report.identical);
    assert_eq!(
        report.divergence.map(|divergence| divergence.what),
        Some("journal")
    );
}

/// Every payload of the run's exchanges.
async fn payloads(app: &App, run: &Run) -> Vec<BlobHash> {
    let view = app.run(&reader(), run.id).await.unwrap();
    let attempts = view.steps.iter().flat_map(|step| &step.attempts);
    let exchanges = attempts.flat_map(|attempt| &attempt.exchanges);
    exchanges
        .flat_map(|exchange| [exchange.request_body, exchange.response_body])
        .flatten()
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payload_that_was_changed_on_disk_is_found_out() {
    let house = House::new();
    let (app, run) = worked_off(&house).await;
    let payloads = payloads(&app, &run).await;
    assert!(payloads.len() >= 3, "{payloads:?}");
    app.stop();
    app.close().await;
    drop(app);
    let mut kept: Vec<(BlobHash, Vec<u8>)> = Vec::new();
    for (number, hash) in payloads.iter().enumerate() {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let database = Connection::open(house.data().join(updraft_store::DATABASE_FILE)).unwrap();
        for (hash, body) in kept.drain(..) {
            let put = "UPDATE blobs SET body = ?1 WHERE hash = ?2";
            database
                .execute(put, params![body, hash.as_bytes()])
                .unwrap();
        }
        let body: Vec<u8> = database
            .query_row(
                "SELECT body FROM blobs WHERE hash = ?1",
                params![hash.as_bytes()],
                |row| row.get(0),
            )
            .unwrap();
        kept.push((*hash, body));
        // In turn: other bytes in a sound form, a damaged form, nothing at all.
        let change = match number % 3 {
            0 => "UPDATE blobs SET body = x'007b7d' WHERE hash = ?1",
            1 => "UPDATE blobs SET body = x'01ffffff' WHERE hash = ?1",
            _ => "UPDATE blobs SET body = x'00' WHERE hash = ?1",
        };
        database.execute(change, params![hash.as_bytes()]).unwrap();
        database.close().unwrap();
        let (app, _drivers) = house.open(8).await.unwrap();
        let report = app.replay_run(&reader(), run.id).await.unwrap();
        let found = report.divergence.map(|divergence| divergence.what);
        assert_eq!(found, Some("payload"), "payload {number}");
        app.close().await;
    }
}
