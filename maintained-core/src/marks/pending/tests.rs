//! Marks against a model of them: a stack of sets.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::declare::setter_set::SetterSet;
use crate::graph::Chosen;
use crate::graph::SetterIndex;
use crate::graph::tests::shop;

type Mark = (usize, Id, SlotIndex);

#[derive(Debug, Clone)]
enum Step {
    Mark(Mark),
    Take(Mark),
    Begin,
    Release,
    Rollback,
    Settle,
}

fn step() -> impl Strategy<Value = Step> {
    let mark = || (0usize..2, 0u32..6, (0usize..2).prop_map(SlotIndex::from));
    prop_oneof![
        6 => mark().prop_map(Step::Mark),
        4 => mark().prop_map(Step::Take),
        2 => Just(Step::Begin),
        1 => Just(Step::Release),
        1 => Just(Step::Rollback),
        1 => Just(Step::Settle),
    ]
}

proptest! {
    #[test]
    fn marks_live_and_die_with_the_level_in_which_they_were_left(steps in proptest::collection::vec(step(), 0..60)) {
        let graph = shop::graph();
        let order = shop::model(&graph, "Order");
        let mut pending = Pending::default();
        let mut model: Vec<BTreeSet<Mark>> = vec![BTreeSet::new()];
        pending.begin();
        model.push(BTreeSet::new());
        for step in steps {
            // The layers are made anew whenever marks were forgotten.
            let all = pending.layer(&graph, &None);
            let some = pending.layer(&graph, &some_of(vec![SetterSet::ALL; graph.models.len()]));
            let layer = |at: usize| [all, some][at];
            match step {
                Step::Mark((at, id, slot)) => {
                    pending.mark(layer(at), order, id, slot);
                    model.last_mut().unwrap().insert((at, id, slot));
                }
                Step::Take((at, id, slot)) => {
                    let taken = pending.take(layer(at), order, id, slot);
                    prop_assert_eq!(taken, model.last_mut().unwrap().remove(&(at, id, slot)));
                }
                Step::Begin => {
                    pending.begin();
                    model.push(model.last().unwrap().clone());
                }
                Step::Release if pending.depth() > 1 => {
                    pending.release();
                    let inner = model.pop().unwrap();
                    *model.last_mut().unwrap() = inner;
                }
                Step::Rollback if pending.depth() > 1 => {
                    pending.rollback();
                    model.pop();
                }
                Step::Settle => {
                    prop_assert!(!pending.settle() || model.iter().all(BTreeSet::is_empty));
                }
                Step::Release | Step::Rollback => {}
            }
            let now = model.last().unwrap();
            prop_assert_eq!(pending.is_empty(), now.is_empty());
            for slot in [0, 1].map(SlotIndex::from) {
                let ids: BTreeSet<Id> = now.iter().filter(|mark| mark.2 == slot).map(|mark| mark.1).collect();
                prop_assert_eq!(pending.marked(order, &[slot]), ids.into_iter().collect::<Vec<_>>());
                prop_assert_eq!(pending.any(order, slot), now.iter().any(|mark| mark.2 == slot));
            }
        }
    }
}

#[test]
fn a_choice_leaves_out_the_setters_that_it_does_not_name() {
    let graph = shop::graph();
    let order = shop::model(&graph, "Order");
    let mut pending = Pending::default();
    let layer = pending.layer(
        &graph,
        &some_of(vec![
            SetterSet::of(SetterIndex::from(1));
            graph.models.len()
        ]),
    );
    let [first, second] = [0, 1].map(SlotIndex::from);
    pending.mark(layer, order, 0, first);
    pending.mark(layer, order, 0, second);
    assert_eq!(
        (pending.any(order, first), pending.any(order, second)),
        (false, true)
    );
}

#[test]
fn a_hundred_thousand_marks_cost_little_memory() {
    let graph = shop::graph();
    let order = shop::model(&graph, "Order");
    let mut pending = Pending::default();
    let layer = pending.layer(&graph, &None);
    for id in 0..100_000 {
        pending.mark(layer, order, id, SlotIndex::from(0));
    }
    let words = pending.layers[layer].models[order].words.capacity();
    assert!(words * 8 < 3_000_000, "{words} words");
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a choice is none where all are chosen"
)]
fn some_of(setters: Vec<SetterSet>) -> Choice {
    Some(Arc::new(Chosen::from(setters)))
}
