//! The models.

use diesel::prelude::*;
use maintained::prelude::*;

use super::schema::{follows, labels, persons, products, tags};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = persons)]
pub struct Person {
    pub id: i32,
    pub name: String,
    #[maintained]
    pub names: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = follows, primary_key(user_id, other_id))]
#[maintained(belongs_to(Person, foreign_key = user_id), belongs_to(Person, foreign_key = other_id))]
pub struct Follow {
    pub user_id: i32,
    pub other_id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = products)]
pub struct Product {
    pub id: i32,
    pub name: String,
    #[maintained]
    pub tags: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tags)]
pub struct Tag {
    pub id: i32,
    pub name: String,
    #[maintained]
    pub products: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = labels, primary_key(product_id, tag_id), belongs_to(Product), belongs_to(Tag))]
pub struct Label {
    pub product_id: i32,
    pub tag_id: i32,
}

macro_rules! views {
    ($($view:ident of $model:ident in $table:ident)*) => {$(
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = $table)]
        #[maintained(view_of = $model)]
        pub struct $view {
            name: String,
        }
    )*};
}

views! {
    PersonName of Person in persons
    ProductName of Product in products
    TagName of Tag in tags
}

#[maintained::setters]
impl Person {
    #[setter]
    fn names(
        #[via(follows::user_id, follows::other_id)] followed: &[(&Through<Follow>, &PersonName)],
    ) -> String {
        joined(followed.iter().map(|(_, person)| &person.name))
    }
}

#[maintained::setters]
impl Product {
    #[setter]
    fn tags(labels: &[(&Through<Label>, &TagName)]) -> String {
        joined(labels.iter().map(|(_, tag)| &tag.name))
    }
}

#[maintained::setters]
impl Tag {
    #[setter]
    fn products(labels: &[(&Through<Label>, &ProductName)]) -> String {
        joined(labels.iter().map(|(_, product)| &product.name))
    }
}

fn joined<'n>(names: impl Iterator<Item = &'n String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(",")
}
