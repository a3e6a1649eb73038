//! Whose turn it is: examples, and everything that may happen in any order against a simple model.

use proptest::prelude::*;

use super::{super::flows::weight, *};

fn run(number: u128, case: u128, priority: Severity) -> Waiting {
    of(TenantId::DEFAULT, number, case, priority)
}

fn of(tenant: TenantId, number: u128, case: u128, priority: Severity) -> Waiting {
    Waiting {
        run: RunId::new(1, number),
        case: CaseId::new(1, case),
        tenant,
        priority,
        slot: None,
    }
}

fn bounded(number: u128, priority: Severity, at_once: u32) -> Waiting {
    let slot = Slot {
        playbook: "isolate".into(),
        at_once,
    };
    Waiting {
        slot: Some(slot),
        ..run(number, number, priority)
    }
}

fn tenant(number: u128) -> TenantId {
    TenantId::new(1, number)
}

fn taken(queues: &mut Queues, places: usize) -> Vec<u128> {
    std::iter::from_fn(|| queues.take(places))
        .map(|turn| number(&turn))
        .collect()
}

fn number(waiting: &Waiting) -> u128 {
    (1..100_000)
        .find(|number| RunId::new(1, *number) == waiting.run)
        .unwrap()
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn the_most_severe_works_first_and_equals_in_order_of_arrival() {
    let mut queues = Queues::default();
    for (number, severity) in [
        (1, Severity::Low),
        (2, Severity::Critical),
        (3, Severity::Low),
    ] {
        queues.submit(run(number, number, severity));
    }
    assert_eq!(taken(&mut queues, 8), [2, 1, 3]);
    assert_eq!(queues.active(), 3);
}

#[test]
fn two_runs_of_one_case_never_work_at_once() {
    let mut queues = Queues::default();
    assert!(queues.submit(run(1, 1, Severity::Low)));
    assert!(queues.submit(run(2, 1, Severity::Critical)));
    assert!(!queues.submit(run(2, 1, Severity::Critical)));
    assert_eq!(queues.queued_of(CaseId::new(1, 1)), 1);
    assert_eq!(
        queues.last_queued_of(CaseId::new(1, 1)),
        Some(RunId::new(1, 2))
    );
    let first = queues.take(8).unwrap();
    assert_eq!(number(&first), 1);
    assert!(queues.take(8).is_none());
    queues.finished(&first);
    assert_eq!(taken(&mut queues, 8), [2]);
}

#[test]
fn a_sleeping_run_wakes_at_its_time_and_blocks_its_case_until_then() {
    let mut queues = Queues::default();
    queues.know_to((moment(1_000), RunId::new(0, 0)));
    queues.submit(run(1, 1, Severity::Low));
    queues.submit(run(2, 1, Severity::Low));
    let first = queues.take(8).unwrap();
    queues.asleep(&first, Some(moment(50)), false);
    assert!(queues.take(8).is_none());
    assert_eq!(queues.wake(moment(10), 9), Some(moment(50)));
    assert_eq!(queues.wake(moment(50), 9), None);
    assert_eq!(taken(&mut queues, 8), [1]);
    // Sooner, when something happens; and only once.
    queues.asleep(&first, Some(moment(90)), false);
    assert!(queues.rouse(first.run));
    assert!(!queues.rouse(first.run));
    assert_eq!(queues.wake(moment(90), 9), None);
    assert_eq!(taken(&mut queues, 8), [1]);
    queues.finished(&first);
    assert_eq!(taken(&mut queues, 8), [2]);
}

#[test]
fn a_run_that_sleeps_long_has_no_alarm_but_keeps_its_place_in_the_line() {
    let mut queues = Queues::default();
    queues.know_to((moment(100), RunId::new(0, 0)));
    queues.submit(run(1, 1, Severity::Low));
    let first = queues.take(8).unwrap();
    queues.asleep(&first, Some(moment(5_000)), false);
    assert_eq!(queues.kept(), 0);
    assert_eq!(queues.last_queued_of(first.case), Some(first.run));
    queues.submit(run(2, 1, Severity::Low));
    assert!(queues.take(8).is_none());
    // The store tells of it when its time comes near, perhaps twice.
    queues.know_to((moment(6_000), RunId::new(0, 0)));
    queues.alarm(moment(5_000), first.run);
    queues.alarm(moment(5_000), first.run);
    assert_eq!(queues.kept(), 1);
    queues.wake(moment(5_000), 9);
    assert_eq!(taken(&mut queues, 8), [1]);
    // What the store tells late, of a run that works again, is left alone.
    queues.alarm(moment(5_000), first.run);
    assert_eq!(queues.kept(), 0);
    queues.finished(&first);
    assert_eq!(taken(&mut queues, 8), [2]);
}

#[test]
fn a_run_from_the_store_rests_in_its_line_until_it_is_roused() {
    let mut queues = Queues::default();
    queues.recover_sleeping(&run(1, 1, Severity::Low), false);
    assert!(!queues.submit(run(1, 1, Severity::Low)));
    queues.submit(run(2, 1, Severity::Low));
    assert!(queues.take(8).is_none());
    assert!(queues.rouse(RunId::new(1, 1)));
    assert_eq!(taken(&mut queues, 8), [1]);
    queues.asleep(&run(1, 1, Severity::Low), None, false);
    queues.rouse(RunId::new(1, 1));
    assert_eq!(taken(&mut queues, 8), [1]);
    queues.finished(&run(1, 1, Severity::Low));
    assert_eq!(taken(&mut queues, 8), [2]);
    queues.finished(&run(2, 1, Severity::Low));
    assert!(queues.lines.is_empty() && queues.resting.is_empty());
}

#[test]
fn a_run_that_stands_aside_lets_others_work_and_goes_first_when_it_is_roused() {
    let mut queues = Queues::default();
    for number in 1..=3 {
        queues.submit(run(number, 1, Severity::Low));
    }
    let case = CaseId::new(1, 1);
    let first = queues.take(8).unwrap();
    queues.asleep(&first, None, true);
    assert!(!queues.last_of_case(RunId::new(1, 2), case));
    let second = queues.take(8).unwrap();
    assert_eq!(number(&second), 2);
    assert!(queues.rouse(first.run));
    assert!(!queues.rouse(first.run));
    assert!(queues.take(8).is_none(), "two of one case at work");
    queues.finished(&second);
    assert_eq!(taken(&mut queues, 8), [1]);
    queues.finished(&first);
    assert_eq!(taken(&mut queues, 8), [3]);
    assert!(queues.last_of_case(RunId::new(1, 3), case));
}

#[test]
fn a_run_that_is_roused_does_not_wait_for_one_that_sleeps_in_its_place() {
    let mut queues = Queues::default();
    queues.know_to((moment(1_000), RunId::new(0, 0)));
    queues.submit(run(1, 1, Severity::Low));
    queues.submit(run(2, 1, Severity::Low));
    let first = queues.take(8).unwrap();
    queues.asleep(&first, None, true);
    let second = queues.take(8).unwrap();
    queues.asleep(&second, Some(moment(50)), false);
    queues.rouse(first.run);
    assert_eq!(taken(&mut queues, 8), [1]);
    // What is due while another works waits for it, and is made ready once.
    assert_eq!(queues.wake(moment(50), 9), None);
    assert!(queues.take(8).is_none());
    queues.finished(&first);
    assert_eq!(taken(&mut queues, 8), [2]);
    queues.finished(&second);
    assert!(queues.take(8).is_none());
    assert_eq!(queues.active(), 0);
}

#[test]
fn of_two_runs_that_end_at_once_one_is_the_last_of_its_case() {
    let mut queues = Queues::default();
    queues.submit(run(1, 1, Severity::Low));
    queues.submit(run(2, 1, Severity::Low));
    let case = CaseId::new(1, 1);
    assert!(!queues.last_of_case(RunId::new(1, 1), case));
    assert!(queues.last_of_case(RunId::new(1, 2), case));
}

#[test]
fn a_flood_twenty_times_over_does_not_delay_a_new_severe_run() {
    for flooding in [Severity::Low, Severity::Critical] {
        let mut queues = Queues::default();
        for number in 1..=10_240 {
            queues.submit(of(tenant(1), number, number, flooding));
        }
        // The flood has all it can get.
        let mut active: VecDeque<Waiting> = std::iter::from_fn(|| queues.take(512)).collect();
        assert!(active.len() < 512, "a part is kept: {}", active.len());
        // A place is free for the other at once, and the next ones are too.
        for number in 20_001..20_020 {
            queues.submit(of(tenant(2), number, number, Severity::High));
            assert_eq!(
                queues.take(512).map(|turn| turn.run),
                Some(RunId::new(1, number))
            );
        }
        // And of the places that become free the flood gets its part only.
        for number in 30_001..31_000 {
            queues.submit(of(tenant(2), number, number, Severity::High));
        }
        let mut of_flood = 0;
        for _ in 0..200 {
            queues.finished(&active.pop_front().unwrap());
            if let Some(turn) = queues.take(512) {
                of_flood += usize::from(turn.tenant == tenant(1));
                active.push_back(turn);
            }
        }
        let share = if flooding == Severity::Low { 45 } else { 140 };
        assert!((10..=share).contains(&of_flood), "{flooding:?}: {of_flood}");
    }
}

#[test]
fn a_playbook_with_a_bound_waits_for_a_slot_and_loses_nothing() {
    let mut queues = Queues::default();
    for number in 1..=5 {
        queues.submit(bounded(number, Severity::Low, 2));
    }
    queues.submit(bounded(6, Severity::High, 2));
    queues.submit(run(7, 7, Severity::Low));
    // One of each: the severe one first, and the one without a bound in its turn.
    assert_eq!(taken(&mut queues, 512), [6, 1, 7]);
    assert_eq!(queues.waiting(), 4);
    // A run that sleeps keeps its slot, also without a place.
    queues.asleep(&bounded(1, Severity::Low, 2), Some(moment(5)), false);
    assert!(queues.take(512).is_none());
    queues.finished(&bounded(6, Severity::High, 2));
    assert_eq!(taken(&mut queues, 512), [2]);
    assert!(queues.rouse(RunId::new(1, 1)));
    assert_eq!(taken(&mut queues, 512), [1]);
    for number in [1, 2] {
        queues.finished(&bounded(number, Severity::Low, 2));
    }
    assert_eq!(taken(&mut queues, 512), [3, 4]);
    assert_eq!(queues.waiting(), 1);
}

#[test]
fn a_slot_is_taken_again_after_a_restart() {
    let mut queues = Queues::default();
    queues.recover_slot(&bounded(1, Severity::Low, 1));
    queues.recover_sleeping(&bounded(1, Severity::Low, 1), false);
    queues.submit(bounded(2, Severity::Low, 1));
    assert!(queues.take(8).is_none());
    assert!(queues.rouse(RunId::new(1, 1)));
    assert_eq!(taken(&mut queues, 8), [1]);
    queues.finished(&bounded(1, Severity::Low, 1));
    assert_eq!(taken(&mut queues, 8), [2]);
}

#[test]
fn a_run_that_is_to_be_ended_waits_for_no_turn_and_no_slot() {
    let mut queues = Queues::default();
    for number in 1..=3 {
        queues.submit(run(number, 1, Severity::Low));
    }
    let case = CaseId::new(1, 1);
    let first = queues.take(8).unwrap();
    assert!(!queues.out_of_turn(first.run, case), "it works");
    assert!(queues.out_of_turn(RunId::new(1, 2), case));
    let second = queues.take(8).unwrap();
    assert_eq!(number(&second), 2);
    queues.finished(&second);
    assert!(queues.take(8).is_none(), "the first is still at work");
    queues.finished(&first);
    assert_eq!(taken(&mut queues, 8), [3]);
    // Before the slot.
    queues.submit(bounded(11, Severity::Low, 1));
    queues.submit(bounded(12, Severity::Low, 1));
    assert_eq!(taken(&mut queues, 8), [11]);
    assert!(queues.out_of_turn(RunId::new(1, 12), CaseId::new(1, 12)));
    let ended = queues.take(8).unwrap();
    assert_eq!((number(&ended), &ended.slot), (12, &None));
    queues.finished(&ended);
    assert!(
        !queues.out_of_turn(RunId::new(1, 12), CaseId::new(1, 12)),
        "it is gone"
    );
    assert_eq!((queues.waiting(), queues.active()), (0, 2));
}

/// One thing that happens to the queues.
#[derive(Debug, Clone)]
enum Event {
    Submit {
        tenant: u128,
        case: u128,
        severity: u8,
        slot: Option<u32>,
    },
    Finish(usize),
    Sleep(usize, bool),
    Rouse(usize),
    End(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1u128..4, 1u128..12, 0u8..5, prop::option::weighted(0.3, 1u32..3)).prop_map(
            |(tenant, case, severity, slot)| Event::Submit { tenant, case, severity, slot }
        ),
        4 => any::<usize>().prop_map(Event::Finish),
        1 => any::<(usize, bool)>().prop_map(|(which, aside)| Event::Sleep(which, aside)),
        1 => any::<usize>().prop_map(Event::Rouse),
        1 => any::<usize>().prop_map(Event::End),
    ]
}

