//! What changes the hash of a definition, and what does not.

use syn::{DeriveInput, ItemImpl};

use crate::ast::model::Model;
use crate::ast::setters::Setters;
use crate::ctxt::Ctxt;
use crate::definition::of_declared;

/// The hash of the one setter in the text of a block.
fn of(function: &str) -> u64 {
    let ctxt = Ctxt::default();
    let block = format!("impl Order {{ {function} }}");
    let mut block: ItemImpl = syn::parse_str(&block).expect("the text is a block");
    let setters = Setters::read(&ctxt, &mut block).expect("the block is one of setters");
    ctxt.finish().map_err(|errors| errors.to_string()).unwrap();
    let [setter] = setters.setters.as_slice() else {
        panic!("the block has one setter");
    };
    setter.definition
}

/// The hash of the one declared field with this mark.
fn of_field(mark: &str) -> u64 {
    let ctxt = Ctxt::default();
    let text = format!("#[diesel(table_name = orders)] struct Order {{ id: i32, {mark} x: i64 }}");
    let item: DeriveInput = syn::parse_str(&text).expect("the text is a struct");
    let model = Model::read(&ctxt, item).expect("the struct is a model");
    ctxt.finish().map_err(|errors| errors.to_string()).unwrap();
    let declared = model.fields[1].mark.as_ref().unwrap().declared.as_ref();
    let declared = declared.expect("the field has a rule");
    of_declared(&declared.rule, declared.version)
}

const TOTAL: &str = "#[setter] fn total(&self, items: &[Item]) -> i64 {
    items.iter().filter(|item| item.is_open).map(|item| match item.kind {
        Kind::Free => 0,
        Kind::Sold => i64::from(item.quantity) * item.price,
    }).sum()
}";

#[track_caller]
fn same(function: &str) {
    assert_eq!(of(TOTAL), of(function), "{function}");
}

#[track_caller]
fn differs(from: &str, to: &str) {
    assert!(TOTAL.contains(from), "the setter has no `{from}`");
    let changed = TOTAL.replacen(from, to, 1);
    assert_ne!(of(TOTAL), of(&changed), "{changed}");
    let back = changed.replacen(to, from, 1);
    assert_eq!(of(TOTAL), of(&back), "{back}");
}

#[test]
fn a_body_is_part_of_a_definition() {
    differs("Free => 0", "Free => 1");
    differs("* item.price", "+ item.price");
    differs(
        ".filter(|item| item.is_open)",
        ".filter(|item| !item.is_open)",
    );
    differs("item.kind {", "{ let kind = item.kind; kind } {");
}

#[test]
fn a_signature_is_part_of_a_definition() {
    differs("&[Item]", "&[OpenItem]");
    differs("&self, items", "items");
    differs("-> i64", "-> Option<i64>");
    differs("items: &[Item]", "items: &[Item], customer: &Customer");
}

#[test]
fn a_version_is_part_of_a_definition() {
    differs("#[setter]", "#[setter(version = 2)]");
    assert_ne!(
        of(&TOTAL.replace("#[setter]", "#[setter(version = 2)]")),
        of(&TOTAL.replace("#[setter]", "#[setter(version = 3)]")),
    );
    same(&TOTAL.replace("#[setter]", "#[setter(version = 1)]"));
}

#[test]
fn the_order_of_several_fields_is_part_of_a_definition() {
    let keeps =
        |fields| format!("#[setter(fields({fields}))] fn both() -> (i64, i64) {{ (1, 2) }}");
    assert_ne!(of(&keeps("a, b")), of(&keeps("b, a")));
    assert_eq!(of(&keeps("a, b")), of(&keeps("a, b,")));
}

#[test]
fn labels_and_names_are_no_part_of_a_definition() {
    same(&TOTAL.replace(
        "#[setter]",
        "#[setter(label = \"money\", labels(\"slow\"))]",
    ));
    let renamed = TOTAL.replace("fn total", "pub(crate) fn sum_of_items");
    same(&renamed.replace("#[setter]", "#[setter(field = \"total\")]"));
}

#[test]
fn comments_and_lints_are_no_part_of_a_definition() {
    same(&TOTAL.replace(
        "#[setter]",
        "/// The total.\n#[inline]\n#[setter] // What\n",
    ));
    same(&TOTAL.replace("items.iter()", "/* all */ items // of them\n .iter()"));
    same(&TOTAL.replace(
        "Kind::Free",
        "#[allow(dead_code, reason = \"..\")] Kind::Free",
    ));
    let inner = |text: &str| {
        of(&format!(
            "#[setter] fn f() -> i32 {{ {text} fn g() -> i32 {{ 1 }} g() }}"
        ))
    };
    assert_eq!(inner(""), inner("/// Documented.\n/** Twice. */"));
    assert_eq!(inner(""), inner("#![allow(dead_code)]"));
    assert_ne!(inner(""), inner("#[cfg(unix)]"));
}

#[test]
fn formatting_is_no_part_of_a_definition() {
    same(&TOTAL.split_whitespace().collect::<Vec<_>>().join(" "));
    same(&TOTAL.replace("items: &[Item]", "items: &[Item],"));
    same(&TOTAL.replace("from(item.quantity)", "from(\n item.quantity,\n )"));
    same(&TOTAL.replace("=> 0,", "=> { 0 }"));
    same(&TOTAL.replace("=> 0,", "=> {\n 0\n },"));
    same(&TOTAL.replace("* item.price,", "* item.price"));
    same(&TOTAL.replace("|item| item.is_open", "|item| { item.is_open }"));
    same(&TOTAL.replace("Free => 0,", "Free=>0,"));
}

#[test]
fn what_only_looks_like_formatting_is_part_of_a_definition() {
    let body = |body: &str| of(&format!("#[setter] fn f(&self) -> i32 {{ {body} }}"));
    assert_ne!(body("g((self.a,))"), body("g((self.a))"));
    assert_ne!(body("return (self.a,)"), body("return (self.a)"));
    assert_ne!(body("self.a & &b"), body("self.a && b"));
    assert_ne!(
        body("let x = || { 1; }; x()"),
        body("let x = || { 1 }; x()")
    );
    assert_ne!(body("\"a b\".len()"), body("\"ab\".len()"));
    assert_ne!(body("ab"), body("a; b"));
}

#[test]
fn an_expression_and_a_version_are_part_of_a_declared_definition() {
    let expression = of_field("#[maintained(expr = orders::a * 2)]");
    assert_ne!(expression, of_field("#[maintained(expr = orders::a * 3)]"));
    assert_eq!(
        expression,
        of_field("#[maintained(expr = orders::a*2, label = \"money\")]")
    );
    assert_ne!(
        expression,
        of_field("#[maintained(expr = orders::a * 2, version = 2)]")
    );
    let sum = of_field("#[maintained(sum(Item::price))]");
    assert_eq!(
        sum,
        of_field("/// The sum.\n#[maintained(sum(Item::price), unique)]")
    );
    assert_ne!(
        sum,
        of_field("#[maintained(sum(Item::price, version = 2))]")
    );
}

#[test]
fn a_hash_is_the_same_on_every_machine() {
    assert_eq!(
        of("#[setter] fn one() -> i32 { 1 }"),
        5_393_071_510_488_232_336
    );
    assert_eq!(
        of_field("#[maintained(count(Item))]"),
        7_521_456_788_605_489_237
    );
}
