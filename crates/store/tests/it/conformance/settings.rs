//! Accounts, sessions, tokens, intakes, connections, settings, pinned content.

use serde_json::json;
use updraft_model::{
    BlobHash, Connection, ConnectionId, Reliability, Role, Severity, Source, SourceId, TokenId,
    User, UserId,
};
use updraft_store::{Conflict, Error, Op, Session, Store, Token, TokenOwner};

use super::{commit, promises, refusal};
use crate::builders::{TENANT, at, granted, other_tenant, stranger};

promises!(
    an_account_keeps_its_password_unless_a_new_one_comes,
    sessions_and_tokens_are_found_by_hash_and_end,
    connections_keep_their_seal_and_names_are_unique,
    settings_and_pinned_content_come_back,
);

pub fn user(n: u128, name: &str) -> User {
    User {
        id: UserId::new(1, n),
        tenant: TENANT,
        name: name.into(),
        role: Role::Analyst,
        must_change_password: false,
        enabled: true,
        created_at: at(0),
    }
}

pub fn connection(n: u128, name: &str) -> Connection {
    Connection {
        id: ConnectionId::new(1, n),
        tenant: TENANT,
        connector: "virustotal".into(),
        name: name.into(),
        base_url: String::new(),
        settings: Default::default(),
        secrets: vec!["api_key".into()],
        reliability: Reliability::B,
        enabled: true,
        allow_private: false,
        pace: Default::default(),
        created_at: at(0),
        updated_at: at(0),
    }
}

pub fn source(n: u128, name: &str) -> Source {
    Source {
        id: SourceId::new(1, n),
        tenant: TENANT,
        name: name.into(),
        mapping: "auto".into(),
        default_severity: Severity::Low,
        enabled: true,
        created_at: at(0),
        last_alert_at: None,
    }
}

async fn an_account_keeps_its_password_unless_a_new_one_comes(store: &Store) {
    let mut ana = user(1, "ana");
    commit(
        store,
        [Op::PutUser {
            user: ana.clone(),
            password_hash: Some("h1".into()),
        }],
    )
    .await;
    ana.role = Role::Admin;
    commit(
        store,
        [Op::PutUser {
            user: ana.clone(),
            password_hash: None,
        }],
    )
    .await;
    let row = store.user_by_name(TENANT, "ana").await.unwrap().unwrap();
    assert_eq!(
        (row.user.role, row.password_hash.as_deref()),
        (Role::Admin, Some("h1"))
    );
    commit(
        store,
        [Op::PutUser {
            user: ana.clone(),
            password_hash: Some("h2".into()),
        }],
    )
    .await;
    let row = store.user(&granted(), ana.id).await.unwrap().unwrap();
    assert_eq!(row.password_hash.as_deref(), Some("h2"));
    assert_eq!(
        store.user_by_name(other_tenant(), "ana").await.unwrap(),
        None
    );
    let taken = refusal(
        store,
        [Op::PutUser {
            user: user(2, "ana"),
            password_hash: None,
        }],
    )
    .await;
    assert!(
        matches!(taken, Error::Conflict(Conflict::Duplicate { .. })),
        "{taken}"
    );
    assert_eq!(store.users(&granted()).await.unwrap(), [ana]);
}

async fn sessions_and_tokens_are_found_by_hash_and_end(store: &Store) {
    let ana = user(1, "ana");
    let session = Session {
        tenant: TENANT,
        user: ana.id,
        created_at: at(0),
        expires_at: at(9),
        data: json!({"csrf": "x"}),
    };
    let put = |n: u8| Op::PutSession {
        hash: [n; 32],
        session: session.clone(),
    };
    commit(store, [put(1), put(2), put(3)]).await;
    assert_eq!(store.session([1; 32]).await.unwrap(), Some(session.clone()));
    commit(store, [Op::DeleteSession { hash: [1; 32] }]).await;
    assert_eq!(store.session([1; 32]).await.unwrap(), None);
    commit(store, [Op::DeleteSessionsOf { user: ana.id }]).await;
    assert_eq!(store.session([3; 32]).await.unwrap(), None);

    let token = Token {
        id: TokenId::new(1, 1),
        tenant: TENANT,
        owner: TokenOwner::Source(SourceId::new(1, 1)),
        name: "siem".into(),
        created_at: at(0),
        expires_at: None,
    };
    commit(
        store,
        [Op::PutToken {
            hash: [7; 32],
            token: token.clone(),
        }],
    )
    .await;
    assert_eq!(store.token([7; 32]).await.unwrap(), Some(token.clone()));
    assert_eq!(store.token([8; 32]).await.unwrap(), None);
    assert_eq!(store.tokens(&granted()).await.unwrap().len(), 1);
    commit(store, [Op::DeleteToken { id: token.id }]).await;
    assert_eq!(store.token([7; 32]).await.unwrap(), None);
}

