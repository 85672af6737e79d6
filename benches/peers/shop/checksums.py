"""What is in the tables, as numbers: the same sums as `benches/shop/text/check.rs` makes."""

from shop.models import Customer, Item, Order


class Sum:
    """Fowler, Noll and Vo's 1a, of the bytes of values with a zero after each."""

    def __init__(self):
        self.state = 0xCBF29CE484222325

    def add(self, *values):
        state = self.state
        for byte in b"".join(str(value).encode() + b"\0" for value in values):
            state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        self.state = state

    def text(self):
        return f"{self.state:016x}"


def of_tables():
    """The sums of the columns that are written, and of those that are kept."""
    plain, kept = Sum(), Sum()
    for key, name, spent in Customer.objects.order_by("id").values_list("id", "name", "spent_cents"):
        plain.add(key, name)
        kept.add(spent)
    columns = ["id", "customer_id", "note", "total_cents", "label"]
    for key, customer, note, total, label in Order.objects.order_by("id").values_list(*columns):
        plain.add(key, customer, note)
        kept.add(total, label)
    columns = ["id", "order_id", "product_id", "quantity", "price_cents", "amount_cents"]
    for values in Item.objects.order_by("id").values_list(*columns):
        plain.add(*values)
    return {"plain": plain.text(), "kept": kept.text()}
