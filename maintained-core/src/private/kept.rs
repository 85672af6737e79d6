//! The field that a setter keeps, by the name that is written: found, or answered with what was
//! meant, while the program is compiled.

use crate::declare::model::Model;
use crate::declare::positions::ColumnIndex;

/// What a name of a field stands for.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it is there while the program is compiled only, where nothing is boxed"
)]
pub enum Kept {
    /// The field at this position, for which a setter can be written.
    At(usize),
    /// No such field: what to say.
    None(Message),
}

/// The maintained field of a model with a name.
#[must_use]
pub const fn kept<M: Model>(name: &str) -> Kept {
    let meta = M::META;
    let said = Message::new().with("`").with(name);
    let Some(column) = meta.field(name) else {
        let said = said.with("` is no field of `").with(meta.name).with("`");
        let said = match meant::<M>(name) {
            Some(column) => said
                .with(", did you mean `")
                .with(meta.known(column).field)
                .with("`"),
            None => said,
        };
        return Kept::None(said.with(
            ": name the field that the setter keeps by the function's name, or with `#[setter(field = \"..\")]`",
        ));
    };
    let it = meta.known(column);
    if it.declared {
        Kept::None(
            said.with("` of `").with(meta.name).with(
                "` has a rule, so that no setter can keep it: take the rule or the setter off",
            ),
        )
    } else if it.maintained {
        Kept::At(column.number())
    } else {
        Kept::None(said.with("` of `").with(meta.name).with(
            "` is not marked, so that no setter can keep it: mark the field with `#[maintained]`",
        ))
    }
}

/// The field that was probably meant by a name that is none: of those for which a setter can be
/// written, the one with the nearest name, if it is near enough.
const fn meant<M: Model>(name: &str) -> Option<ColumnIndex> {
    let columns = &M::META.columns.raw;
    let mut nearest: Option<(ColumnIndex, usize)> = None;
    let mut at = 0;
    while at < columns.len() {
        let (it, far) = (&columns[at], distance(columns[at].field, name));
        let is_nearer = match nearest {
            Some((_, known)) => far < known,
            None => far <= 1 || far <= least(it.field.len(), name.len()) / 3,
        };
        if is_nearer && it.maintained && !it.declared {
            nearest = Some((ColumnIndex::at(at), far));
        }
        at += 1;
    }
    match nearest {
        Some((column, _)) => Some(column),
        None => None,
    }
}

/// How many letters of a name are looked at.
const MOST: usize = 64;

/// How many letters must be put in, taken out, exchanged or swapped with their neighbours to make
/// one name of another.
const fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() > MOST || other.len() > MOST {
        return usize::MAX;
    }
    // Of the table of distances between their beginnings: the latest line, and the two before it.
    let mut lines = [[0; MOST + 1]; 3];
    let mut column = 0;
    while column <= other.len() {
        lines[2][column] = column;
        column += 1;
    }
    let mut line = 1;
    while line <= one.len() {
        lines = [lines[1], lines[2], lines[0]];
        lines[2][0] = line;
        column = 1;
        while column <= other.len() {
            let is_other = one[line - 1] != other[column - 1];
            let one_letter = least(lines[1][column], lines[2][column - 1]) + 1;
            lines[2][column] = least(one_letter, lines[1][column - 1] + is_other as usize);
            if line > 1
                && column > 1
                && one[line - 1] == other[column - 2]
                && one[line - 2] == other[column - 1]
            {
                lines[2][column] = least(lines[2][column], lines[0][column - 2] + 1);
            }
            column += 1;
        }
        line += 1;
    }
    lines[2][other.len()]
}

const fn least(one: usize, other: usize) -> usize {
    if one < other { one } else { other }
}

/// How many bytes a message may have.
const LENGTH: usize = 512;

/// A message that is put together while the program is compiled.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    bytes: [u8; LENGTH],
    length: usize,
}

impl Message {
    const fn new() -> Self {
        Self {
            bytes: [0; LENGTH],
            length: 0,
        }
    }

    /// The message with a text at its end, as far as there is room.
    const fn with(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.length < LENGTH {
            self.bytes[self.length] = bytes[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    /// The text.
    #[must_use]
    pub const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // A letter that there was no room for.
            Err(_) => "no such field",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, distance};

    #[test]
    fn names_are_as_far_apart_as_letters_must_be_changed() {
        assert_eq!(distance("total_cents", "total_cents"), 0);
        assert_eq!(distance("totl_cents", "total_cents"), 1);
        assert_eq!(distance("total_cemts", "total_cents"), 1);
        assert_eq!(distance("", "name"), 4);
        assert_eq!(distance("note", "name"), 2);
        assert_eq!(distance("lable", "label"), 1);
        assert_eq!(distance("ca", "abc"), 3);
    }

    #[test]
    fn a_message_has_an_end() {
        let long = "x".repeat(600);
        assert_eq!(Message::new().with(&long).text().len(), 512);
        assert_eq!(Message::new().with("a").with("b").text(), "ab");
    }
}
