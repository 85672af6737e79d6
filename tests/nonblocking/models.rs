//! The models: functions over children and parents, declared fields, two levels, and a tree.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::schema::{carts, folders, lines, owners};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = owners)]
pub struct Owner {
    pub id: i32,
    pub name: String,
    #[maintained]
    pub spent: i64,
    #[maintained(count(Cart))]
    pub cart_count: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = carts, belongs_to(Owner))]
pub struct Cart {
    pub id: i32,
    pub owner_id: i32,
    pub note: String,
    #[maintained(sum(Line::cents))]
    pub total: i64,
    #[maintained]
    pub line_count: i32,
    #[maintained(copy(Owner::name))]
    pub owner_name: Option<String>,
    #[maintained]
    pub label: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = lines, belongs_to(Cart))]
pub struct Line {
    pub id: i32,
    pub cart_id: i32,
    pub cents: i64,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = folders)]
#[maintained(belongs_to(Folder, foreign_key = parent_id))]
pub struct Folder {
    pub id: i32,
    pub parent_id: Option<i32>,
    pub name: String,
    #[maintained]
    pub path: String,
    #[maintained]
    pub size: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = owners)]
#[maintained(view_of = Owner)]
pub struct OwnerName {
    name: String,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = carts)]
#[maintained(view_of = Cart)]
pub struct CartTotal {
    total: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = lines)]
#[maintained(view_of = Line)]
pub struct LineId {
    id: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = folders)]
#[maintained(view_of = Folder)]
pub struct FolderPath {
    path: String,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = folders)]
#[maintained(view_of = Folder)]
pub struct FolderSize {
    size: i64,
}

#[maintained::setters]
impl Owner {
    #[setter]
    fn spent(carts: &[CartTotal]) -> i64 {
        carts.iter().map(|cart| cart.total).sum()
    }
}

#[maintained::setters]
impl Cart {
    #[setter]
    fn line_count(lines: &[LineId]) -> i32 {
        i32::try_from(lines.len()).unwrap_or(i32::MAX)
    }

    #[setter(label = "names")]
    fn label(&self, owner: &OwnerName) -> Result<String, &'static str> {
        if self.note == "refused" {
            return Err("the note is refused");
        }
        Ok(format!("{}: {}", owner.name, self.note))
    }
}

#[maintained::setters]
impl Folder {
    #[setter]
    fn path(&self, parent: Option<&FolderPath>) -> String {
        let above = parent.map_or("", |parent| parent.path.as_str());
        format!("{above}{}/", self.name)
    }

    #[setter]
    fn size(children: &[FolderSize]) -> i64 {
        1 + children.iter().map(|child| child.size).sum::<i64>()
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = lines)]
#[maintained(new_of = Line)]
pub struct NewLine {
    pub cart_id: i32,
    pub cents: i64,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = carts)]
#[maintained(new_of = Cart)]
pub struct NewCart {
    pub owner_id: i32,
    pub note: String,
}

pub fn line(cart_id: i32, cents: i64) -> NewLine {
    NewLine { cart_id, cents }
}

pub fn cart(owner_id: i32, note: &str) -> NewCart {
    let note = note.to_owned();
    NewCart { owner_id, note }
}
