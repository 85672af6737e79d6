//! The text of an order's lines.

use std::fmt::Write;

/// Adds the lines: `2x tea, 1x milk`.
pub(crate) fn add_lines<'l>(label: &mut String, lines: impl Iterator<Item = (i32, &'l str)>) {
    for (at, (quantity, product)) in lines.enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(label, "{comma}{quantity}x {product}").expect("a text can be written to");
    }
}
