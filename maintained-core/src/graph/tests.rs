//! The graph, from declarations made by hand.

use std::any::TypeId;

use typed_index_collections::TiSlice;

use super::*;
use crate::declare::model::{
    Bounds, ColumnMeta, Content, Json, Kind, Number, RelationMeta, Storage,
};
use crate::declare::setter::{Direction, InputMeta};

const fn column(field: &'static str, maintained: bool) -> ColumnMeta {
    ColumnMeta {
        field,
        name: field,
        maintained,
        declared: false,
        unique: false,
        saved: true,
        kind: || Kind {
            storage: Storage::Exact,
            number: Number::Integer,
            json: Json::None,
            is_nullable: false,
            content: Content::Whole,
            bounds: Bounds::BigInt,
        },
        array: || false,
    }
}

const fn setter(
    name: &'static str,
    field: ColumnIndex,
    own: ColumnSet,
    inputs: &'static [InputMeta],
) -> SetterMeta {
    SetterMeta {
        name,
        fields: ColumnSet::of(field),
        labels: &[],
        own,
        inputs,
        definition: 0,
    }
}

/// A row of an item (an own amount), of an order (its total), of a customer (the total of totals,
/// and a label).
pub(crate) mod shop {
    use super::*;

    struct Item;
    struct Order;
    struct Customer;
    /// A category: a path down from its parent, a count up from its children.
    struct Category;

    pub(crate) const ORDER_ID: ColumnIndex = ColumnIndex::at(1);
    pub(crate) const AMOUNT: ColumnIndex = ColumnIndex::at(2);
    pub(crate) const TOTAL: ColumnIndex = ColumnIndex::at(2);
    const LABEL: ColumnIndex = ColumnIndex::at(3);
    pub(crate) const SPENT: ColumnIndex = ColumnIndex::at(1);
    pub(crate) const NAME: ColumnIndex = ColumnIndex::at(2);
    pub(crate) const PATH: ColumnIndex = ColumnIndex::at(3);

    const ITEM: ModelMeta = ModelMeta {
        name: "Item",
        table: "items",
        columns: TiSlice::from_ref(&[
            column("id", false),
            column("order_id", false),
            column("amount", false),
        ]),
        key: &[ColumnIndex::at(0)],
        relations: TiSlice::from_ref(&[RelationMeta {
            parent: TypeId::of::<Order>,
            column: ColumnIndex::at(1),
        }]),
    };
    const ORDER: ModelMeta = ModelMeta {
        name: "Order",
        table: "orders",
        columns: TiSlice::from_ref(&[
            column("id", false),
            column("customer_id", false),
            column("total", true),
            column("label", true),
        ]),
        key: &[ColumnIndex::at(0)],
        relations: TiSlice::from_ref(&[RelationMeta {
            parent: TypeId::of::<Customer>,
            column: ColumnIndex::at(1),
        }]),
    };
    const CUSTOMER: ModelMeta = ModelMeta {
        name: "Customer",
        table: "customers",
        columns: TiSlice::from_ref(&[
            column("id", false),
            column("spent", true),
            column("name", false),
        ]),
        key: &[ColumnIndex::at(0)],
        relations: TiSlice::from_ref(&[]),
    };
    const CATEGORY: ModelMeta = ModelMeta {
        name: "Category",
        table: "categories",
        columns: TiSlice::from_ref(&[
            column("id", false),
            column("parent_id", false),
            column("name", false),
            column("path", true),
        ]),
        key: &[ColumnIndex::at(0)],
        relations: TiSlice::from_ref(&[RelationMeta {
            parent: TypeId::of::<Category>,
            column: ColumnIndex::at(1),
        }]),
    };

    const fn input(
        direction: Direction,
        model: fn() -> TypeId,
        columns: ColumnSet,
        inner: &'static [InputMeta],
    ) -> InputMeta {
        InputMeta {
            direction,
            model,
            relation: RelationIndex::at(0),
            columns,
            inner,
        }
    }

    const PARENT: Direction = Direction::Parent { optional: false };

