//! What an expression names, by its syntax.

use syn::parse_quote;

use crate::ast::expression::Names;

/// The columns that an expression over the table `schema::bases` names, and what else may be one.
fn names(expression: &syn::Expr) -> (Vec<String>, Vec<String>) {
    let names = Names::of(expression, &parse_quote!(schema::bases));
    let texts = |idents: &[syn::Ident]| idents.iter().map(ToString::to_string).collect();
    (texts(&names.own), texts(&names.bare))
}

#[track_caller]
fn assert_named(expression: &syn::Expr, columns: &[&str]) {
    let (own, bare) = names(expression);
    assert_eq!(own, columns);
    assert_eq!(bare, Vec::<String>::new());
}

#[test]
fn a_column_follows_the_name_of_its_table() {
    assert_named(&parse_quote!(bases::a + bases::b), &["a", "b"]);
    assert_named(&parse_quote!(self::schema::bases::a), &["a"]);
    assert_named(&parse_quote!(crate::schema::bases::columns::a), &["a"]);
    assert_named(&parse_quote!(bases::dsl::r#type), &["r#type"]);
    assert_named(&parse_quote!(f(g(bases::a), &[bases::b])), &["a", "b"]);
    assert_named(&parse_quote!(ExpressionMethods::eq(bases::a, 1)), &["a"]);
    assert_named(&parse_quote!(|x| { f(x, bases::a) }), &["a"]);
    assert_named(
        &parse_quote!(m!(x, [bases::a], n(dsl::bases::b))),
        &["a", "b"],
    );
}

#[test]
fn what_is_called_or_is_a_member_a_text_or_a_type_is_no_column() {
    assert_named(&parse_quote!(a(bases::b)), &["b"]);
    assert_named(&parse_quote!(bases::a(bases::b)), &["b"]);
    assert_named(&parse_quote!(others::a(bases::b.a("a").a)), &["b"]);
    assert_named(&parse_quote!(bases::b.into_sql::<bases::a>()), &["b"]);
    assert_named(&parse_quote!(<bases::a as Default>::default()), &[]);
    assert_named(&parse_quote!(others::a + bases_of::b), &[]);
    assert_named(&parse_quote!(m!(a, a(1), bases::a(1))), &[]);
}

#[test]
fn a_name_alone_may_be_a_column_unless_it_is_a_variable() {
    let bare = |expression| names(&expression).1;
    assert_eq!(bare(parse_quote!(a + f(b.c))), ["a", "b"]);
    assert_eq!(
        bare(parse_quote!({
            let a = 1;
            a + b
        })),
        ["b"]
    );
    assert_eq!(bare(parse_quote!(|a, Some(b)| a + b)), Vec::<String>::new());
}
