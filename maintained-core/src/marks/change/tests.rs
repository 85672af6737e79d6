//! What is recorded of writes, against totals that are added up by hand. No database.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::declare::arena::{AnyArena, Arena};
use crate::graph::SetterIndex;
use crate::graph::tests::shop;

/// An item: its order, if it has one, and its amount.
type Item = (Option<i32>, i64);

#[derive(Debug, Clone)]
enum Write {
    Put(i32, Item),
    Delete(i32),
}

fn write() -> impl Strategy<Value = Write> {
    let item = || (proptest::option::of(0..3), -5i64..5);
    prop_oneof![
        3 => (0..4, item()).prop_map(|(id, item)| Write::Put(id, item)),
        1 => (0..4).prop_map(Write::Delete),
    ]
}

fn totals(items: &BTreeMap<i32, Item>) -> BTreeMap<i32, i64> {
    let mut totals = BTreeMap::new();
    for (order, amount) in items.values() {
        if let Some(order) = order {
            *totals.entry(*order).or_default() += amount;
        }
    }
    totals
}

/// Records what a write makes of an item.
fn record(recorder: &mut Recorder<'_>, id: i32, before: Option<Item>, after: Option<Item>) {
    let item = shop::model(recorder.graph, "Item");
    let of = |column: ColumnIndex| {
        [before, after].map(|it| {
            it.filter(|_| column == shop::AMOUNT)
                .map(|(_, amount)| amount)
        })
    };
    let change = match (before, after) {
        (None, None) => return,
        (None, _) => Change::Inserted,
        (_, None) => Change::Deleted,
        (Some((from, was)), Some((to, is))) => {
            let mut columns = ColumnSet::NONE;
            if from != to {
                columns = columns.with(shop::ORDER_ID);
            }
            if was != is {
                columns = columns.with(shop::AMOUNT);
            }
            if columns.is_empty() {
                return;
            }
            Change::Updated(columns)
        }
    };
    let numbers = Numbers {
        were: before.is_some(),
        are: after.is_some(),
        known: ColumnSet::ALL,
        of: &of,
    };
    let id = recorder.arenas.typed::<i32>(item).intern(&id);
    recorder.change(item, id, change, Some(numbers), |_, orders| {
        [before, after].map(|it| {
            let (order, _) = it?;
            Some(crate::declare::arena::typed::<i32>(orders).intern(&order?))
        })
    });
}

proptest! {
    #[test]
    fn differences_are_those_of_the_totals_and_each_is_marked(
        writes in proptest::collection::vec(write(), 0..20),
    ) {
        let graph = shop::totals(false);
        let order = shop::model(&graph, "Order");
        let setter = SetterIndex::from(0);
        let slot = graph.short_way(order, setter).unwrap().slot;
        let arena = |_| Box::new(Arena::<i32>::default()) as Box<dyn AnyArena>;
        let mut arenas = Arenas::new(graph.models.keys().map(arena));
        let mut pending = Pending::default();
        pending.note_differences(true);
        let layer = pending.layer(&graph, &None);
        let mut items: BTreeMap<i32, Item> = [(0, (Some(0), 2)), (1, (Some(1), 3))].into();
        let before = totals(&items);
        for write in writes {
            let mut recorder = Recorder {
                graph: &graph,
                arenas: &mut arenas,
                pending: &mut pending,
                layer,
                unit: None,
            };
            let (id, new) = match write {
                Write::Put(id, item) => (id, Some(item)),
                Write::Delete(id) => (id, None),
            };
            let old = items.remove(&id);
            record(&mut recorder, id, old, new);
            items.extend(new.map(|item| (id, item)));
        }
        let after = totals(&items);
        let of = |totals: &BTreeMap<i32, i64>, order| totals.get(&order).copied().unwrap_or(0);
        for number in 0..3 {
            let id = arenas.typed::<i32>(order).intern(&number);
            let known = pending.differences().unwrap().get(&(order, id, setter)).copied();
            let difference = of(&after, number) - of(&before, number);
            if let Some(known) = known {
                prop_assert_eq!(known, Adjustment::By(difference));
                prop_assert!(pending.take(layer, order, id, slot));
            } else {
                prop_assert_eq!(difference, 0);
            }
        }
        prop_assert!(pending.is_empty());
    }
}
