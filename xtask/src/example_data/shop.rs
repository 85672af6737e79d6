//! The data of the bulk load.
//!
//! The numbers come from a generator with a fixed seed, so that the same files come out each time.

use super::row::row;

const PRODUCTS: usize = 240;
const CUSTOMERS: usize = 400;
const ORDERS: usize = 1200;

/// The tree of categories: a root, then the branches of it.
const CATEGORIES: &[(&str, &[&str])] = &[
    ("Garden", &["Tools", "Seeds", "Furniture"]),
    ("Kitchen", &["Pots", "Knives", "Tableware"]),
    ("Workshop", &["Hand tools", "Screws, nails", "Timber"]),
    ("Office", &["Paper", "Lamps", "Furniture"]),
    ("Nursery", &["Toys", "Textiles", "Furniture"]),
];

/// What each branch divides into.
const SHELVES: &[&str] = &["Everyday", "Special"];

const ADJECTIVES: &[&str] = &[
    "blue",
    "sturdy",
    "light",
    "folding",
    "oak",
    "steel",
    "small",
    "large",
    "red",
    "\"Deluxe\"",
    "simple",
    "old",
];
const NOUNS: &[&str] = &[
    "rake",
    "kettle",
    "chair",
    "lamp",
    "box",
    "table",
    "brush",
    "hammer",
    "shelf, wide",
    "blanket",
    "bowl",
    "knife",
    "hook",
    "frame",
    "jar",
    "basket",
    "ladder",
    "saw",
    "clock",
    "crate",
];
const FIRST_NAMES: &[&str] = &[
    "Ada", "Ben", "Chloé", "Dora", "Emil", "Fatima", "Grace", "Hugo", "Ines", "Jürgen", "Kenji",
    "Lena", "Miro", "Nora", "Olga", "Pedro", "Quinn", "Rosa", "Søren", "Tala",
];
const LAST_NAMES: &[&str] = &[
    "Abbott", "Berg", "Cruz", "Dvořák", "Eriksen", "Fischer", "García", "Hopper", "Ito", "Jensen",
    "Klein", "Lopez", "Moreau", "Novak", "O'Brien", "Petrov", "Quist", "Rossi", "Schmidt",
    "Turing",
];

/// The files with their contents.
pub(super) fn files() -> [(&'static str, String); 5] {
    let mut dice = Dice(2026);
    let (categories, shelves) = categories();
    let (products, prices) = products(&mut dice, &shelves);
    let customers = customers(&mut dice);
    let (orders, items) = orders(&mut dice, &prices);
    [
        ("categories.csv", categories),
        ("products.csv", products),
        ("customers.csv", customers),
        ("orders.csv", orders),
        ("items.csv", items),
    ]
}

/// The file, and the codes of the categories that products are in.
fn categories() -> (String, Vec<String>) {
    let mut text = "code,parent,name\n".to_owned();
    let mut shelves = Vec::new();
    for (root, (name, branches)) in CATEGORIES.iter().enumerate() {
        row(&mut text, &[&format!("K{root}"), "", name]);
        for (branch, name) in branches.iter().enumerate() {
            row(
                &mut text,
                &[&format!("K{root}{branch}"), &format!("K{root}"), name],
            );
            for (shelf, name) in SHELVES.iter().enumerate() {
                let code = format!("K{root}{branch}{shelf}");
                row(&mut text, &[&code, &format!("K{root}{branch}"), name]);
                shelves.push(code);
            }
        }
    }
    (text, shelves)
}

/// The file, and the prices by product.
fn products(dice: &mut Dice, shelves: &[String]) -> (String, Vec<usize>) {
    let mut text = "sku,category,name,price_cents\n".to_owned();
    let mut prices = Vec::new();
    for product in 0..PRODUCTS {
        // Each pair of words once.
        let name = format!(
            "{} {}",
            ADJECTIVES[product % ADJECTIVES.len()],
            NOUNS[product / ADJECTIVES.len()]
        );
        let price = 100 + 5 * dice.below(2000);
        row(
            &mut text,
            &[
                &sku(product),
                dice.one_of(shelves),
                &name,
                &price.to_string(),
            ],
        );
        prices.push(price);
    }
    (text, prices)
}

fn customers(dice: &mut Dice) -> String {
    let mut text = "code,first_name,last_name\n".to_owned();
    for customer in 0..CUSTOMERS {
        row(
            &mut text,
            &[
                &code(customer),
                dice.one_of(FIRST_NAMES),
                dice.one_of(LAST_NAMES),
            ],
        );
    }
    text
}

/// The files of the orders and of their items.
fn orders(dice: &mut Dice, prices: &[usize]) -> (String, String) {
    let mut orders = "number,customer,placed_on\n".to_owned();
    let mut items = "order,product,quantity,price_cents\n".to_owned();
    for order in 0..ORDERS {
        let number = format!("A{:05}", order + 1);
        // In the order of the numbers, twelve months of 28 days.
        let day = order * 12 * 28 / ORDERS;
        let placed_on = format!("2025-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        row(
            &mut orders,
            &[&number, &code(dice.below(CUSTOMERS)), &placed_on],
        );

        let first = dice.below(PRODUCTS);
        for item in 0..=dice.below(5) {
            let product = (first + 37 * item) % PRODUCTS;
            let quantity = 1 + dice.below(6);
            row(
                &mut items,
                &[
                    &number,
                    &sku(product),
                    &quantity.to_string(),
                    &prices[product].to_string(),
                ],
            );
        }
    }
    (orders, items)
}

fn sku(product: usize) -> String {
    format!("P{:04}", product + 1)
}

fn code(customer: usize) -> String {
    format!("C{:04}", customer + 1)
}

/// Numbers that look random, from a linear congruential generator (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the better ones.
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, words: &'a [impl AsRef<str>]) -> &'a str {
        words[self.below(words.len())].as_ref()
    }
}
