//! What of the declarations of models is part of a definition: orders with items, in variations.

use std::any::TypeId;

use typed_index_collections::TiSlice;

use super::*;
use crate::declare::model::{ColumnMeta, Kind, ModelMeta, RelationMeta};
use crate::declare::positions::RelationIndex;
use crate::declare::setter::SetterMeta;
use crate::graph::Declaration;

struct Item;
struct Order;

const fn column(field: &'static str, name: &'static str, maintained: bool) -> ColumnMeta {
    ColumnMeta {
        field,
        name,
        maintained,
        declared: false,
        unique: false,
        saved: true,
        kind: Kind::default,
        array: || false,
    }
}

const COLUMNS: &[ColumnMeta] = &[
    column("id", "id", false),
    column("order_id", "order_id", false),
    column("price", "price", false),
    column("is_open", "is_open", false),
    column("moved_from", "moved_from", false),
];

const ITEM: ModelMeta = ModelMeta {
    name: "Item",
    table: "items",
    columns: TiSlice::from_ref(COLUMNS),
    key: &[ColumnIndex::at(0)],
    relations: TiSlice::from_ref(&[
        RelationMeta {
            parent: TypeId::of::<Order>,
            column: ColumnIndex::at(1),
        },
        RelationMeta {
            parent: TypeId::of::<Order>,
            column: ColumnIndex::at(4),
        },
    ]),
};

const ORDER: ModelMeta = ModelMeta {
    name: "Order",
    table: "orders",
    columns: TiSlice::from_ref(&[
        column("id", "id", false),
        column("note", "note", false),
        column("total", "total", true),
        column("open", "open", true),
    ]),
    key: &[ColumnIndex::at(0)],
    relations: TiSlice::from_ref(&[]),
};

const PRICE: ColumnIndex = ColumnIndex::at(2);
const IS_OPEN: ColumnIndex = ColumnIndex::at(3);
const TOTAL: ColumnIndex = ColumnIndex::at(2);
const OPEN: ColumnIndex = ColumnIndex::at(3);

const fn items(relation: usize, columns: ColumnSet) -> InputMeta {
    InputMeta {
        direction: Direction::Children,
        model: TypeId::of::<Item>,
        relation: RelationIndex::at(relation),
        columns,
        inner: &[],
    }
}

const fn setter(field: ColumnIndex, inputs: &'static [InputMeta]) -> SetterMeta {
    SetterMeta {
        name: "setter",
        fields: ColumnSet::of(field),
        labels: &[],
        own: ColumnSet::of(ColumnIndex::at(1)),
        inputs,
        definition: 1,
    }
}

const INPUTS: &[InputMeta] = &[items(0, ColumnSet::of(PRICE))];
const FILTERED: &[InputMeta] = &[items(0, ColumnSet::of(IS_OPEN))];

/// The declarations of a program.
#[derive(Clone, Copy)]
struct Program {
    item: ModelMeta,
    order: ModelMeta,
    total: SetterMeta,
    open: DeclaredMeta,
}

/// The total of an order by a setter, the number of its open items by a rule.
const PROGRAM: Program = Program {
    item: ITEM,
    order: ORDER,
    total: setter(TOTAL, INPUTS),
    open: DeclaredMeta {
        setter: setter(OPEN, FILTERED),
        rule: Rule::Count,
        value: None,
        filter: Some(IS_OPEN),
    },
};

impl Program {
    fn definitions(self) -> Vec<Definition> {
        let total = Box::leak(Box::new([self.total]));
        let open = Box::leak(Box::new([self.open]));
        let declarations = [
            Declaration {
                model: TypeId::of::<Item>(),
                meta: Box::leak(Box::new(self.item)),
                setters: &[],
                declared: &[],
            },
            Declaration {
                model: TypeId::of::<Order>(),
                meta: Box::leak(Box::new(self.order)),
                setters: total,
                declared: open,
            },
        ];
        let graph = Graph::build(&declarations).expect("the declarations fit");
        definitions(&graph).expect("the models have names of their own")
    }

    /// The fields whose definition a variation changes.
    fn changed(vary: impl FnOnce(&mut Self)) -> Vec<&'static str> {
        let mut program = PROGRAM;
        vary(&mut program);
        let (before, after) = (PROGRAM.definitions(), program.definitions());
        assert_eq!(before.len(), after.len(), "each has the same fields");
        let both = before.into_iter().zip(after);
        let differ = both.filter(|(before, after)| before.hash != after.hash);
        differ.map(|(before, _)| before.field).collect()
    }
}

#[test]
fn each_field_has_a_definition_of_its_own() {
    let found = PROGRAM.definitions();
    let names = found.iter().map(|it| (it.model.as_str(), it.field));
    assert_eq!(
        names.collect::<Vec<_>>(),
        [("Order", "open"), ("Order", "total")]
    );
    assert_ne!(found[0].hash, found[1].hash);
}

#[test]
fn a_hash_is_the_same_on_every_machine() {
    let hashes = PROGRAM.definitions().into_iter().map(|it| it.hash);
    assert_eq!(
        hashes.collect::<Vec<_>>(),
        ["6b39cd4e96ea8cd1", "3fc1f370c26dede6"]
    );
}

