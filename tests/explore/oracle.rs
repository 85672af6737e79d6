//! What each maintained field should be, from the plain columns alone.

/// For each field the rows in which it is stale. `{list:value:key}` is a list of values ordered by
/// a key.
pub const STALE: &[(&str, &str)] = &[
    (
        "regions.shop_count",
        "regions t WHERE t.shop_count <> (SELECT COUNT(*) FROM shops s WHERE s.region_id = t.id)",
    ),
    (
        "regions.revenue",
        "regions t WHERE t.revenue <> COALESCE((SELECT SUM(i.price * i.pieces) FROM items i
            JOIN shops s ON s.id = i.shop_id WHERE s.region_id = t.id), 0)",
    ),
    (
        "regions.pieces",
        "regions t WHERE t.pieces <> COALESCE((SELECT SUM(i.pieces) FROM items i
            JOIN shops s ON s.id = i.shop_id WHERE s.region_id = t.id), 0)",
    ),
    (
        "shops.label",
        "shops t WHERE t.label <> CONCAT((SELECT r.title FROM regions r WHERE r.id = t.region_id), '/', t.name)",
    ),
    (
        "shops.revenue",
        "shops t WHERE t.revenue <> COALESCE((SELECT SUM(i.price * i.pieces) FROM items i WHERE i.shop_id = t.id), 0)",
    ),
    (
        "shops.item_count",
        "shops t WHERE t.item_count <> (SELECT COUNT(*) FROM items i WHERE i.shop_id = t.id)",
    ),
    (
        "shops.dearest",
        "shops t WHERE COALESCE(t.dearest, -1) <> COALESCE((SELECT MAX(i.price) FROM items i WHERE i.shop_id = t.id), -1)",
    ),
    (
        "shops.latest_id",
        "shops t WHERE COALESCE(t.latest_id, -1) <> COALESCE((SELECT MAX(i.id) FROM items i
            WHERE i.shop_id = t.id AND i.is_open), -1)",
    ),
    (
        "shops.latest_price",
        "shops t WHERE COALESCE(t.latest_price, -1) <> COALESCE((SELECT l.price FROM items l WHERE l.id =
            (SELECT MAX(i.id) FROM items i WHERE i.shop_id = t.id AND i.is_open)), -1)",
    ),
    (
        "items.amount",
        "items t WHERE t.amount <> t.price * t.pieces",
    ),
    (
        "items.place",
        "items t WHERE COALESCE(t.place, '') <> (SELECT CONCAT(r.title, '/', s.name) FROM shops s
            JOIN regions r ON r.id = s.region_id WHERE s.id = t.shop_id)",
    ),
    (
        "items.sign",
        "items t WHERE t.sign <> CONCAT((SELECT CONCAT(r.title, '/', s.name) FROM shops s
            JOIN regions r ON r.id = s.region_id WHERE s.id = t.shop_id), ' ', COALESCE((
            WITH RECURSIVE above (id, parent_id, path) AS (
                SELECT n.id, n.parent_id, CAST(CONCAT(n.name, '/') AS {text}) FROM nodes n
                UNION ALL
                SELECT above.id, n.parent_id, CAST(CONCAT(n.name, '/', above.path) AS {text}) FROM above
                JOIN nodes n ON n.id = above.parent_id
            ) SELECT above.path FROM above WHERE above.id = t.node_id AND above.parent_id IS NULL), '-'))",
    ),
    (
        "items.tags",
        "items t WHERE t.tags <> COALESCE((SELECT {list:g.name:g.id} FROM links l JOIN tags g ON g.id = l.tag_id
            WHERE l.item_id = t.id), '')",
    ),
    (
        "tags.uses",
        "tags t WHERE t.uses <> (SELECT COUNT(*) FROM links l WHERE l.tag_id = t.id)",
    ),
    (
        "tags.worth",
        "tags t WHERE t.worth <> COALESCE((SELECT SUM(l.weight * i.price * i.pieces) FROM links l
            JOIN items i ON i.id = l.item_id WHERE l.tag_id = t.id), 0)",
    ),
    (
        "nodes.path",
        "nodes t WHERE t.path <> COALESCE((WITH RECURSIVE above (id, parent_id, path) AS (
                SELECT n.id, n.parent_id, CAST(CONCAT(n.name, '/') AS {text}) FROM nodes n
                UNION ALL
                SELECT above.id, n.parent_id, CAST(CONCAT(n.name, '/', above.path) AS {text}) FROM above
                JOIN nodes n ON n.id = above.parent_id
            ) SELECT above.path FROM above WHERE above.id = t.id AND above.parent_id IS NULL), '')",
    ),
    (
        "nodes.size",
        "nodes t WHERE t.size <> (WITH RECURSIVE below (id, top) AS (
                SELECT n.id, n.id FROM nodes n
                UNION ALL
                SELECT n.id, below.top FROM below JOIN nodes n ON n.parent_id = below.id
            ) SELECT COUNT(*) FROM below WHERE below.top = t.id)",
    ),
    (
        "nodes.worth",
        "nodes t WHERE t.worth <> COALESCE((WITH RECURSIVE below (id, top) AS (
                SELECT n.id, n.id FROM nodes n
                UNION ALL
                SELECT n.id, below.top FROM below JOIN nodes n ON n.parent_id = below.id
            ) SELECT SUM(i.price * i.pieces) FROM below JOIN items i ON i.node_id = below.id WHERE below.top = t.id), 0)",
    ),
    (
        "persons.names",
        "persons t WHERE t.names <> COALESCE((SELECT {list:p.name:f.id} FROM follows f JOIN persons p ON p.id = f.other_id
            WHERE f.user_id = t.id), '')",
    ),
    (
        "persons.followed",
        "persons t WHERE t.followed <> (SELECT COUNT(*) FROM follows f WHERE f.user_id = t.id)",
    ),
    (
        "persons.reach",
        "persons t WHERE t.reach <> (SELECT COUNT(*) FROM follows f JOIN follows g ON g.user_id = f.other_id
            WHERE f.user_id = t.id)",
    ),
    (
        "depots.bin_count",
        "depots t WHERE t.bin_count <> (SELECT COUNT(*) FROM bins b WHERE b.depot_id = t.id)",
    ),
    (
        "depots.pieces",
        "depots t WHERE t.pieces <> COALESCE((SELECT SUM(s.pieces) FROM stocks s
            JOIN bins b ON b.id = s.bin_id WHERE b.depot_id = t.id), 0)",
    ),
    (
        "bins.stock_count",
        "bins t WHERE t.stock_count <> (SELECT COUNT(*) FROM stocks s WHERE s.bin_id = t.id)",
    ),
    (
        "bins.pieces",
        "bins t WHERE t.pieces <> COALESCE((SELECT SUM(s.pieces) FROM stocks s WHERE s.bin_id = t.id), 0)",
    ),
];
