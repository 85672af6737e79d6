//! Every mistake of an item is reported, in one go. Their places are tested with the compiler, by
//! the facade's ui tests.

use proc_macro2::TokenStream;
use quote::quote;

use super::mistakes;
use crate::ast::scope::Mode;
use crate::expand;

#[test]
fn of_models() {
    insta::assert_debug_snapshot!(mistakes(expand::derive_model(quote! {
        #[diesel(table_name = orders, primary_key(id, gone), belongs_to(Customer), belongs_to(Shop, foreign_key = nowhere))]
        #[maintained(belongs_to(Customer, foreign_key = customer_id), color = red)]
        struct Order {
            #[maintained]
            id: i32,
            customer_id: i32,
            #[maintained(uniq)]
            a: i32,
            #[maintained = "b"]
            b: i32,
            #[diesel(embed)]
            c: C,
            #[diesel(select_expression = d())]
            d: i32,
        }
    })));
}

#[test]
fn of_keys_beside_a_rule() {
    let marks = [
        quote!(version = 2),
        quote!(sum(Item::price), version = two),
        quote!(sum(Item::price, version = 2), version = 3),
        quote!(
            expr = orders::id * 2,
            label = "money",
            version = 2,
            through = Item
        ),
        quote!(expr = orders::id * 2, verson = 2),
    ];
    let of_mark = |mark| {
        let item = quote! {
            #[diesel(table_name = orders)]
            struct Order {
                id: i32,
                #[maintained(#mark)]
                x: i64,
            }
        };
        mistakes(expand::derive_model(item))
    };
    insta::assert_debug_snapshot!(marks.into_iter().flat_map(of_mark).collect::<Vec<_>>());
}

#[test]
fn of_too_many_columns() {
    let fields = (0..129).map(|number| {
        let name = quote::format_ident!("field_{number}");
        quote!(#name: i32,)
    });
    let model = quote!(#[diesel(primary_key(field_0))] struct Order { #(#fields)* });
    insta::assert_debug_snapshot!(mistakes(expand::derive_model(model)));
}

#[test]
fn of_shapes() {
    let shapes = [
        quote!(
            enum Order {
                A,
            }
        ),
        quote!(union Order { a: i32 }),
        quote!(
            struct Order(i32);
        ),
        quote!(
            struct Order;
        ),
        quote!(
            struct Order<'a, T> {
                id: &'a T,
            }
        ),
    ];
    let messages: Vec<_> = shapes
        .into_iter()
        .flat_map(|shape| mistakes(expand::derive_model(shape)))
        .collect();
    insta::assert_debug_snapshot!(messages);
}

#[test]
fn of_views() {
    let views = [
        quote!(
            struct Total {
                id: i32,
            }
        ),
        quote! {
            #[diesel(table_name = orders)]
            #[maintained(view_of = Order, belongs_to(Customer))]
            struct Total {
                #[maintained]
                id: i32,
                #[diesel(embed)]
                inner: Inner,
            }
        },
    ];
    let messages: Vec<_> = views
        .into_iter()
        .flat_map(|view| mistakes(expand::derive_view(view)))
        .collect();
    insta::assert_debug_snapshot!(messages);
}

#[test]
fn of_new_rows() {
    let news = [
        quote!(
            struct NewItem {
                order_id: i32,
            }
        ),
        quote! {
            #[diesel(table_name = items)]
            #[maintained(new_of = Item)]
            struct NewItem<'a, T> {
                order_id: &'a T,
            }
        },
        quote! {
            #[diesel(table_name = items)]
            #[maintained(new_of = Item)]
            struct NewItem(i32);
        },
        quote! {
            #[diesel(table_name = items)]
            #[maintained(new_of = Item, belongs_to(Order), old_of = Item)]
            struct NewItem<'a> {
                #[maintained]
                total_cents: i64,
                #[diesel(embed)]
                inner: Inner,
                #[diesel(serialize_as = Text)]
                note: &'a str,
                #[diesel(embed, skip_insertion)]
                skipped: Inner,
            }
        },
    ];
    let messages: Vec<_> = news
        .into_iter()
        .flat_map(|new| mistakes(expand::derive_new(new)))
        .collect();
    insta::assert_debug_snapshot!(messages);
}

