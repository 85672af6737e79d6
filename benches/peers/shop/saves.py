"""Row by row: the fields follow at each save, or at the end of a recovering scope."""

from computedfields.models import not_computed

from shop.models import Customer, Item, Order


def load(data):
    for rows in (data.customers, data.products, data.orders, data.items):
        for row in rows:
            row.save(force_insert=True)


def rename_customers(changes):
    for key, customer in Customer.objects.in_bulk(list(changes.renamed)).items():
        customer.name = changes.renamed[key]
        customer.save(update_fields=["name"])


def change_items(changes):
    for item in Item.objects.in_bulk(changes.changed).values():
        item.quantity += 1
        item.amount_cents = item.quantity * item.price_cents
        item.save(update_fields=["quantity", "amount_cents"])


def move_items(changes):
    for key, item in Item.objects.in_bulk(list(changes.moved)).items():
        item.order_id = changes.moved[key]
        item.save(update_fields=["order"])


def delete_orders(changes):
    for order in Order.objects.in_bulk(changes.deleted).values():
        order.delete()


def recovering(work):
    """The same, the fields computed at the end."""

    def run(rows):
        with not_computed(recover=True):
            work(rows)

    return run


CHANGES = {
    work.__name__: work for work in (rename_customers, change_items, move_items, delete_orders)
}
RECOVERING = {name: recovering(work) for name, work in CHANGES.items()}
