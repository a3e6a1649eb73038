//! Playbooks of a tenant: drafts, versions, what is live, and how their runs went.

use updraft_model::{
    Activation, Actor, BlobHash, Draft, Origin, Playbook, PlaybookText, PlaybookVersion, RunState,
    TenantId, UserId,
};
use updraft_store::{
    Conflict, DraftText, Error, MEDIAN_ERROR, Op, Store, TESTS_KIND, TEXT_KIND, Tx,
};

use super::{commit, promises, refusal};
use crate::builders::{TENANT, at, case, granted, other_tenant, run, stranger};

promises!(
    a_draft_is_replaced_only_by_who_has_read_it,
    versions_keep_their_text_and_their_order,
    a_version_keeps_its_tests,
    what_is_live_is_found_for_every_tenant,
    a_stranger_finds_no_playbook,
    runs_are_counted_once_when_they_end,
);

fn author(name: &str) -> Actor {
    Actor::User {
        id: UserId::new(1, 1),
        name: name.into(),
    }
}

pub fn head(tenant: TenantId, id: &str) -> Playbook {
    Playbook {
        tenant,
        id: id.into(),
        title: "Block".into(),
        revision: 1,
        draft: None,
        newest: 0,
        live: None,
        activated_at: None,
        archived: false,
        git_file: None,
        created_at: at(0),
        created_by: author("engineer"),
        updated_at: at(0),
    }
}

fn put(playbook: &Playbook, expected: Option<u64>, draft: DraftText) -> Op {
    Op::PutPlaybook {
        playbook: Box::new(playbook.clone()),
        expected,
        draft,
    }
}

fn written(text: &str) -> PlaybookText {
    PlaybookText {
        text: text.into(),
        tests: [("a.yaml".to_owned(), format!("of {text}"))].into(),
    }
}

fn draft_of(text: &str) -> DraftText {
    DraftText::Put(written(text).into())
}

fn version(number: u32, text: &str) -> [Op; 2] {
    let digest = BlobHash::of(text.as_bytes());
    [
        Op::PutContentVersion {
            digest,
            kind: TEXT_KIND.into(),
            name: "block".into(),
            body: text.as_bytes().into(),
        },
        Op::AddPlaybookVersion {
            playbook: "block".into(),
            version: Box::new(PlaybookVersion {
                number,
                digest,
                tests: None,
                parent: None,
                author: author("engineer"),
                authors: vec![author("engineer")],
                at: at(i64::from(number)),
                message: format!("change {number}"),
                origin: Origin::Editor,
            }),
        },
    ]
}

async fn a_draft_is_replaced_only_by_who_has_read_it(store: &Store) {
    let mut block = head(TENANT, "block");
    let draft = |text: &str| {
        Some(Draft {
            digest: BlobHash::of(text.as_bytes()),
            author: author("engineer"),
            authors: vec![author("engineer")],
            at: at(1),
            sound: false,
            imported: None,
        })
    };
    block.draft = draft("one");
    commit(store, [put(&block, None, draft_of("one"))]).await;
    let again = refusal(store, [put(&block, None, draft_of("x"))]).await;
    assert!(
        matches!(again, Error::Conflict(Conflict::Duplicate { .. })),
        "{again}"
    );
    block.revision = 2;
    block.draft = draft("two");
    commit(store, [put(&block, Some(1), draft_of("two"))]).await;
    let late = refusal(store, [put(&block, Some(1), draft_of("mine"))]).await;
    assert!(
        matches!(late, Error::Conflict(Conflict::Changed { .. })),
        "{late}"
    );
    let stored = store.playbook(&granted(), "block").await.unwrap().unwrap();
    assert_eq!(stored, (block.clone(), Some(written("two"))));
    block.revision = 3;
    commit(store, [put(&block, Some(2), DraftText::Keep)]).await;
    let stored = store.playbook(&granted(), "block").await.unwrap().unwrap();
    assert_eq!(stored.1, Some(written("two")));
    block.revision = 4;
    block.draft = None;
    commit(store, [put(&block, Some(3), DraftText::Drop)]).await;
    let stored = store.playbook(&granted(), "block").await.unwrap().unwrap();
    assert_eq!(stored, (block, None));
}

async fn versions_keep_their_text_and_their_order(store: &Store) {
    let long = "steps: []\n".repeat(2_000);
    commit(
        store,
        version(1, "one").into_iter().chain(version(2, &long)),
    )
    .await;
    // A text that comes back is a version of its own and no second copy.
    commit(store, version(3, "one")).await;
    let taken = refusal(store, version(2, "another")).await;
    assert!(
        matches!(taken, Error::Conflict(Conflict::Duplicate { .. })),
        "{taken}"
    );
    let numbers = |versions: &[PlaybookVersion]| -> Vec<u32> {
        versions.iter().map(|version| version.number).collect()
    };
    let all = store.playbook_versions(&granted(), "block", 0).await;
    assert_eq!(numbers(&all.unwrap()), [3, 2, 1]);
    let older = store.playbook_versions(&granted(), "block", 3).await;
    assert_eq!(numbers(&older.unwrap()), [2, 1]);
    let (second, text) = store
        .playbook_version(&granted(), "block", 2)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((second.message.as_str(), text.text), ("change 2", long));
    assert!(text.tests.is_empty());
    let who = granted();
    let of = |text: &str| store.playbook_version_of(&who, "block", BlobHash::of(text.as_bytes()));
    assert_eq!(of("one").await.unwrap(), Some(3));
    assert_eq!(of("never").await.unwrap(), None);
}

