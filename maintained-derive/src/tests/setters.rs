use proc_macro2::TokenStream;
use quote::quote;

use super::formatted;
use crate::expand::setters;

#[test]
fn setters_share_the_hops_that_they_have_in_common() {
    insta::assert_snapshot!(formatted(setters(
        TokenStream::new(),
        &quote! {
            impl Order {
                #[setter]
                fn total_cents(items: &[Item]) -> i64 {
                    items.iter().map(|item| item.price_cents).sum()
                }

                #[setter(label = "names")]
                fn label(&self, customer: &Customer, lines: &[(&Item, &ProductName)]) -> String {
                    format!("{} #{}: {}", customer.name, self.id, lines.len())
                }

                fn helper(&self) {}
            }
        }
    )));
}

#[test]
fn inputs_nest_to_any_depth() {
    insta::assert_snapshot!(formatted(setters(
        TokenStream::new(),
        &quote! {
            impl Study {
                #[setter(fields(summary, weight), labels("names", "slow"))]
                fn describe(
                    #[via(links::study_id, _, compounds::origin_id, _)]
                    links: &[(&Link, (&Tracer, Option<(&Compound,)>, &[TracerLabel]))],
                ) -> Result<(String, f64), Failure> {
                    links.describe()
                }
            }
        }
    )));
}

#[test]
fn a_self_reference_is_a_relation_like_any_other() {
    insta::assert_snapshot!(formatted(setters(
        quote!(check_for_backend(diesel::mysql::Mysql, diesel::pg::Pg)),
        &quote! {
            impl Category {
                #[setter(field = "path")]
                fn full_path(&self, parent: Option<&Self>, children: &[Self], #[child] cover: Option<&Picture>) -> String {
                    self.path_below(parent)
                }
            }
        }
    )));
}
