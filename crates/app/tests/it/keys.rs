//! The key under which secrets lie: rotated while everything works, and of no use afterwards.

use updraft_model::Permission;

use crate::house::{API_KEY, BAD, House, granted, receive, settled};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing() {
    let house = House::new();
    let app = house.first().await;
    let file = house.data().join("key");
    let old = std::fs::read_to_string(&file).unwrap();
    assert_eq!(app.rotate_key().await.unwrap(), 2);
    let new = std::fs::read_to_string(&file).unwrap();
    assert_ne!(old, new);
    assert_eq!(new.lines().count(), 1);
    receive(&app, BAD).await;
    settled(&app, 1, 1).await;
    app.stop();
    app.close().await;
    drop(app);
    let app = crate::recovery::reopened(&house).await;
    for view in app.connections(&granted(Permission::ConfigRead)) {
        assert_eq!(view.problem, None);
    }
    receive(&app, "118.25.9.9").await;
    settled(&app, 2, 2).await;
    let asked = house.vendors.log();
    let keys: Vec<_> = asked
        .iter()
        .filter(|asked| asked.target.starts_with("/abuse/"))
        .map(|asked| {
            asked
                .headers
                .iter()
                .find(|(name, _)| name.as_str() == "key")
                .map(|(_, key)| key.as_str())
        })
        .collect();
    assert_eq!(keys, [Some(API_KEY), Some(API_KEY)]);
    app.stop();
    app.close().await;
    drop(app);
    std::fs::write(&file, old).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let error = house.open(8).await.map(|_| ()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not open with the present key"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_made_during_the_rotation_opens_afterwards() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    house.connect(&app).await;
    let writer = granted(Permission::ConfigWrite);
    let make = async {
        for n in 0..10 {
            let draft = updraft_app::connections::ConnectionDraft {
                name: Some(format!("Abuse {n}")),
                secrets: [("api_key".to_owned(), API_KEY.to_owned())].into(),
                ..Default::default()
            };
            app.create_connection(&writer, "abuseipdb", draft)
                .await
                .unwrap();
        }
    };
    let rotate = async {
        for _ in 0..3 {
            app.rotate_key().await.unwrap();
        }
    };
    tokio::join!(make, rotate);
    app.close().await;
    drop((app, _drivers));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let (app, _drivers) = house.open(8).await.unwrap();
    let views = app.connections(&granted(Permission::ConfigRead));
    assert_eq!(views.len(), 12);
    assert!(views.iter().all(|view| view.problem.is_none()), "{views:?}");
}
