use proc_macro2::TokenStream;
use quote::quote;

use super::formatted;
use crate::ast::scope::Mode;
use crate::expand::scope;

#[test]
fn a_body_becomes_the_closure_of_its_scope() {
    let arguments = quote!(
        except("names", "slow"),
        disable_if = self.dry_run,
        with = self.user,
        with = Reason("a load"),
        retries = 3
    );
    insta::assert_snapshot!(formatted_method(&scope(
        Mode::Buffered,
        arguments,
        &quote! {
            /// Loads.
            pub fn load(&self, mut conn: &mut Conn, path: &Path) -> Result<Report, LoadError> {
                let rows = read(path)?;
                store(conn, rows)
            }
        }
    )));
}

#[test]
fn the_connection_may_have_another_name() {
    let arguments = quote!(
        connection = db,
        only("names"),
        except_fields("Order::label")
    );
    insta::assert_snapshot!(formatted_method(&scope(
        Mode::Disabled,
        arguments,
        &quote! {
            fn load(db: &mut Conn) -> QueryResult<()> {
                Ok(())
            }
        }
    )));
}

#[test]
fn the_body_of_an_async_function_is_awaited() {
    insta::assert_snapshot!(formatted_method(&scope(
        Mode::Buffered,
        quote!(retries = 3),
        &quote! {
            async fn load<'c>(conn: &'c mut Conn, path: &Path) -> Result<Report, LoadError> {
                let rows = read(path).await?;
                store(conn, rows).await
            }
        }
    )));
}

fn formatted_method(method: &TokenStream) -> String {
    formatted(quote!(impl Loader { #method }))
}