#[test]
fn of_inputs() {
    let parameters = [
        quote!(a: Customer),
        quote!(a: &mut Customer),
        quote!(a: &'static Customer),
        quote!(a: Vec<Item>),
        quote!(a: &Vec<Item>),
        quote!(a: &[&Item]),
        quote!(a: Option<Customer>),
        quote!(a: &Option<Customer>),
        quote!(a: Option<&[Item]>),
        quote!(a: &[(Item, &Product)]),
        quote!(a: &[(Through<Item>, &Product)]),
        quote!(a: (&[Item], &Product)),
        quote!(a: &(&Item, &Product)),
        quote!(a: ()),
        quote!(a: impl Fn()),
        quote!(#[child] a: &[Item]),
        quote!(#[child] a: &Item),
        quote!(#[via(orders::a_id)] a: (&A, &B)),
        quote!(#[via(orders::a_id, _)] a: &A),
        quote!(#[via = "a"] a: &A),
    ];
    let messages: Vec<_> = parameters
        .into_iter()
        .map(|parameter| {
            let block = quote!(impl Order { #[setter] fn total(#parameter) -> i64 { 0 } });
            (
                parameter.to_string(),
                mistakes(expand::setters(TokenStream::new(), &block)),
            )
        })
        .collect();
    insta::assert_debug_snapshot!(messages);
}

#[test]
fn of_setters() {
    insta::assert_debug_snapshot!(mistakes(expand::setters(
        quote!(loud),
        &quote! {
            impl Order {
                #[setter(color = "red")]
                async fn a(self) -> i32 { 1 }
                #[setter(label = "")]
                unsafe fn b(&mut self) -> i32 { 1 }
                #[setter(fields(x))]
                fn c<T>(self: &Self) -> i32 { 1 }
                #[setter(field = "no field")]
                fn d() {}
                #[setter(version = "2")]
                fn e() -> i32 { 1 }
                #[setter(field = "e", fields(e, f))]
                #[cfg(feature = "f")]
                fn f() -> i32 { 1 }
                #[setter(field = "e", version = 2, version = 3)]
                fn g() -> i32 { 1 }
            }
        }
    )));
}

#[test]
fn of_blocks() {
    let blocks = [
        quote!(impl Keeper for Order {}),
        quote!(
            impl<T> Order<T> {}
        ),
        quote!(
            struct Order;
        ),
    ];
    let messages: Vec<_> = blocks
        .into_iter()
        .flat_map(|block| mistakes(expand::setters(TokenStream::new(), &block)))
        .collect();
    insta::assert_debug_snapshot!(messages);
}

#[test]
fn of_too_many_setters() {
    let setters: TokenStream = (0..65)
        .map(|number| {
            let name = quote::format_ident!("field_{number}");
            quote!(#[setter] fn #name() -> i32 { 1 })
        })
        .collect();
    insta::assert_debug_snapshot!(mistakes(expand::setters(
        TokenStream::new(),
        &quote!(impl Order { #setters })
    )));
}

#[test]
fn of_scopes() {
    let scopes = [
        (
            quote!(color = "red"),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(only()),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(only_fields("label")),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(except_fields()),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(except("a"), except("b")),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(disable_if),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(connection = db),
            quote!(
                fn load(conn: &mut Conn) -> Result<(), Error> {}
            ),
        ),
        (
            quote!(),
            quote!(
                async fn load(db: &mut Conn) {}
            ),
        ),
        (
            quote!(),
            quote!(
                const fn load(conn: &mut Conn) -> i32 {
                    1
                }
            ),
        ),
        (
            quote!(),
            quote!(
                async fn load(conn: Conn) -> Result<impl Iterator<Item = ()>, Error> {}
            ),
        ),
        (
            quote!(),
            quote!(
                struct Loader;
            ),
        ),
    ];
    let messages: Vec<_> = scopes
        .into_iter()
        .map(|(arguments, function)| mistakes(expand::scope(Mode::Buffered, arguments, &function)))
        .collect();
    insta::assert_debug_snapshot!(messages);
}
