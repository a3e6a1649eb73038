//! More than the server can take: it says so and loses nothing.

use std::time::Duration;

use updraft_testkit::vendor::{Fault, Rule};

use crate::ground::Ground;

#[test]
fn a_full_backlog_answers_try_again_later_and_loses_nothing() {
    let ground = Ground::bare(&["--backlog-max", "20", "--runs-active-max", "2"]);
    ground.updraft.connect_provider("lookout", &ground.vendors);
    ground.vendors.server.fault(Rule::new(
        "GET",
        "/lookout",
        Fault::Delay(Duration::from_millis(1500)),
    ));
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for n in 0..400 {
        let reply = ground.updraft.deliver(
            &ground.source_token,
            "text/plain",
            format!("23.70.{}.{}", n / 250, n % 250 + 1).as_bytes(),
        );
        match reply.status {
            202 => accepted.push(reply.json()["alerts"][0]["id"].as_str().unwrap().to_owned()),
            429 => {
                let seconds: u32 = reply.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=60).contains(&seconds));
                assert_eq!(reply.json()["code"], "busy");
                refused += 1;
            }
            other => panic!("{other}: {}", reply.text()),
        }
        if refused > 20 {
            break;
        }
    }
    assert!(refused > 20, "it took {} without a word", accepted.len());
    assert!(accepted.len() < 300);
    ground.vendors.server.heal();
    ground.updraft.rest();
    let cases = ground.updraft.all("/api/v1/cases");
    assert_eq!(cases.len(), accepted.len());
    assert!(cases.iter().all(|case| case["status"] == "closed"));
    ground.case_of("23.71.0.1");
}
