//! The rows to add, for models that a module has.

/// Structs for the rows to add to the models of the module that this stands in.
#[macro_export]
macro_rules! new_rows {
    () => {
        #[derive(Insertable, New)]
        #[diesel(table_name = customers)]
        #[maintained(new_of = Customer)]
        pub(crate) struct NewCustomer<'d> {
            id: i32,
            name: &'d str,
        }

        #[derive(Insertable, New)]
        #[diesel(table_name = products)]
        #[maintained(new_of = Product)]
        pub(crate) struct NewProduct<'d> {
            id: i32,
            name: &'d str,
        }

        #[derive(Insertable, New)]
        #[diesel(table_name = orders)]
        #[maintained(new_of = Order)]
        pub(crate) struct NewOrder<'d> {
            id: i32,
            customer_id: i32,
            note: &'d str,
        }

        #[derive(Insertable, New)]
        #[diesel(table_name = items)]
        #[maintained(new_of = Item)]
        pub(crate) struct NewItem {
            id: i32,
            order_id: i32,
            product_id: i32,
            quantity: i32,
            price_cents: i64,
            amount_cents: i64,
        }

        /// All rows of a shop, to be added.
        pub(crate) struct News<'d> {
            pub(crate) customers: Vec<NewCustomer<'d>>,
            pub(crate) products: Vec<NewProduct<'d>>,
            pub(crate) orders: Vec<NewOrder<'d>>,
            pub(crate) items: Vec<NewItem>,
        }

        impl<'d> News<'d> {
            pub(crate) fn of(data: &'d $crate::data::Data) -> Self {
                let customer = |it: &'d CustomerRow| NewCustomer {
                    id: it.id,
                    name: &it.name,
                };
                let product = |it: &'d ProductRow| NewProduct {
                    id: it.id,
                    name: &it.name,
                };
                let order = |it: &'d OrderRow| NewOrder {
                    id: it.id,
                    customer_id: it.customer_id,
                    note: &it.note,
                };
                let item = |it: &ItemRow| NewItem {
                    id: it.id,
                    order_id: it.order_id,
                    product_id: it.product_id,
                    quantity: it.quantity,
                    price_cents: it.price_cents,
                    amount_cents: it.amount_cents,
                };
                Self {
                    customers: data.customers.iter().map(customer).collect(),
                    products: data.products.iter().map(product).collect(),
                    orders: data.orders.iter().map(order).collect(),
                    items: data.items.iter().map(item).collect(),
                }
            }
        }
    };
}