#[test]
fn the_source_code_of_a_setter_changes_its_field_only() {
    assert_eq!(Program::changed(|it| it.total.definition = 2), ["total"]);
    let changed = Program::changed(|it| it.open.setter.definition = 2);
    assert_eq!(changed, ["open"]);
}

#[test]
fn the_columns_of_a_view_change_its_readers() {
    const MORE: &[InputMeta] = &[items(0, ColumnSet::of(PRICE).with(IS_OPEN))];
    assert_eq!(Program::changed(|it| it.total.inputs = MORE), ["total"]);
    assert_eq!(
        Program::changed(|it| it.total.own = ColumnSet::of(ColumnIndex::at(0))),
        ["total"]
    );
}

#[test]
fn the_foreign_key_that_an_input_follows_changes_its_reader() {
    const MOVED: &[InputMeta] = &[items(1, ColumnSet::of(PRICE))];
    assert_eq!(Program::changed(|it| it.total.inputs = MOVED), ["total"]);
}

#[test]
fn the_order_of_inputs_changes_their_reader() {
    const ONE: &[InputMeta] = &[INPUTS[0], FILTERED[0]];
    const OTHER: &[InputMeta] = &[FILTERED[0], INPUTS[0]];
    let of = |inputs| {
        let mut program = PROGRAM;
        program.total.inputs = inputs;
        program.definitions()
    };
    assert_ne!(of(ONE), of(OTHER));
}

#[test]
fn a_rule_its_value_and_its_filter_change_its_field_only() {
    assert_eq!(Program::changed(|it| it.open.filter = None), ["open"]);
    let value = Program::changed(|it| it.open.value = Some(PRICE));
    assert_eq!(value, ["open"]);
    let rule = Program::changed(|it| it.open.rule = Rule::Exists);
    assert_eq!(rule, ["open"]);
    // The same columns, but which of them is the filter?
    let swapped = |value, filter| {
        let mut program = PROGRAM;
        (program.open.value, program.open.filter) = (Some(value), Some(filter));
        program.definitions()
    };
    assert_ne!(swapped(PRICE, IS_OPEN), swapped(IS_OPEN, PRICE));
}

#[test]
fn labels_and_names_in_the_program_change_nothing() {
    const RENAMED: &[ColumnMeta] = &[
        column("id", "id", false),
        column("of", "order_id", false),
        column("cents", "price", false),
        column("open", "is_open", false),
        column("moved_from", "moved_from", false),
    ];
    let none: [&str; 0] = [];
    assert_eq!(Program::changed(|it| it.total.labels = &["money"]), none);
    assert_eq!(Program::changed(|it| it.total.name = "sum_of_items"), none);
    assert_eq!(Program::changed(|it| it.item.name = "Line"), none);
    assert_eq!(
        Program::changed(|it| it.item.columns = TiSlice::from_ref(RENAMED)),
        none
    );
}

#[test]
fn names_in_the_database_change_the_readers() {
    const RENAMED: &[ColumnMeta] = &[
        column("id", "id", false),
        column("order_id", "order_id", false),
        column("price", "cents", false),
        column("is_open", "is_open", false),
        column("moved_from", "moved_from", false),
    ];
    assert_eq!(
        Program::changed(|it| it.item.table = "lines"),
        ["open", "total"]
    );
    assert_eq!(
        Program::changed(|it| it.item.columns = TiSlice::from_ref(RENAMED)),
        ["total"]
    );
}

#[test]
fn another_order_of_a_models_columns_changes_nothing() {
    const MORE: &[InputMeta] = &[items(0, ColumnSet::of(PRICE).with(IS_OPEN))];
    const OTHER: &[ColumnMeta] = &[COLUMNS[0], COLUMNS[1], COLUMNS[3], COLUMNS[2], COLUMNS[4]];
    let of = |columns| {
        let mut program = PROGRAM;
        program.item.columns = TiSlice::from_ref(columns);
        program.total.inputs = MORE;
        program.open.filter = Some(ColumnIndex::at(0));
        program.definitions()
    };
    assert_eq!(of(COLUMNS)[1], of(OTHER)[1]);
}

#[test]
fn a_column_more_changes_no_setter_that_reads_whole_rows() {
    const WHOLE: &[InputMeta] = &[items(0, ColumnSet::ALL)];
    const MORE: &[ColumnMeta] = &[
        COLUMNS[0],
        COLUMNS[1],
        COLUMNS[2],
        COLUMNS[3],
        COLUMNS[4],
        column("weight", "weight", false),
    ];
    let of = |columns| {
        let mut program = PROGRAM;
        program.item.columns = TiSlice::from_ref(columns);
        program.total.inputs = WHOLE;
        program.definitions()
    };
    assert_eq!(of(COLUMNS), of(MORE));
    assert_ne!(of(MORE)[1], PROGRAM.definitions()[1]);
}

#[test]
fn models_with_one_name_are_told_apart_by_their_tables() {
    let mut program = PROGRAM;
    program.item.name = "Order";
    let found = program.definitions();
    assert_eq!(found[0].model, "Order (orders)");
    assert_eq!(found[0].hash, PROGRAM.definitions()[0].hash);
}
