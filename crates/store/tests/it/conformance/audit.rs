//! The audit chain.

use updraft_model::TenantId;
use updraft_store::{Error, Op, Page, Store, Tx};

use super::{commit, promises};
use crate::builders::{TENANT, audit, case, granted, other_tenant, stranger};

promises!(
    the_chain_is_sound_and_paged_newest_first,
    a_refused_transaction_leaves_no_link,
    tenants_have_chains_of_their_own,
);

async fn the_chain_is_sound_and_paged_newest_first(store: &Store) {
    for n in 0..30 {
        commit(
            store,
            [
                Op::Audit(audit(TENANT, &format!("a{n}"))),
                Op::Audit(audit(TENANT, "b")),
            ],
        )
        .await;
    }
    let report = store.audit_verify(&granted()).await.unwrap();
    assert_eq!((report.sound, report.broken), (60, None));
    let (mut seen, mut page) = (vec![], Page::first(7));
    loop {
        let found = store.audit(&granted(), page).await.unwrap();
        seen.extend(found.items.iter().map(|row| row.seq));
        let Some(next) = found.next else { break };
        page = Page::after(next, 7);
    }
    assert_eq!(seen, (1..=60).rev().collect::<Vec<_>>());
}

async fn a_refused_transaction_leaves_no_link(store: &Store) {
    let one = case("one");
    commit(
        store,
        [
            Op::InsertCase(Box::new(one)),
            Op::Audit(audit(TENANT, "open")),
        ],
    )
    .await;
    let waiting: Vec<_> = (0..20)
        .map(|n| {
            let key = if n % 2 == 0 {
                "one".to_owned()
            } else {
                format!("other{n}")
            };
            store.commit_nowait(
                Tx::new(TENANT)
                    .with(Op::Audit(audit(TENANT, "open")))
                    .with(Op::InsertCase(Box::new(case(&key)))),
            )
        })
        .collect();
    for one in waiting {
        let _ = one.await;
    }
    let report = store.audit_verify(&granted()).await.unwrap();
    assert_eq!((report.sound, report.broken), (11, None));
}

async fn tenants_have_chains_of_their_own(store: &Store) {
    commit(store, [Op::Audit(audit(TENANT, "a"))]).await;
    let other = other_tenant();
    store
        .commit(Tx::new(other).with(Op::Audit(audit(other, "b"))))
        .await
        .unwrap();
    for who in [granted(), stranger()] {
        assert_eq!(store.audit_verify(&who).await.unwrap().sound, 1);
        assert_eq!(
            store.audit(&who, Page::default()).await.unwrap().items[0]
                .entry
                .tenant,
            who.tenant()
        );
    }
    let smuggled = store
        .commit(Tx::new(other).with(Op::Audit(audit(TenantId::DEFAULT, "x"))))
        .await;
    assert!(matches!(smuggled, Err(Error::Invalid { .. })));
}
