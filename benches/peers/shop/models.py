"""The shop's models: the same fields, kept by the same functions, as `benches/shop/setters.rs` has them.

What the functions read is fetched for many rows at once (`select_related`, `prefetch_related`), as the documentation of
django-computedfields recommends.
"""

from computedfields.models import ComputedFieldsModel, computed
from django.db import models


class Customer(ComputedFieldsModel):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        db_table = "customers"

    # A row that is new has no children yet: without a query, it is the default.
    @computed(
        models.BigIntegerField(default=0),
        depends=[("orders", ["total_cents"])],
        prefetch_related=["orders"],
        default_on_create=True,
    )
    def spent_cents(self):
        return sum(order.total_cents for order in self.orders.all())


class Product(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        db_table = "products"


class Order(ComputedFieldsModel):
    id = models.IntegerField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    note = models.CharField(max_length=100)

    class Meta:
        db_table = "orders"

    @computed(
        models.BigIntegerField(default=0),
        depends=[("items", ["amount_cents"])],
        prefetch_related=["items"],
        default_on_create=True,
    )
    def total_cents(self):
        return sum(item.amount_cents for item in self.items.all())

    @computed(
        models.TextField(default=""),
        depends=[
            ("self", ["note"]),
            ("customer", ["name"]),
            ("items", ["quantity"]),
            ("items.product", ["name"]),
        ],
        select_related=["customer"],
        prefetch_related=["items__product"],
    )
    def label(self):
        items = sorted(self.items.all(), key=lambda item: item.id)
        lines = ", ".join(f"{item.quantity}x {item.product.name}" for item in items)
        return f"{self.customer.name} #{self.id} {self.note}: {lines}"


class Item(models.Model):
    id = models.IntegerField(primary_key=True)
    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    # Without an index, as the Rust variants have it.
    product = models.ForeignKey(Product, models.CASCADE, related_name="items", db_index=False)
    quantity = models.IntegerField()
    price_cents = models.BigIntegerField()
    amount_cents = models.BigIntegerField()

    class Meta:
        db_table = "items"


ALL = [Customer, Product, Order, Item]
