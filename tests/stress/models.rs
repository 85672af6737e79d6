//! The models: fields for each kind of race that two writers can run.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::schema::{carts, folders, kinds, lines, owners, parts, products, shelves, trays};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = owners)]
#[maintained(belongs_to(Cart, foreign_key = latest_id))]
pub struct Owner {
    pub id: i32,
    pub revision: i32,
    #[maintained]
    pub spent: i64,
    /// Unchanged by most writes that it depends on.
    #[maintained]
    pub crowded: bool,
    /// A foreign key that is computed.
    #[maintained]
    pub latest_id: Option<i32>,
    #[maintained]
    pub latest_revision: Option<i32>,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = carts, belongs_to(Owner))]
pub struct Cart {
    pub id: i32,
    pub owner_id: i32,
    pub revision: i32,
    #[maintained]
    pub total: i64,
    #[maintained]
    pub weight: i64,
    #[maintained]
    pub label: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = lines, belongs_to(Cart), belongs_to(Product))]
pub struct Line {
    pub id: i32,
    pub cart_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    #[maintained]
    pub amount: i64,
}

/// No field of its own: it is only ever locked to be read.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = kinds)]
pub struct Kind {
    pub id: i32,
    pub revision: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = products, belongs_to(Kind))]
pub struct Product {
    pub id: i32,
    pub kind_id: i32,
    pub revision: i32,
    #[maintained]
    pub title: String,
    #[maintained]
    pub sold: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shelves)]
pub struct Shelf {
    pub id: i32,
    #[maintained(unique)]
    pub badge: Option<String>,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = trays, belongs_to(Shelf))]
pub struct Tray {
    pub id: i32,
    pub shelf_id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = parts, belongs_to(Product))]
pub struct Part {
    pub id: i32,
    pub product_id: i32,
    pub grams: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = folders)]
#[maintained(belongs_to(Folder, foreign_key = parent_id))]
pub struct Folder {
    pub id: i32,
    pub parent_id: Option<i32>,
    pub revision: i32,
    #[maintained]
    pub path: String,
    #[maintained]
    pub size: i64,
}

macro_rules! views {
    ($($view:ident of $model:ident in $table:ident { $field:ident: $type:ty })*) => {$(
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = $table)]
        #[maintained(view_of = $model)]
        #[allow(dead_code, reason = "of some only the number of rows is read")]
        pub struct $view {
            $field: $type,
        }
    )*};
}

views! {
    OwnerRevision of Owner in owners { revision: i32 }
    CartId of Cart in carts { id: i32 }
    CartRevision of Cart in carts { revision: i32 }
    CartTotal of Cart in carts { total: i64 }
    LineId of Line in lines { id: i32 }
    LineAmount of Line in lines { amount: i64 }
    LineQuantity of Line in lines { quantity: i32 }
    KindRevision of Kind in kinds { revision: i32 }
    ProductId of Product in products { id: i32 }
    ProductTitle of Product in products { title: String }
    TrayId of Tray in trays { id: i32 }
    PartGrams of Part in parts { grams: i32 }
    FolderPath of Folder in folders { path: String }
    FolderSize of Folder in folders { size: i64 }
}

#[maintained::setters]
impl Owner {
    #[setter]
    fn spent(carts: &[CartTotal]) -> i64 {
        carts.iter().map(|cart| cart.total).sum()
    }

    #[setter]
    fn crowded(carts: &[CartId]) -> bool {
        carts.len() >= 2
    }

    #[setter]
    fn latest_id(carts: &[CartId]) -> Option<i32> {
        carts.last().map(|cart| cart.id)
    }

    #[setter]
    fn latest_revision(#[via(owners::latest_id)] latest: Option<&CartRevision>) -> Option<i32> {
        latest.map(|cart| cart.revision)
    }
}

#[maintained::setters]
impl Cart {
    #[setter]
    fn total(lines: &[LineAmount]) -> i64 {
        lines.iter().map(|line| line.amount).sum()
    }

    #[setter]
    fn weight(lines: &[(&LineQuantity, (&ProductId, &[PartGrams]))]) -> i64 {
        let grams =
            |parts: &[PartGrams]| parts.iter().map(|part| i64::from(part.grams)).sum::<i64>();
        lines
            .iter()
            .map(|(line, (_, parts))| i64::from(line.quantity) * grams(parts))
            .sum()
    }

    #[setter]
    fn label(&self, owner: &OwnerRevision, lines: &[(&LineId, &ProductTitle)]) -> String {
        let lines: Vec<String> = lines
            .iter()
            .map(|(line, product)| format!("{}={}", line.id, product.title))
            .collect();
        format!("{}/{}:{}", owner.revision, self.revision, lines.join(","))
    }
}

#[maintained::setters]
impl Line {
    #[setter]
    fn amount(&self) -> i64 {
        i64::from(self.quantity) * 3
    }
}

#[maintained::setters]
impl Product {
    #[setter]
    fn title(&self, kind: &KindRevision) -> String {
        format!("{}.{}", kind.revision, self.revision)
    }

    #[setter]
    fn sold(lines: &[LineQuantity]) -> i64 {
        lines.iter().map(|line| i64::from(line.quantity)).sum()
    }
}

#[maintained::setters]
impl Shelf {
    #[setter]
    #[allow(
        clippy::unnecessary_wraps,
        reason = "a unique column is nullable, though it is never null"
    )]
    fn badge(&self, trays: &[TrayId]) -> Option<String> {
        Some(format!("{}#{}", self.id, trays.len()))
    }
}

#[maintained::setters]
impl Folder {
    #[setter]
    fn path(&self, parent: Option<&FolderPath>) -> String {
        let above = parent.map_or("", |parent| parent.path.as_str());
        format!("{above}{}/", self.revision)
    }

    #[setter]
    fn size(children: &[FolderSize]) -> i64 {
        1 + children.iter().map(|child| child.size).sum::<i64>()
    }
}
