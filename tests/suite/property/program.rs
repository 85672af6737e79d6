//! Random programs: writes in scopes in scopes.

use maintained::prelude::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A step of a program.
#[derive(Debug, Clone)]
pub enum Step {
    /// A write; the numbers choose among the rows that there are.
    Write(What, u8, u8, u8),
    /// Steps inside a scope.
    Nest(Nest),
    /// `flush_autoupdates`.
    Flush,
    /// `Order::fresh`.
    Fresh(u8),
    /// `set_base_mode`, outside of scopes only.
    BaseMode(Mode),
}

/// Steps inside a scope, and how it ends.
#[derive(Debug, Clone)]
pub struct Nest {
    pub how: How,
    pub labels: Option<Labels>,
    pub steps: Vec<Step>,
    pub end: End,
    pub on_failure: OnFailure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Buffered,
    Immediate,
    Disabled,
    /// Diesel's own transaction.
    Transaction,
    /// A bracket of `track` around the orders of a customer, which first changes them past the library.
    Bracket(u8),
}

/// What comes of a step that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It fails the scope.
    Fail,
    /// Each step is a level of its own, which is undone, and the scope goes on.
    Undo,
    /// Its failure is swallowed, and the scope ends as if it had done all of its steps.
    Swallow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Well,
    Failing,
    Panicking,
}