/// What must hold, kept in the simplest way.
#[derive(Default)]
struct Model {
    made: Vec<Waiting>,
    active: Vec<Waiting>,
    asleep: Vec<(Waiting, bool)>,
    /// To be ended: they wait for nothing.
    doomed: HashSet<RunId>,
    over: HashSet<RunId>,
    begun: HashSet<RunId>,
}

impl Model {
    fn takes(&mut self, queues: &mut Queues, places: usize) {
        while let Some(turn) = queues.take(places) {
            assert!(!self.over.contains(&turn.run), "it is over");
            assert!(self.active.len() < places, "more than there are places");
            assert!(
                self.active.iter().all(|other| other.run != turn.run),
                "twice"
            );
            if !self.doomed.contains(&turn.run) {
                let of_case =
                    |other: &&Waiting| other.case == turn.case && !self.doomed.contains(&other.run);
                assert!(
                    !self.active.iter().any(|other| of_case(&other)),
                    "two runs of one case"
                );
                self.begun.insert(turn.run);
            }
            if let Some(slot) = &turn.slot {
                let same = |other: &&Waiting| {
                    other.tenant == turn.tenant
                        && other.slot.is_some()
                        && !self.over.contains(&other.run)
                        && self.begun.contains(&other.run)
                };
                let under_way = self.made.iter().filter(same).count();
                assert!(under_way <= slot.at_once as usize, "more than the bound");
            }
            self.active.push(turn);
        }
    }

