//! The driver in a world that fails: random playbooks, crashes at every kind of moment, vendors that hang and lie,
//! a clock that jumps. See `updraft_testkit::sim`.
//!
//! `SIM_SEEDS=10000` plays so many seeds, `SIM_SEED=17` one again.

mod checks;
mod content;
mod world;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::json;
use updraft_app::simulation::{
    StoreDefect,
    defects::{self, Defect},
};
use updraft_model::{Granted, Permission, TenantId};
use updraft_testkit::sim::{
    Dice, author, crash,
    vendors::Mood,
    wild::{Author, Words},
};
use world::{Course, Delivery, World};

/// The playbook that the standard rules run.
const MAIN: &str = "enrichment-only";
/// Seeds when nobody says how many.
const SEEDS: u64 = 200;
/// Crashes of one seed at most.
const CRASHES_MAX: u32 = 6;

const WORDS: Words = Words {
    actions: &[
        "simulated_product.look",
        "simulated_product.write_key",
        "simulated_product.write_find",
        "simulated_product.write_none",
        "simulated_product.job",
    ],
    connection: Some(author::CONNECTION),
    note: ("case.comment", "text"),
    address: ("ip", Some("192.0.2.7")),
    company: false,
};

fn granted(permission: Permission) -> Granted {
    Granted::system(TenantId::DEFAULT, "test", permission)
}

/// What a seed came to, for comparing.
#[derive(Debug, PartialEq, Eq)]
struct Story {
    lives: u32,
    went_wrong: BTreeMap<String, u64>,
    states: Vec<String>,
    digests: Vec<String>,
    effects: Vec<String>,
}

fn course(dice: &mut Dice, wild: bool) -> Course {
    let count = 1 + dice.roll(3);
    let deliveries = (0..count).map(|_| Delivery {
        // The same address again belongs to the same case.
        text: format!("118.25.6.{}", 1 + dice.roll(2)),
        at_ms: dice.roll(60_000),
        accepted: None,
    });
    Course {
        deliveries: deliveries.collect(),
        cancel_at_ms: (wild && dice.chance(4)).then(|| dice.roll(120_000)),
    }
}

/// Plays one seed to its end and checks what is left.
fn play(seed: u64, bug: Option<Bug>) -> Story {
    let mut dice = Dice(seed);
    let wild = dice.chance(3);
    let mood = match dice.chance(3) {
        true => Mood::Calm,
        false => Mood::Rough,
    };
    let plan = match dice.chance(4) {
        true => crash::Plan::none(),
        false => crash::Plan::random(dice.next(), CRASHES_MAX),
    };
    let course = course(&mut dice, wild);
    let (foreseeable, main, other) = match wild {
        true => {
            let mut author = Author::new(dice.next(), WORDS);
            let other = author.playbook("other");
            (None, author.playbook(MAIN), other)
        }
        false => {
            let (main, called) = author::write(dice.next(), MAIN);
            let documents = (main.document(), called.document());
            (Some((main, called)), documents.0, documents.1)
        }
    };
    let store = match bug {
        Some(Bug::Store(defect)) => Some(defect),
        _ => None,
    };
    if let Some(Bug::Driver(defect)) = bug {
        defects::set(Some(defect));
    }
    let spares_the_disk = plan.spares_the_disk();
    let plans = checks::plans(&main, &other);
    let content = content::library(vec![main, other]);
    let mut world = World::installed(content, course, mood, plan, dice.next(), store);
    world.play();
    defects::set(None);
    let played = checks::Played {
        foreseeable,
        plans,
        mood,
        crashed: world.lives > 1 || world.went_wrong().contains_key("disk full"),
        disturbed: !spares_the_disk,
    };
    let lives = world.lives;
    let seen = checks::check(&mut world, &played);
    Story {
        lives,
        went_wrong: world.went_wrong(),
        states: seen
            .iter()
            .map(|one| json!(one.run.state).to_string())
            .collect(),
        digests: seen.into_iter().map(|one| one.digest).collect(),
        effects: world.vendors(|vendors| vendors.done().iter().map(|e| format!("{e:?}")).collect()),
    }
}

/// A deliberate bug.
#[derive(Debug, Clone, Copy)]
enum Bug {
    Store(StoreDefect),
    Driver(Defect),
}

