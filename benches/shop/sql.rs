//! What the databases spell differently.

/// The statements of a database that are not Diesel's.
pub(crate) struct Sql {
    /// Creates the tables.
    pub(crate) tables: &'static [&'static str],
    /// Creates the triggers that keep the fields.
    pub(crate) triggers: &'static [&'static str],
    /// Creates the triggers that keep the sums, and no label, of items that are inserted, changed, moved and deleted.
    pub(crate) triggers_of_totals: &'static [&'static str],
    /// Before queries are planned on rows that have just been loaded.
    pub(crate) analyze: &'static str,
    /// Sets the total of all orders.
    pub(crate) totals: &'static str,
    /// Sets the label of all orders.
    pub(crate) labels: &'static str,
    /// Sets the spending of all customers.
    pub(crate) spent: &'static str,
    /// How a parameter is written, its number in place of `#`.
    pub(crate) parameter: &'static str,
    /// The label of an order, as a value in a statement on `orders`.
    pub(crate) label_of_order: &'static str,
}

/// The total of an order, as a value in a statement on `orders`.
const TOTAL_OF_ORDER: &str =
    "(SELECT coalesce(sum(amount_cents), 0) FROM items WHERE order_id = orders.id)";
/// What a customer has spent, as a value in a statement on `customers`.
const SPENT_OF_CUSTOMER: &str =
    "(SELECT coalesce(sum(total_cents), 0) FROM orders WHERE customer_id = customers.id)";

impl Sql {
    /// Sets the fields of some orders.
    pub(crate) fn orders_of(&self, condition: &str) -> String {
        let label = self.label_of_order;
        format!(
            "UPDATE orders SET total_cents = {TOTAL_OF_ORDER}, label = {label} WHERE {condition}"
        )
    }

    /// Sets the totals of some orders, and nothing else.
    pub(crate) fn totals_of(condition: &str) -> String {
        format!("UPDATE orders SET total_cents = {TOTAL_OF_ORDER} WHERE {condition}")
    }

    /// Sets the labels of some orders.
    pub(crate) fn labels_of(&self, condition: &str) -> String {
        format!(
            "UPDATE orders SET label = {} WHERE {condition}",
            self.label_of_order
        )
    }

    /// Sets the fields of some customers.
    pub(crate) fn spent_of(condition: &str) -> String {
        format!("UPDATE customers SET spent_cents = {SPENT_OF_CUSTOMER} WHERE {condition}")
    }
}
