//! Accounts that receive money, and clerks who see to it: one parent sums a row up, another only counts it.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        banks (id) { id -> Integer, received -> BigInt }
    }

    diesel::table! {
        accounts (id) { id -> Integer, bank_id -> Integer, received -> BigInt }
    }

    diesel::table! {
        clerks (id) { id -> Integer, handled -> BigInt }
    }

    diesel::table! {
        transfers (id) {
            id -> Integer,
            account_id -> Integer,
            clerk_id -> Nullable<Integer>,
            amount -> BigInt,
        }
    }
}

use schema::{accounts, banks, clerks, transfers};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = banks)]
pub(crate) struct Bank {
    pub(crate) id: i32,
    #[maintained(sum(Account::received))]
    pub(crate) received: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = accounts, belongs_to(Bank))]
pub(crate) struct Account {
    pub(crate) id: i32,
    pub(crate) bank_id: i32,
    #[maintained(sum(Transfer::amount))]
    pub(crate) received: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = clerks)]
pub(crate) struct Clerk {
    pub(crate) id: i32,
    #[maintained(count(Transfer))]
    pub(crate) handled: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = transfers, belongs_to(Account), belongs_to(Clerk))]
pub(crate) struct Transfer {
    pub(crate) id: i32,
    pub(crate) account_id: i32,
    pub(crate) clerk_id: Option<i32>,
    pub(crate) amount: i64,
}

/// A transfer to add.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = transfers)]
#[maintained(new_of = Transfer)]
pub(crate) struct NewTransfer {
    pub(crate) account_id: i32,
    pub(crate) clerk_id: Option<i32>,
    pub(crate) amount: i64,
}