async fn connections_keep_their_seal_and_names_are_unique(store: &Store) {
    let one = connection(1, "VirusTotal (main)");
    let put = |connection: &Connection, sealed: Option<&[u8]>| Op::PutConnection {
        connection: connection.clone(),
        sealed: sealed.map(<[u8]>::to_vec),
    };
    commit(store, [put(&one, Some(b"sealed")), put(&one, None)]).await;
    let stored = store.connection(&granted(), one.id).await.unwrap().unwrap();
    assert_eq!(stored.sealed.as_deref(), Some(&b"sealed"[..]));
    assert!(
        !format!("{stored:?}").contains("115, 101"),
        "a seal is not printed"
    );
    let taken = refusal(store, [put(&connection(2, "VirusTotal (main)"), None)]).await;
    assert!(
        matches!(taken, Error::Conflict(Conflict::Duplicate { .. })),
        "{taken}"
    );
    assert_eq!(store.connections(&granted()).await.unwrap().len(), 1);
    commit(store, [Op::DeleteConnection { id: one.id }]).await;
    assert!(store.connections(&granted()).await.unwrap().is_empty());

    let siem = source(1, "siem");
    commit(store, [Op::PutSource(siem.clone())]).await;
    assert_eq!(
        store.source_by_name(&granted(), "siem").await.unwrap(),
        Some(siem.clone())
    );
    assert_eq!(
        store.source(&granted(), siem.id).await.unwrap(),
        Some(siem.clone())
    );
    assert_eq!(
        store.sources(&granted()).await.unwrap(),
        std::slice::from_ref(&siem)
    );
    // What came when is kept beside what is configured: neither undoes the other, and time does not go back.
    for ms in [50, 20] {
        let heard = Op::HeardSource {
            source: siem.id,
            at: at(ms),
        };
        commit(store, [heard]).await;
    }
    let mut renamed = siem.clone();
    renamed.mapping = "suricata".into();
    commit(store, [Op::PutSource(renamed.clone())]).await;
    renamed.last_alert_at = Some(at(50));
    assert_eq!(store.sources(&granted()).await.unwrap(), [renamed]);
    let taken = refusal(store, [Op::PutSource(source(2, "siem"))]).await;
    assert!(
        matches!(taken, Error::Conflict(Conflict::Duplicate { .. })),
        "{taken}"
    );
}

async fn settings_and_pinned_content_come_back(store: &Store) {
    let granted = granted();
    assert_eq!(store.setting(&granted, "policy").await.unwrap(), None);
    for value in [json!("any-malicious"), json!({"a": [1, null]})] {
        commit(
            store,
            [Op::PutSetting {
                name: "policy".into(),
                value: value.clone(),
            }],
        )
        .await;
        assert_eq!(
            store.setting(&granted, "policy").await.unwrap(),
            Some(value)
        );
    }
    let all = store.settings(&granted).await.unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["policy"]);
    assert!(store.settings(&stranger()).await.unwrap().is_empty());
    let body = "steps: []\n".repeat(500).into_bytes();
    let digest = BlobHash::of(&body);
    let pin = Op::PutContentVersion {
        digest,
        kind: "playbook".into(),
        name: "enrichment-only".into(),
        body: body.clone().into(),
    };
    commit(store, [pin.clone(), pin]).await;
    let pinned = store
        .content_version(&granted, digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (pinned.body, pinned.name.as_str()),
        (body, "enrichment-only")
    );
}