    pub(crate) fn declarations() -> Vec<Declaration> {
        const TOTAL_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Item>,
            ColumnSet::of(AMOUNT),
            &[],
        )];
        const LABEL_OF: &[InputMeta] = &[input(
            PARENT,
            TypeId::of::<Customer>,
            ColumnSet::of(NAME),
            &[],
        )];
        const SPENT_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Order>,
            ColumnSet::of(TOTAL),
            &[],
        )];
        const PATH_OF: &[InputMeta] = &[input(
            Direction::Parent { optional: true },
            TypeId::of::<Category>,
            ColumnSet::of(PATH),
            &[],
        )];
        vec![
            Declaration {
                model: TypeId::of::<Item>(),
                meta: &ITEM,
                setters: &[],
                declared: &[],
            },
            Declaration {
                model: TypeId::of::<Order>(),
                meta: &ORDER,
                setters: const {
                    &[
                        setter("total", TOTAL, ColumnSet::NONE, TOTAL_OF),
                        setter("label", LABEL, ColumnSet::of(TOTAL), LABEL_OF),
                    ]
                },
                declared: &[],
            },
            Declaration {
                model: TypeId::of::<Customer>(),
                meta: &CUSTOMER,
                setters: const { &[setter("spent", SPENT, ColumnSet::NONE, SPENT_OF)] },
                declared: &[],
            },
            Declaration {
                model: TypeId::of::<Category>(),
                meta: &CATEGORY,
                setters: const { &[setter("path", PATH, ColumnSet::of(NAME), PATH_OF)] },
                declared: &[],
            },
        ]
    }

    /// A sum of a column of its inputs.
    const fn sum(
        name: &'static str,
        field: ColumnIndex,
        inputs: &'static [InputMeta],
        value: ColumnIndex,
    ) -> DeclaredMeta {
        DeclaredMeta {
            setter: setter(name, field, ColumnSet::NONE, inputs),
            rule: Rule::Sum,
            value: Some(value),
            filter: None,
        }
    }

    /// The totals declared as sums; what an order is labelled is read by a function, or by none.
    pub(crate) fn totals(with_label: bool) -> Graph {
        const TOTAL_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Item>,
            ColumnSet::of(AMOUNT),
            &[],
        )];
        const SPENT_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Order>,
            ColumnSet::of(TOTAL),
            &[],
        )];
        let mut declarations = declarations();
        declarations[1].setters = if with_label {
            const { &[setter("label", LABEL, ColumnSet::of(TOTAL), &[])] }
        } else {
            &[]
        };
        declarations[1].declared = const { &[sum("total", TOTAL, TOTAL_OF, AMOUNT)] };
        declarations[2].setters = &[];
        declarations[2].declared = const { &[sum("spent", SPENT, SPENT_OF, TOTAL)] };
        Graph::build(&declarations).unwrap()
    }

    /// A customer whose name would follow from its orders' labels, which follow from its name.
    pub(crate) fn circle() -> Vec<Declaration> {
        const NAME_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Order>,
            ColumnSet::of(LABEL),
            &[],
        )];
        let mut declarations = declarations();
        declarations[2].setters = const { &[setter("name", NAME, ColumnSet::NONE, NAME_OF)] };
        declarations
    }

    /// A category that sums up how deep its children lie, which follows from that sum.
    pub(crate) fn split_tree() -> Vec<Declaration> {
        const SUM_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Category>,
            ColumnSet::of(NAME),
            &[],
        )];
        const DEPTH_OF: &[InputMeta] = &[input(
            Direction::Children,
            TypeId::of::<Category>,
            ColumnSet::of(PATH),
            &[],
        )];
        let mut declarations = declarations();
        declarations[3].setters = const { &[setter("depth", NAME, ColumnSet::NONE, DEPTH_OF)] };
        declarations[3].declared = const { &[sum("path", PATH, SUM_OF, NAME)] };
        declarations
    }

    pub(crate) fn graph() -> Graph {
        Graph::build(&declarations()).unwrap()
    }

    pub(crate) fn model(graph: &Graph, name: &str) -> ModelIndex {
        let is_named = |node: &Node| node.meta.name == name;
        graph.models.position(is_named).unwrap()
    }
}

