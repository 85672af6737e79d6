"""Many rows a statement, and the calls that bring the fields up to date, as the documentation shows."""

from computedfields.models import preupdate_dependent, update_dependent

from shop.models import Customer, Item, Order, Product


def load(data):
    Customer.objects.bulk_create(data.customers)
    Product.objects.bulk_create(data.products)
    Order.objects.bulk_create(data.orders)
    Item.objects.bulk_create(data.items)
    # All items are under these orders: one call brings the orders and then the customers up to date.
    update_dependent(Order.objects.filter(pk__in=[order.pk for order in data.orders]))


def rename_customers(changes):
    customers = Customer.objects.filter(pk__in=list(changes.renamed))
    rows = list(customers)
    for customer in rows:
        customer.name = changes.renamed[customer.pk]
    Customer.objects.bulk_update(rows, ["name"])
    update_dependent(customers, update_fields=["name"])


def change_items(changes):
    items = Item.objects.filter(pk__in=changes.changed)
    rows = list(items)
    for item in rows:
        item.quantity += 1
        item.amount_cents = item.quantity * item.price_cents
    Item.objects.bulk_update(rows, ["quantity", "amount_cents"])
    update_dependent(items, update_fields=["quantity", "amount_cents"])


def move_items(changes):
    items = Item.objects.filter(pk__in=list(changes.moved))
    old = preupdate_dependent(items, update_fields=["order"])
    rows = list(items)
    for item in rows:
        item.order_id = changes.moved[item.pk]
    Item.objects.bulk_update(rows, ["order"])
    update_dependent(items, update_fields=["order"], old=old)


def delete_orders(changes):
    # The handlers of Django's signals bring the customers up to date.
    Order.objects.filter(pk__in=changes.deleted).delete()


CHANGES = {
    work.__name__: work for work in (rename_customers, change_items, move_items, delete_orders)
}
