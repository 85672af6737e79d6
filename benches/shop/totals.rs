//! The sums alone, without the label, which reads all items of an order: kept by functions, and declared.

macro_rules! totals {
    ($(#[$attribute:meta])* $name:ident, $spent:meta, $total:meta) => {
        $(#[$attribute])*
        pub(crate) mod $name {
            use diesel::prelude::*;
            use maintained::prelude::*;

            use crate::schema::{customers, items, orders};

            #[derive(Queryable, Selectable, Identifiable, Maintained)]
            #[diesel(table_name = customers)]
            pub(crate) struct Customer {
                id: i32,
                #[$spent]
                spent_cents: i64,
            }

            #[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
            #[diesel(table_name = orders, belongs_to(Customer))]
            pub(crate) struct Order {
                id: i32,
                customer_id: i32,
                #[$total]
                total_cents: i64,
            }

            #[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
            #[diesel(table_name = items, belongs_to(Order))]
            pub(crate) struct Item {
                id: i32,
                order_id: i32,
                amount_cents: i64,
            }

            #[derive(Insertable, New)]
            #[diesel(table_name = items)]
            #[maintained(new_of = Item)]
            pub(crate) struct NewItem {
                pub(crate) id: i32,
                pub(crate) order_id: i32,
                pub(crate) product_id: i32,
                pub(crate) quantity: i32,
                pub(crate) price_cents: i64,
                pub(crate) amount_cents: i64,
            }
        }
    };
}

totals! {
    /// Kept by functions.
    setters, maintained, maintained
}

totals! {
    /// Declared.
    declared, maintained(sum(Order::total_cents)), maintained(sum(Item::amount_cents))
}

mod functions {
    use diesel::prelude::*;
    use maintained::prelude::*;

    use super::setters::{Customer, Item, Order};
    use crate::schema::{items, orders};

    #[derive(Queryable, Selectable, View)]
    #[diesel(table_name = orders)]
    #[maintained(view_of = Order)]
    pub(crate) struct OrderTotal {
        total_cents: i64,
    }

    #[derive(Queryable, Selectable, View)]
    #[diesel(table_name = items)]
    #[maintained(view_of = Item)]
    pub(crate) struct Amount {
        amount_cents: i64,
    }

    #[maintained::setters]
    impl Customer {
        #[setter]
        fn spent_cents(orders: &[OrderTotal]) -> i64 {
            orders.iter().map(|order| order.total_cents).sum()
        }
    }

    #[maintained::setters]
    impl Order {
        #[setter]
        fn total_cents(items: &[Amount]) -> i64 {
            items.iter().map(|item| item.amount_cents).sum()
        }
    }
}
