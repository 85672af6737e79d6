//! The text of an order's label.

use std::fmt::Write;

/// The label: `Ada #7 by post: 2x tea, 1x milk`.
// Not inlined, so that a profile shows what it takes.
#[inline(never)]
pub(crate) fn text<'l>(
    customer: &str,
    order: i32,
    note: &str,
    lines: impl Iterator<Item = (i32, &'l str)>,
) -> String {
    let mut label = format!("{customer} #{order} {note}: ");
    for (at, (quantity, product)) in lines.enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(label, "{comma}{quantity}x {product}").expect("a text can be written to");
    }
    label
}