async fn a_version_keeps_its_tests(store: &Store) {
    let tests = |text: &str| -> std::collections::BTreeMap<String, String> {
        [("blocks.yaml".to_owned(), text.to_owned())].into()
    };
    for (number, test) in [(1, "one"), (2, "two"), (3, "one")] {
        let body = serde_json::to_vec(&tests(test)).unwrap();
        let digest = BlobHash::of(&body);
        let kept = Op::PutContentVersion {
            digest,
            kind: TESTS_KIND.into(),
            name: "block".into(),
            body: body.into(),
        };
        let [text, mut made] = version(number, "same text");
        if let Op::AddPlaybookVersion { version, .. } = &mut made {
            version.tests = Some(digest);
        }
        commit(store, [text, kept, made]).await;
    }
    for (number, test) in [(1, "one"), (2, "two"), (3, "one")] {
        let (_, found) = store
            .playbook_version(&granted(), "block", number)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.text.as_str(), found.tests),
            ("same text", tests(test))
        );
    }
}

async fn what_is_live_is_found_for_every_tenant(store: &Store) {
    for tenant in [TENANT, other_tenant()] {
        let mut block = head(tenant, "block");
        block.live = Some(1);
        block.newest = 1;
        let mut tx = Tx::new(tenant);
        tx.ops.push(put(&block, None, DraftText::Drop));
        tx.ops.extend(version(1, "one"));
        tx.ops
            .push(put(&head(tenant, "draft-only"), None, draft_of("x")));
        store.commit(tx).await.unwrap();
    }
    let live = store.live_playbooks().await.unwrap();
    let found: Vec<_> = live
        .iter()
        .map(|one| {
            (
                one.playbook.tenant,
                one.playbook.id.as_str(),
                one.text.as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [(TENANT, "block", "one"), (other_tenant(), "block", "one")]
    );
    for (number, before) in [(Some(1), None), (Some(2), Some(1)), (None, Some(2))] {
        commit(
            store,
            [Op::AddActivation {
                playbook: "block".into(),
                activation: Activation {
                    number,
                    before,
                    actor: author("engineer"),
                    at: at(0),
                    message: String::new(),
                    rollback: false,
                },
            }],
        )
        .await;
    }
    let history = store
        .playbook_activations(&granted(), "block")
        .await
        .unwrap();
    let numbers: Vec<_> = history.iter().map(|one| one.number).collect();
    assert_eq!(numbers, [None, Some(2), Some(1)]);
}

async fn a_stranger_finds_no_playbook(store: &Store) {
    let block = head(TENANT, "block");
    commit(store, [put(&block, None, draft_of("x"))]).await;
    commit(store, version(1, "one")).await;
    store
        .commit(Tx::new(other_tenant()).with(put(
            &head(other_tenant(), "own"),
            None,
            DraftText::Drop,
        )))
        .await
        .unwrap();
    let who = stranger();
    assert_eq!(store.playbooks(&who).await.unwrap().len(), 1);
    assert_eq!(store.playbook(&who, "block").await.unwrap(), None);
    assert!(
        store
            .playbook_versions(&who, "block", 0)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.playbook_version(&who, "block", 1).await.unwrap(),
        None
    );
    let foreign = Tx::new(other_tenant()).with(put(&block, Some(1), DraftText::Drop));
    let refused = store.commit(foreign).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid { .. }), "{refused}");
}

async fn runs_are_counted_once_when_they_end(store: &Store) {
    let case = case("counted");
    let id = case.id;
    commit(store, [Op::InsertCase(Box::new(case))]).await;
    let durations = [1_000, 2_000, 4_000, 8_000, 600_000];
    let mut last = None;
    for (index, ms) in durations.into_iter().enumerate() {
        let mut one = run(id);
        commit(store, [Op::InsertRun(Box::new(one.clone()))]).await;
        one.started_at = Some(at(0));
        one.state = RunState::Running;
        commit(store, [Op::UpdateRun(Box::new(one.clone()))]).await;
        one.state = RunState::Succeeded;
        one.ended_at = Some(at(ms));
        one.people = u32::from(index == 0);
        commit(store, [Op::UpdateRun(Box::new(one.clone()))]).await;
        // What is over is written again, and not counted again.
        commit(store, [Op::UpdateRun(Box::new(one.clone()))]).await;
        last = Some(one.id);
    }
    for state in [RunState::Failed, RunState::Cancelled] {
        let mut one = run(id);
        commit(store, [Op::InsertRun(Box::new(one.clone()))]).await;
        one.state = state;
        one.ended_at = Some(at(10));
        commit(store, [Op::UpdateRun(Box::new(one))]).await;
    }
    let healths = store.playbook_health(&granted(), at(0)).await.unwrap();
    let health = healths["enrichment-only"];
    assert_eq!(
        (
            health.runs,
            health.succeeded,
            health.automatic,
            health.failed,
            health.cancelled
        ),
        (7, 5, 4, 1, 1)
    );
    let median = health.median_ms.unwrap() as f64;
    assert!(
        (median - 4_000.0).abs() <= 4_000.0 * MEDIAN_ERROR,
        "{median}"
    );
    assert_eq!((health.last_at, health.last_run), (Some(at(600_000)), last));
    let tomorrow = at(0).plus_millis(2 * 24 * 3_600_000);
    assert!(
        store
            .playbook_health(&granted(), tomorrow)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .playbook_health(&stranger(), at(0))
            .await
            .unwrap()
            .is_empty()
    );
}
