"""The rows of a shop, and its changes: the same as `benches/shop/data.rs` and `text/changes.rs` make."""

from shop.models import Customer, Item, Order, Product

CHILDREN = 10
PRODUCTS = 100


class Random:
    """Numbers that are the same in each run, and in both languages."""

    def __init__(self, seed):
        self.state = seed

    def below(self, end):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % end


class Data:
    """Unsaved instances; each call makes new ones."""

    def __init__(self, items):
        orders = -(-items // CHILDREN)
        customers = -(-orders // CHILDREN)
        per_order = -(-items // orders)
        random = Random(7)
        self.customers = [Customer(id=at + 1, name=f"Customer {at}") for at in range(customers)]
        self.products = [Product(id=at + 1, name=f"product {at}") for at in range(PRODUCTS)]
        self.orders = [
            Order(id=at + 1, customer=self.customers[at % customers], note=f"note {at % 7}")
            for at in range(orders)
        ]
        self.items = []
        for at in range(items):
            quantity = random.below(9) + 1
            price = random.below(5_000) + 100
            item = Item(
                id=at + 1,
                order=self.orders[at // per_order],
                product=self.products[random.below(PRODUCTS)],
                quantity=quantity,
                price_cents=price,
                amount_cents=quantity * price,
            )
            self.items.append(item)


class Changes:
    """100 customers, 1,000 items, 1,000 other items, 100 orders, if there are so many."""

    def __init__(self, data):
        items, orders = data.items, data.orders
        self.renamed = {at + 1: f"Renamed {at}" for at in spread(100, len(data.customers))}
        self.changed = [items[at].id for at in spread(1_000, len(items))]
        self.moved = {}
        for at in spread(1_000, len(items)):
            item = items[(at + 3) % len(items)]
            self.moved[item.id] = (item.order_id - 1 + len(orders) // 2) % len(orders) + 1
        self.deleted = [orders[at].id for at in spread(100, len(orders))]


def spread(count, of):
    """So many places, evenly spread."""
    count = min(count, of)
    return [at * of // count for at in range(count)]