    fn finish(&mut self, queues: &mut Queues, which: usize) {
        let done = self.active.remove(which % self.active.len());
        self.over.insert(done.run);
        queues.finished(&done);
    }

    /// A run may sleep when it is its own turn, and not to be ended.
    fn sleep(&mut self, queues: &mut Queues, which: usize, aside: bool) {
        let which = which % self.active.len();
        if self.doomed.contains(&self.active[which].run) {
            return self.finish(queues, which);
        }
        let sleepy = self.active.remove(which);
        queues.asleep(&sleepy, None, aside);
        self.asleep.push((sleepy, aside));
    }

    fn rouse(&mut self, queues: &mut Queues, which: usize) {
        let (roused, _) = self.asleep.remove(which % self.asleep.len());
        assert!(queues.rouse(roused.run));
    }

    /// The order of a line: only who stood aside goes before others.
    fn end(&mut self, queues: &mut Queues, which: usize) {
        let chosen = self.made[which % self.made.len()].clone();
        let begun = self.begun.contains(&chosen.run);
        let may = queues.out_of_turn(chosen.run, chosen.case);
        if !begun && !self.over.contains(&chosen.run) && !self.doomed.contains(&chosen.run) {
            assert!(may, "what has not begun can be ended");
        }
        if may {
            self.doomed.insert(chosen.run);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(400)))]

    /// Whatever happens in whatever order: bounds hold, and when everything comes to its end nothing is left.
    #[test]
    fn nothing_is_lost_and_every_bound_holds(
        events in prop::collection::vec(event(), 1..120), places in 1usize..9, at_once in 1u32..3,
    ) {
        let mut queues = Queues::default();
        let mut model = Model::default();
        for (number, event) in (1u128..).zip(events) {
            match event {
                Event::Submit { tenant: whose, case, severity, slot } => {
                    let severity = Severity::from_u8(severity);
                    let slot = slot.map(|_| Slot { playbook: "p".into(), at_once });
                    let case = whose * 100 + case;
                    let made = Waiting { slot, ..of(tenant(whose), number, case, severity) };
                    prop_assert!(queues.submit(made.clone()));
                    model.made.push(made);
                }
                Event::Finish(which) if !model.active.is_empty() => model.finish(&mut queues, which),
                Event::Sleep(which, aside) if !model.active.is_empty() => {
                    model.sleep(&mut queues, which, aside);
                }
                Event::Rouse(which) if !model.asleep.is_empty() => model.rouse(&mut queues, which),
                Event::End(which) if !model.made.is_empty() => model.end(&mut queues, which),
                Event::Finish(_) | Event::Sleep(..) | Event::Rouse(_) | Event::End(_) => {}
            }
            model.takes(&mut queues, places);
            prop_assert_eq!(queues.active(), model.active.len());
            prop_assert_eq!(queues.asleep_now(), model.asleep.len());
        }
        while model.over.len() < model.made.len() {
            while !model.asleep.is_empty() {
                model.rouse(&mut queues, 0);
            }
            model.takes(&mut queues, places);
            let left = model.made.len() - model.over.len();
            prop_assert!(!model.active.is_empty(), "{left} runs never come to their turn");
            model.finish(&mut queues, 0);
        }
        prop_assert_eq!((queues.waiting(), queues.active(), queues.kept()), (0, 0, 0));
        prop_assert!(queues.lines.is_empty() && queues.resting.is_empty() && queues.aside.is_empty());
        prop_assert!(queues.slots.is_empty() && queues.ending.is_empty());
    }

    /// However large the floods around it: a flow with something to do has its turn within as many turns as the
    /// weights of all flows make, also one that begins anew.
    #[test]
    fn every_flow_has_its_turn_within_a_bound(
        floods in prop::collection::btree_set((1u128..6, 0u8..5), 1..12), whose in 1u128..6, severity in 0u8..5,
        before in 0usize..400,
    ) {
        let mut queues = Queues::default();
        let mut next = 0u128;
        let submit = |queues: &mut Queues, next: &mut u128, (whose, severity): (u128, u8)| {
            *next += 1;
            queues.submit(of(tenant(whose), *next, *next, Severity::from_u8(severity)));
        };
        for flow in &floods {
            for _ in 0..before + 200 {
                submit(&mut queues, &mut next, *flow);
            }
        }
        // A single place, so that the order alone decides.
        let turn = |queues: &mut Queues| {
            let turn = queues.take(1).unwrap();
            queues.finished(&turn);
            (turn.tenant, turn.priority)
        };
        for _ in 0..before {
            turn(&mut queues);
        }
        let wanted = (tenant(whose), Severity::from_u8(severity));
        let mine = floods.contains(&(whose, severity));
        if !mine {
            submit(&mut queues, &mut next, (whose, severity));
        }
        let own = weight(wanted.1);
        let bound: u64 = floods
            .iter()
            .map(|(_, other)| weight(Severity::from_u8(*other)).div_ceil(own) + 1)
            .sum();
        let found = (0..=bound + 1).any(|_| turn(&mut queues) == wanted);
        prop_assert!(found, "no turn within {bound}");
    }
}
