//! One realm, one shire and one guild, to which all dues are paid.

use diesel::connection::SimpleConnection;
use maintained::prelude::*;

use super::super::Conn;
use crate::totals::{Guild, NewDue, Realm, Shire};

/// A realm, a shire in it, and a guild.
pub(crate) fn stock(conn: &mut Conn) {
    conn.batch_execute(
        "INSERT INTO realms (id) VALUES (1); INSERT INTO guilds (id) VALUES (1);
         INSERT INTO shires (id, realm_id) VALUES (1, 1)",
    )
    .unwrap();
}

/// A due that is paid to them.
pub(crate) fn new_due(coins: i64) -> NewDue {
    NewDue {
        shire_id: 1,
        guild_id: Some(1),
        coins: Some(coins),
        is_paid: true,
    }
}

/// The sums of the realm, the shire and the guild.
pub(crate) fn sums(conn: &mut Conn) -> [i64; 3] {
    let realm = Realm::find(conn, 1).unwrap().unwrap();
    let shire = Shire::find(conn, 1).unwrap().unwrap();
    let guild = Guild::find(conn, 1).unwrap().unwrap();
    [realm.taxes, shire.taxes, guild.total]
}
