//! The models: fields for each kind of race that two writers can run.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::schema::{carts, folders, kinds, lines, owners, parts, products};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = owners)]
pub struct Owner {
    pub id: i32,
    pub revision: i32,
    #[maintained]
    pub spent: i64,
    /// Unchanged by most writes that it depends on.
    #[maintained]
    pub crowded: bool,
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
    #[maintained(unique)]
    pub badge: Option<String>,
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
    CartTotal of Cart in carts { total: i64 }
    LineId of Line in lines { id: i32 }
    LineAmount of Line in lines { amount: i64 }
    LineQuantity of Line in lines { quantity: i32 }
    KindRevision of Kind in kinds { revision: i32 }
    ProductId of Product in products { id: i32 }
    ProductTitle of Product in products { title: String }
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

    #[allow(
        clippy::unnecessary_wraps,
        reason = "a unique maintained column is nullable"
    )]
    #[setter]
    fn badge(&self, lines: &[LineId]) -> Option<String> {
        Some(format!("{}#{}", self.id, lines.len()))
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