/// The seed's story, or what is wrong with it.
fn told(seed: u64, bug: Option<Bug>) -> Result<Story, String> {
    let played = catch_unwind(AssertUnwindSafe(|| play(seed, bug)));
    defects::set(None);
    played.map_err(|panic| {
        eprintln!("SIM_SEED={seed}");
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Plays seeds on all processors; gives what was seen, and the seeds that went wrong.
fn play_all(seeds: std::ops::Range<u64>) -> (BTreeMap<String, u64>, Vec<(u64, String)>) {
    let next = AtomicU64::new(seeds.start);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || {
            let (mut seen, mut wrong) = (BTreeMap::<String, u64>::new(), Vec::new());
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    return (seen, wrong);
                }
                match told(seed, None) {
                    Ok(story) => {
                        *seen.entry("lives".into()).or_default() += u64::from(story.lives);
                        *seen.entry("effects".into()).or_default() += story.effects.len() as u64;
                        for (what, count) in story.went_wrong {
                            *seen.entry(what).or_default() += count;
                        }
                        for state in story.states {
                            *seen.entry(state).or_default() += 1;
                        }
                    }
                    Err(why) => wrong.push((seed, why)),
                }
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut all = (BTreeMap::<String, u64>::new(), Vec::new());
        for worker in workers {
            let (seen, wrong) = worker.join().unwrap();
            for (word, count) in seen {
                *all.0.entry(word).or_default() += count;
            }
            all.1.extend(wrong);
        }
        all
    })
}

#[test]
fn random_runs_survive_a_random_world() {
    if let Some(seed) = number("SIM_SEED") {
        println!("{:#?}", play(seed, None));
        return;
    }
    let count = number("SIM_SEEDS").unwrap_or(SEEDS);
    let (seen, mut wrong) = play_all(0..count);
    println!("{count} seeds: {seen:?}");
    wrong.sort_unstable();
    let shown: Vec<String> = wrong
        .iter()
        .take(5)
        .map(|(seed, why)| format!("SIM_SEED={seed}: {why}"))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {count} seeds went wrong: {}",
        wrong.len(),
        shown.join("\n\n")
    );
    // A simulation that reaches nothing proves nothing.
    for word in [
        "effects",
        "\"succeeded\"",
        "\"failed\"",
        "\"cancelled\"",
        "died BeforeCommit",
        "died AfterCommit",
        "died AfterAnswer",
        "died BeforeSend",
        "died AfterSend",
        "died OnArrival",
        "disk full",
        "clock back",
        "clock ahead",
    ] {
        assert!(
            count < 100 || seen.contains_key(word),
            "never happened: {word}"
        );
    }
}

#[test]
fn a_seed_decides_everything() {
    for seed in 0..20 {
        assert_eq!(play(seed, None), play(seed, None), "SIM_SEED={seed}");
    }
}

/// Every deliberate bug, and within how many seeds it must be found.
const BUGS: &[(Bug, u64)] = &[
    (Bug::Store(StoreDefect::NoSync), 50),
    (Bug::Store(StoreDefect::AnswerFirst), 50),
    (Bug::Store(StoreDefect::ForgetIntents), 50),
    (Bug::Store(StoreDefect::ForgetAnswers), 50),
    (Bug::Store(StoreDefect::ReverseJournal), 50),
    (Bug::Driver(Defect::SendBeforeIntent), 500),
    (Bug::Driver(Defect::SendAgain), 200),
    (Bug::Driver(Defect::TakeAnswersTwice), 50),
    (Bug::Driver(Defect::LoseTimers), 50),
    (Bug::Driver(Defect::IgnoreDeadlines), 200),
];

#[test]
fn every_deliberate_bug_is_found() {
    let wanted = std::env::var("SIM_BUG").unwrap_or_default();
    let mut missed = Vec::new();
    for (bug, seeds) in BUGS {
        if !format!("{bug:?}").contains(&wanted) {
            continue;
        }
        let found = (0..*seeds).find_map(|seed| Some((seed, told(seed, Some(*bug)).err()?)));
        match found {
            Some((seed, why)) => {
                let why = why.lines().next().unwrap_or_default().to_owned();
                println!("{bug:?} is found by seed {seed}: {why}");
            }
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}
