//! Counts the stale fields by SQL of its own: nothing here knows the library or its setters.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

/// A maintained field, and SQL that counts the rows in which it is not what it should be.
struct Check {
    field: &'static str,
    stale: &'static str,
}

const CHECKS: &[Check] = &[
    Check {
        field: "categories.path",
        stale: "WITH RECURSIVE paths (id, path) AS (
                    SELECT id, name FROM categories WHERE parent_id IS NULL
                    UNION ALL
                    SELECT c.id, p.path || ' / ' || c.name FROM categories c JOIN paths p ON p.id = c.parent_id
                )
                SELECT count(*) AS stale FROM categories c LEFT JOIN paths p USING (id) WHERE c.path IS NOT p.path",
    },
    Check {
        field: "products.listing",
        stale: "WITH RECURSIVE paths (id, path) AS (
                    SELECT id, name FROM categories WHERE parent_id IS NULL
                    UNION ALL
                    SELECT c.id, p.path || ' / ' || c.name FROM categories c JOIN paths p ON p.id = c.parent_id
                )
                SELECT count(*) AS stale FROM products LEFT JOIN paths ON paths.id = category_id
                WHERE listing IS NOT paths.path || ' / ' || name",
    },
    Check {
        field: "customers.full_name",
        stale: "SELECT count(*) AS stale FROM customers WHERE full_name IS NOT first_name || ' ' || last_name",
    },
    Check {
        field: "customers.order_count",
        stale: "SELECT count(*) AS stale FROM customers c
                WHERE order_count IS NOT (SELECT count(*) FROM orders o WHERE o.customer_id = c.id)",
    },
    Check {
        field: "customers.spent_cents",
        stale: "SELECT count(*) AS stale FROM customers c
                WHERE spent_cents IS NOT (
                    SELECT coalesce(sum(i.quantity * i.price_cents), 0)
                    FROM orders o JOIN items i ON i.order_id = o.id
                    WHERE o.customer_id = c.id
                )",
    },
    Check {
        field: "orders.total_cents",
        stale: "SELECT count(*) AS stale FROM orders o
                WHERE total_cents IS NOT (
                    SELECT coalesce(sum(i.quantity * i.price_cents), 0) FROM items i WHERE i.order_id = o.id
                )",
    },
    Check {
        field: "orders.label",
        stale: "SELECT count(*) AS stale FROM orders o JOIN customers c ON c.id = o.customer_id
                WHERE label IS NOT c.first_name || ' ' || c.last_name || ' #' || o.number || ': ' || coalesce((
                    SELECT group_concat(p.name, ', ' ORDER BY i.id)
                    FROM items i JOIN products p ON p.id = i.product_id
                    WHERE i.order_id = o.id
                ), '')",
    },
];

/// The maintained fields with the number of rows in which each is stale.
pub(crate) fn stale_fields(
    conn: &mut impl diesel::connection::LoadConnection<Backend = Sqlite>,
) -> QueryResult<Vec<(&'static str, i64)>> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        stale: i64,
    }

    CHECKS
        .iter()
        .map(|check| {
            Ok((
                check.field,
                sql_query(check.stale).get_result::<Count>(conn)?.stale,
            ))
        })
        .collect()
}