#[test]
fn setters_run_after_what_they_read_and_together_where_only_their_own_row_links_them() {
    let graph = shop::graph();
    let names = |unit: &Unit| {
        let node = &graph.models[unit.model];
        let setters: Vec<_> = unit.order.iter().map(|&at| node.setters[at].name).collect();
        (node.meta.name, setters)
    };
    let units: Vec<_> = graph.units.iter().map(names).collect();
    assert_eq!(
        units,
        [
            ("Category", vec!["path"]),
            ("Order", vec!["total", "label"]),
            ("Customer", vec!["spent"]),
        ]
    );
}

#[test]
fn a_circle_among_fields_is_named() {
    let error = Graph::build(&shop::circle()).unwrap_err();
    let Error::Circle { fields } = &error else {
        panic!("{error}");
    };
    assert_eq!(fields.first(), fields.last());
    assert!(fields.contains(&"Customer::name".to_owned()), "{fields:?}");
    assert!(fields.contains(&"Order::label".to_owned()), "{fields:?}");
}

#[test]
fn a_declared_field_and_another_one_that_follow_from_one_another_in_a_tree_are_a_circle() {
    let error = Graph::build(&shop::split_tree()).unwrap_err();
    let Error::Circle { fields } = &error else {
        panic!("{error}");
    };
    assert_eq!(fields.len(), 3, "{fields:?}");
}

#[test]
fn a_self_reference_is_a_tree_and_not_a_circle() {
    let graph = shop::graph();
    let category = shop::model(&graph, "Category");
    let tree = graph
        .units
        .iter()
        .find(|unit| unit.model == category)
        .unwrap()
        .tree
        .as_ref()
        .unwrap();
    assert_eq!(tree.routes.len(), 1);
    assert!(matches!(tree.routes[0].steps[..], [Step::Down(_)]));
}

#[test]
fn paths_that_end_alike_share_their_slots() {
    let graph = shop::graph();
    let order = shop::model(&graph, "Order");
    // total, label, and the walk up to the customer's total
    let walks = graph.models[order]
        .slots
        .iter()
        .filter(|slot| slot.walk.is_some())
        .count();
    assert_eq!(
        (graph.models[order].slots.len(), walks),
        (2, 0),
        "the first step up is taken at the write"
    );
}

#[test]
fn totals_of_totals_are_a_short_way() {
    let graph = shop::totals(false);
    let [order, customer] = ["Order", "Customer"].map(|name| shop::model(&graph, name));
    let models = |model| {
        let way = graph.short_way(model, SetterIndex::from(0)).unwrap();
        let fields = way.fields.iter().map(|field| (field.model, field.below));
        fields.collect::<Vec<_>>()
    };
    assert_eq!(
        models(order),
        [(order, None), (customer, Some((0, RelationIndex::at(0))))],
        "an order names its customer by its first relation"
    );
    assert_eq!(models(customer), [(customer, None)]);
    let additions = |name, change| graph.additions_of(shop::model(&graph, name), change);
    for change in [
        Change::Inserted,
        Change::Updated(ColumnSet::NONE),
        Change::Deleted,
    ] {
        let rows = &additions("Item", change).unwrap().rows;
        let models = rows.iter().map(|row| row.model);
        assert_eq!(models.collect::<Vec<_>>(), [order, customer], "{change:?}");
    }
    let new = additions("Order", Change::Inserted);
    assert_eq!(new, None, "a new order has a total of its own");
}

#[test]
fn no_way_is_short_where_a_function_reads_a_total() {
    let graph = shop::totals(true);
    let [order, customer] = ["Order", "Customer"].map(|name| shop::model(&graph, name));
    assert_eq!(graph.short_way(order, SetterIndex::from(1)), None);
    assert_eq!(
        graph
            .short_way(customer, SetterIndex::from(0))
            .unwrap()
            .fields
            .len(),
        1
    );
    let item = shop::model(&graph, "Item");
    assert_eq!(graph.additions_of(item, Change::Inserted), None);
}
