//! Accounts with entries: keys, foreign keys, amounts and what follows from them are decimals.

use bigdecimal::{BigDecimal, RoundingMode};
use diesel::prelude::*;
use maintained::New;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        accounts (number) {
            number -> Numeric,
            total -> Numeric,
            least -> Nullable<Numeric>,
            most -> Nullable<Numeric>,
            mean -> Nullable<Numeric>,
            code -> Nullable<Numeric>,
            last -> Nullable<Numeric>,
            report -> Text,
        }
    }
    diesel::table! {
        entries (number) {
            number -> Numeric,
            account -> Numeric,
            amount -> Numeric,
            quantity -> Numeric,
            value -> Numeric,
            taxed -> Numeric,
            account_mean -> Nullable<Numeric>,
            account_code -> Nullable<Numeric>,
            account_last -> Nullable<Numeric>,
            share -> Numeric,
        }
    }
    diesel::table! {
        parts (id) {
            id -> Integer,
            whole_id -> Nullable<Integer>,
            factor -> Numeric,
            size -> Numeric,
            weight -> Numeric,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(accounts, entries);
}

use schema::{accounts, entries, parts};

/// A decimal of so many hundredths.
pub(crate) fn hundredths(number: i64) -> BigDecimal {
    BigDecimal::new(number.into(), 2)
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = accounts, primary_key(number))]
pub(crate) struct Account {
    pub(crate) number: BigDecimal,
    #[maintained(sum(Entry::value))]
    pub(crate) total: BigDecimal,
    #[maintained(min(Entry::amount))]
    pub(crate) least: Option<BigDecimal>,
    #[maintained(max(Entry::amount))]
    pub(crate) most: Option<BigDecimal>,
    #[maintained]
    pub(crate) mean: Option<BigDecimal>,
    #[maintained(unique)]
    pub(crate) code: Option<BigDecimal>,
    #[maintained(max(Entry::number), unique)]
    pub(crate) last: Option<BigDecimal>,
    #[maintained]
    pub(crate) report: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = entries, primary_key(number))]
#[diesel(belongs_to(Account, foreign_key = account))]
pub(crate) struct Entry {
    pub(crate) number: BigDecimal,
    pub(crate) account: BigDecimal,
    pub(crate) amount: BigDecimal,
    pub(crate) quantity: BigDecimal,
    #[maintained(expr = entries::amount * entries::quantity)]
    pub(crate) value: BigDecimal,
    #[maintained]
    pub(crate) taxed: BigDecimal,
    #[maintained(copy(Account::mean))]
    pub(crate) account_mean: Option<BigDecimal>,
    #[maintained(copy(Account::code))]
    pub(crate) account_code: Option<BigDecimal>,
    #[maintained(copy(Account::last))]
    pub(crate) account_last: Option<BigDecimal>,
    #[maintained]
    pub(crate) share: BigDecimal,
}

/// What the mean of an account needs of an entry.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = entries)]
#[maintained(view_of = Entry)]
pub(crate) struct Taxed {
    pub(crate) taxed: BigDecimal,
}

#[maintained::setters]
impl Account {
    /// With all the digits that there are: the column has fewer.
    #[setter]
    pub(crate) fn mean(entries: &[Taxed]) -> Option<BigDecimal> {
        let total: BigDecimal = entries.iter().map(|entry| &entry.taxed).sum();
        (!entries.is_empty()).then(|| total / BigDecimal::from(entries.len() as u64))
    }

    #[setter]
    pub(crate) fn code(&self, entries: &[Taxed]) -> BigDecimal {
        let mean = Self::mean(entries).unwrap_or_default();
        &self.number * BigDecimal::from(10) + mean / BigDecimal::from(1_000)
    }

    /// Reads a field that is computed just before, as its column stores it.
    #[setter]
    pub(crate) fn report(&self) -> String {
        let mean = self.mean.as_ref().map(plain);
        format!("{} at {}", plain(&self.total), mean.unwrap_or_default())
    }
}

#[maintained::setters]
impl Entry {
    #[setter]
    pub(crate) fn taxed(&self) -> BigDecimal {
        &self.amount * BigDecimal::new(119.into(), 2)
    }

    #[setter]
    pub(crate) fn share(&self, account: &Account) -> BigDecimal {
        let total = &account.total;
        if *total == BigDecimal::default() {
            return BigDecimal::default();
        }
        &self.amount / total
    }
}

/// A part of a whole, which is a part in turn.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = parts)]
#[maintained(belongs_to(Part, foreign_key = whole_id))]
pub(crate) struct Part {
    pub(crate) id: i32,
    pub(crate) whole_id: Option<i32>,
    pub(crate) factor: BigDecimal,
    #[maintained]
    pub(crate) size: BigDecimal,
    #[maintained]
    pub(crate) weight: BigDecimal,
}

/// What a part needs of the whole.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = parts)]
#[maintained(view_of = Part)]
pub(crate) struct Size {
    pub(crate) size: BigDecimal,
}

/// What a whole needs of its parts.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = parts)]
#[maintained(view_of = Part)]
pub(crate) struct Weight {
    pub(crate) weight: BigDecimal,
}

#[maintained::setters]
impl Part {
    /// From the top down.
    #[setter]
    pub(crate) fn size(&self, whole: Option<&Size>) -> BigDecimal {
        whole.map_or_else(|| self.factor.clone(), |whole| &whole.size * &self.factor)
    }

    /// From the bottom up.
    #[setter]
    pub(crate) fn weight(&self, parts: &[Weight]) -> BigDecimal {
        let parts: BigDecimal = parts.iter().map(|part| &part.weight).sum();
        (parts + BigDecimal::from(1)) * &self.factor
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = parts)]
#[maintained(new_of = Part)]
pub(crate) struct NewPart {
    pub(crate) id: i32,
    pub(crate) whole_id: Option<i32>,
    pub(crate) factor: BigDecimal,
}

/// A decimal's text, which says nothing of zeros at its end.
fn plain(decimal: &BigDecimal) -> String {
    decimal
        .with_scale_round(4, RoundingMode::HalfUp)
        .to_plain_string()
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = accounts)]
#[maintained(new_of = Account)]
pub(crate) struct NewAccount {
    pub(crate) number: BigDecimal,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = entries)]
#[maintained(new_of = Entry)]
pub(crate) struct NewEntry {
    pub(crate) number: BigDecimal,
    pub(crate) account: BigDecimal,
    pub(crate) amount: BigDecimal,
    pub(crate) quantity: BigDecimal,
}