#[derive(Debug, Clone)]
pub enum Labels {
    Only(Vec<&'static str>),
    Except(Vec<&'static str>),
    /// Fields, as `Model::field`.
    OnlyFields(Vec<String>),
    ExceptFields(Vec<String>),
}

macro_rules! whats {
    ($(#[$attribute:meta])* $group:ident: $($what:ident),* $(,)?) => {
        $(#[$attribute])*
        pub const $group: &[What] = &[$(What::$what),*];
    };
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    NewRegion,
    NewCustomer,
    NewOrder,
    NewItem,
    NewItems,
    NewInvoice,
    NewCategory,
    NewProduct,
    NewTag,
    NewLink,
    NewAddress,
    NewParcel,
    NewLocker,
    AddRegion,
    AddCustomer,
    AddOrder,
    AddItem,
    AddItems,
    AddInvoice,
    AddCategory,
    AddTag,
    AddLinks,
    AddParcels,
    AddLockers,
    RenameRegion,
    RenameCustomer,
    RenameCategory,
    RenameProduct,
    RenameTag,
    RenameAddress,
    RenumberInvoice,
    NoteOrder,
    PlaceOrder,
    PriceItem,
    CountItem,
    WeighLink,
    WeighParcel,
    MoveCustomer,
    MoveOrder,
    MoveItem,
    ItemToProduct,
    MoveCategory,
    MoveProduct,
    MoveParcelFrom,
    MoveParcelTo,
    MoveLocker,
    RotateLockers,
    SaveMany,
    SaveStaleCopy,
    TrackItems,
    TrackMovedItems,
    TrackDeletedLinks,
    TrackOrders,
    TouchTag,
    TouchOverwritten,
    UpdateOverwritten,
    DeleteRegion,
    DeleteCustomer,
    DeleteOrder,
    DeleteOrders,
    DeleteItem,
    DeleteItems,
    DeleteInvoice,
    DeleteCategory,
    DeleteProduct,
    DeleteTag,
    DeleteLink,
    DeleteAddress,
    DeleteParcel,
    DeleteLocker,
    /// A write whose setter fails.
    Poison,
    /// A write whose setter panics.
    PoisonPanic,
    /// A category under one of its own descendants, where the numbers have it so.
    LoopCategory,
}

whats! {
    /// The writes that no setter refuses.
    RIGHT: NewRegion, NewCustomer, NewOrder, NewItem, NewItems, NewInvoice, NewCategory, NewProduct, NewTag, NewLink,
    NewAddress, NewParcel, NewLocker, AddRegion, AddCustomer, AddOrder, AddItem, AddItems, AddInvoice, AddCategory, AddTag,
    AddLinks, AddParcels, AddLockers, RenameRegion, RenameCustomer, RenameCategory, RenameProduct, RenameTag,
    RenameAddress, RenumberInvoice, NoteOrder, PlaceOrder, PriceItem, CountItem, WeighLink, WeighParcel, MoveCustomer,
    MoveOrder, MoveItem, ItemToProduct, MoveCategory, MoveProduct, MoveParcelFrom, MoveParcelTo, MoveLocker,
    RotateLockers, SaveMany, SaveStaleCopy, TrackItems, TrackMovedItems, TrackDeletedLinks, TrackOrders, TouchTag,
    TouchOverwritten, UpdateOverwritten, DeleteRegion, DeleteCustomer, DeleteOrder, DeleteOrders, DeleteItem, DeleteItems, DeleteInvoice,
    DeleteCategory, DeleteProduct, DeleteTag, DeleteLink, DeleteAddress, DeleteParcel, DeleteLocker
}

whats! {
    /// Those that one refuses.
    WRONG: Poison, PoisonPanic, LoopCategory
}

const LABELS: &[&str] = &["money", "counts", "names", "sums"];

fn write(whats: &'static [What]) -> impl Strategy<Value = Step> {
    (select(whats), 0..12u8, 0..12u8, 0..12u8)
        .prop_map(|(what, a, b, c)| Step::Write(what, a, b, c))
}

fn labels() -> impl Strategy<Value = Labels> {
    let names = || vec(select(LABELS), 1..3);
    let fields = |most: usize| {
        let fields = vec(select(FIELDS), 1..most);
        let spelled = |(field, _): &(&str, &[&str])| field.replace('.', "::");
        fields.prop_map(move |fields| fields.iter().map(spelled).collect())
    };
    prop_oneof![
        3 => names().prop_map(Labels::Only),
        3 => names().prop_map(Labels::Except),
        1 => fields(12).prop_map(Labels::OnlyFields),
        1 => fields(4).prop_map(Labels::ExceptFields),
    ]
}

fn leaf(wrong: bool) -> BoxedStrategy<Step> {
    let right = prop_oneof![
        20 => write(RIGHT),
        1 => Just(Step::Flush),
        1 => (0..12u8).prop_map(Step::Fresh),
    ];
    if wrong {
        prop_oneof![25 => right, 1 => write(WRONG)].boxed()
    } else {
        right.boxed()
    }
}

fn nested(wrong: bool, hows: &'static [How]) -> impl Strategy<Value = Step> {
    leaf(wrong).prop_recursive(3, 24, 8, move |inner| {
        let end =
            prop_oneof![6 => Just(End::Well), 2 => Just(End::Failing), 1 => Just(End::Panicking)];
        let on_failure = select(&[OnFailure::Fail, OnFailure::Undo, OnFailure::Swallow]);
        let labels = if wrong {
            option::weighted(0.2, labels()).boxed()
        } else {
            Just(None).boxed()
        };
        let how = prop_oneof![4 => select(hows), 1 => (0..12u8).prop_map(How::Bracket)];
        (how, labels, vec(inner, 1..8), end, on_failure).prop_map(
            |(how, labels, steps, end, on_failure)| {
                Step::Nest(Nest {
                    how,
                    labels,
                    steps,
                    end,
                    on_failure,
                })
            },
        )
    })
}

/// Any program.
pub fn program() -> impl Strategy<Value = Vec<Step>> {
    const HOWS: &[How] = &[
        How::Buffered,
        How::Buffered,
        How::Immediate,
        How::Disabled,
        How::Transaction,
    ];
    let mode = select(
        &[
            Mode::Immediate,
            Mode::Immediate,
            Mode::Buffered,
            Mode::Disabled,
        ][..],
    )
    .prop_map(Step::BaseMode);
    vec(prop_oneof![12 => nested(true, HOWS), 1 => mode], 1..12)
}

/// A program of which nothing depends on when fields are computed: nothing is disabled, and no setter refuses.
pub fn right_program() -> impl Strategy<Value = Vec<Step>> {
    const HOWS: &[How] = &[How::Buffered, How::Immediate, How::Transaction];
    vec(nested(false, HOWS), 1..12)
}

/// A maintained field, and the labels of its setter.
type Field = (&'static str, &'static [&'static str]);

/// The fields that one setter keeps.
const KEPT_TOGETHER: &[&str] = &["Order.total_cents", "Order.item_count"];

/// Each maintained field.
const FIELDS: &[Field] = &[
    ("Region.spent_cents", &["money"]),
    ("Region.customer_count", &["counts"]),
    ("Customer.title", &["names"]),
    ("Customer.spent_cents", &["money", "sums"]),
    ("Customer.latest_order_id", &[]),
    ("Customer.latest_cents", &[]),
    ("Customer.basket", &["names"]),
    ("Order.total_cents", &["money", "counts"]),
    ("Order.item_count", &["money", "counts"]),
    ("Order.label", &["names"]),
    ("Order.invoice", &[]),
    ("Order.mean_weight", &[]),
    ("Order.weight_note", &[]),
    ("Order.is_latest", &[]),
    ("Item.amount_cents", &["money"]),
    ("Category.path", &["names"]),
    ("Category.subtree_sold", &["counts"]),
    ("Product.sold", &["counts"]),
    ("Product.tag_list", &["names"]),
    ("ProductTag.label", &["names"]),
    ("Tag.products", &["names"]),
    ("Address.sent", &["counts"]),
    ("Address.received", &["counts"]),
    ("Parcel.route", &["names"]),
    ("Locker.code", &[]),
];

/// The fields that a step may leave stale: those that it disables, or whose setters it does not choose.
pub fn debts(step: &Step, base: Mode) -> Vec<&'static str> {
    let excluded = |field: &&Field| excludes(step, base == Mode::Disabled, field);
    FIELDS
        .iter()
        .filter(excluded)
        .map(|(name, _)| *name)
        .collect()
}

fn excludes(step: &Step, disabled: bool, field: &Field) -> bool {
    let Step::Nest(nest) = step else {
        return disabled;
    };
    let (name, labels) = *field;
    let has_any = |names: &[&str]| names.iter().any(|name| labels.contains(name));
    let is_kept = |named: &String| {
        let named = named.replace("::", ".");
        let is_together = |field: &str| KEPT_TOGETHER.contains(&field);
        named == name || is_together(&named) && is_together(name)
    };
    let here = match &nest.labels {
        Some(Labels::Only(names)) => !has_any(names),
        Some(Labels::Except(names)) => has_any(names),
        Some(Labels::OnlyFields(fields)) => !fields.iter().any(is_kept),
        Some(Labels::ExceptFields(fields)) => fields.iter().any(is_kept),
        None => false,
    };
    let disabled = nest.how == How::Disabled
        || (disabled && matches!(nest.how, How::Transaction | How::Bracket(_)));
    here || disabled
        || nest
            .steps
            .iter()
            .any(|step| excludes(step, disabled, field))
}
