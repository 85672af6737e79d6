//! Programs of writes, flushes, statements past the library, scopes and brackets in every nesting.

use proptest::prelude::*;

/// A step of a program.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A write by the library.
    Write(Change),
    /// A statement past the library, which an open bracket covers: that with this number, counted round.
    Statement {
        bracket: usize,
        change: Change,
        is_wide: bool,
        how: How,
    },
    /// Everything is brought up to date.
    Flush,
    /// One model is.
    Fresh(Model),
    /// A scope, or a savepoint.
    Level {
        kind: Kind,
        end: End,
        body: Vec<Step>,
    },
    /// A bracket.
    Track {
        model: Model,
        filter: Filter,
        end: End,
        body: Vec<Step>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Model {
    Shop,
    Item,
    Tag,
    Link,
    Note,
    Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
    Touch,
    /// A write in a disabled scope, which is paid for at once.
    Owe,
}

/// A change to a row: which one, under which parent, and a value from which all else follows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) model: Model,
    pub(super) verb: Verb,
    pub(super) at: u8,
    pub(super) to: u8,
    pub(super) value: u8,
}

/// By which way a statement is sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    Query,
    Batch,
    Inner,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Buffered,
    Immediate,
    /// It fails in the end, since it would leave a debt.
    Disabled,
    Savepoint,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Well,
    Fails,
    Panics,
}

/// Which rows a bracket is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Filter {
    /// By their keys, or the first part of them: a bit for each.
    Keys(u8),
    /// By their parents.
    Parents(u8),
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![
        2 => Just(Model::Shop),
        4 => Just(Model::Item),
        2 => Just(Model::Tag),
        3 => Just(Model::Link),
        1 => Just(Model::Note),
        3 => Just(Model::Node),
    ]
}

fn change(verbs: impl Strategy<Value = Verb>) -> impl Strategy<Value = Change> {
    let number = || 0..60_u8;
    (model(), verbs, number(), number(), number()).prop_map(|(model, verb, at, to, value)| Change {
        model,
        verb,
        at,
        to,
        value,
    })
}

fn plain() -> impl Strategy<Value = Verb> {
    prop_oneof![
        3 => Just(Verb::Insert),
        5 => Just(Verb::Update),
        3 => Just(Verb::Delete),
    ]
}

fn leaf() -> impl Strategy<Value = Step> {
    let written = prop_oneof![
        12 => plain(),
        1 => Just(Verb::Touch),
        1 => Just(Verb::Owe),
    ];
    let how = prop_oneof![
        3 => Just(How::Query),
        1 => Just(How::Batch),
        1 => Just(How::Inner),
    ];
    prop_oneof![
        6 => change(written).prop_map(Step::Write),
        8 => (0..4_usize, change(plain()), prop::bool::weighted(0.2), how).prop_map(
            |(bracket, change, is_wide, how)| Step::Statement { bracket, change, is_wide, how }
        ),
        2 => Just(Step::Flush),
        1 => model().prop_map(Step::Fresh),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![8 => Just(End::Well), 2 => Just(End::Fails), 1 => Just(End::Panics)]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::Buffered),
        3 => Just(Kind::Immediate),
        1 => Just(Kind::Disabled),
        3 => Just(Kind::Savepoint),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let bits = || 1..32_u8;
    prop_oneof![
        2 => bits().prop_map(Filter::Keys),
        1 => bits().prop_map(Filter::Parents),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    leaf().prop_recursive(4, 24, 6, |inner| {
        let body = || prop::collection::vec(inner.clone(), 1..7);
        prop_oneof![
            2 => (kind(), end(), body())
                .prop_map(|(kind, end, body)| Step::Level { kind, end, body }),
            5 => (model(), filter(), end(), body()).prop_map(
                |(model, filter, end, body)| Step::Track { model, filter, end, body }
            ),
        ]
    })
}

/// Steps outside of all scopes, each with whether the base mode is buffered.
pub(super) fn program() -> impl Strategy<Value = Vec<(bool, Step)>> {
    prop::collection::vec((any::<bool>(), step()), 1..7)
}
