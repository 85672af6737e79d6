#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters]
impl Order {
    #[setter]
    fn field_0(&self) -> i64 {
        0
    }

    #[setter]
    fn field_1(&self) -> i64 {
        0
    }

    #[setter]
    fn field_2(&self) -> i64 {
        0
    }

    #[setter]
    fn field_3(&self) -> i64 {
        0
    }

    #[setter]
    fn field_4(&self) -> i64 {
        0
    }

    #[setter]
    fn field_5(&self) -> i64 {
        0
    }

    #[setter]
    fn field_6(&self) -> i64 {
        0
    }

    #[setter]
    fn field_7(&self) -> i64 {
        0
    }

    #[setter]
    fn field_8(&self) -> i64 {
        0
    }

    #[setter]
    fn field_9(&self) -> i64 {
        0
    }

    #[setter]
    fn field_10(&self) -> i64 {
        0
    }

    #[setter]
    fn field_11(&self) -> i64 {
        0
    }

    #[setter]
    fn field_12(&self) -> i64 {
        0
    }

    #[setter]
    fn field_13(&self) -> i64 {
        0
    }

    #[setter]
    fn field_14(&self) -> i64 {
        0
    }

    #[setter]
    fn field_15(&self) -> i64 {
        0
    }

    #[setter]
    fn field_16(&self) -> i64 {
        0
    }

    #[setter]
    fn field_17(&self) -> i64 {
        0
    }

    #[setter]
    fn field_18(&self) -> i64 {
        0
    }

    #[setter]
    fn field_19(&self) -> i64 {
        0
    }

    #[setter]
    fn field_20(&self) -> i64 {
        0
    }

    #[setter]
    fn field_21(&self) -> i64 {
        0
    }

    #[setter]
    fn field_22(&self) -> i64 {
        0
    }

    #[setter]
    fn field_23(&self) -> i64 {
        0
    }

    #[setter]
    fn field_24(&self) -> i64 {
        0
    }

    #[setter]
    fn field_25(&self) -> i64 {
        0
    }

    #[setter]
    fn field_26(&self) -> i64 {
        0
    }

    #[setter]
    fn field_27(&self) -> i64 {
        0
    }

    #[setter]
    fn field_28(&self) -> i64 {
        0
    }

    #[setter]
    fn field_29(&self) -> i64 {
        0
    }

    #[setter]
    fn field_30(&self) -> i64 {
        0
    }

    #[setter]
    fn field_31(&self) -> i64 {
        0
    }

    #[setter]
    fn field_32(&self) -> i64 {
        0
    }

    #[setter]
    fn field_33(&self) -> i64 {
        0
    }

    #[setter]
    fn field_34(&self) -> i64 {
        0
    }

    #[setter]
    fn field_35(&self) -> i64 {
        0
    }

    #[setter]
    fn field_36(&self) -> i64 {
        0
    }

    #[setter]
    fn field_37(&self) -> i64 {
        0
    }

    #[setter]
    fn field_38(&self) -> i64 {
        0
    }

    #[setter]
    fn field_39(&self) -> i64 {
        0
    }

    #[setter]
    fn field_40(&self) -> i64 {
        0
    }

    #[setter]
    fn field_41(&self) -> i64 {
        0
    }

    #[setter]
    fn field_42(&self) -> i64 {
        0
    }

    #[setter]
    fn field_43(&self) -> i64 {
        0
    }

    #[setter]
    fn field_44(&self) -> i64 {
        0
    }

    #[setter]
    fn field_45(&self) -> i64 {
        0
    }

    #[setter]
    fn field_46(&self) -> i64 {
        0
    }

    #[setter]
    fn field_47(&self) -> i64 {
        0
    }

    #[setter]
    fn field_48(&self) -> i64 {
        0
    }

    #[setter]
    fn field_49(&self) -> i64 {
        0
    }

    #[setter]
    fn field_50(&self) -> i64 {
        0
    }

    #[setter]
    fn field_51(&self) -> i64 {
        0
    }

    #[setter]
    fn field_52(&self) -> i64 {
        0
    }

    #[setter]
    fn field_53(&self) -> i64 {
        0
    }

    #[setter]
    fn field_54(&self) -> i64 {
        0
    }

    #[setter]
    fn field_55(&self) -> i64 {
        0
    }

    #[setter]
    fn field_56(&self) -> i64 {
        0
    }

    #[setter]
    fn field_57(&self) -> i64 {
        0
    }

    #[setter]
    fn field_58(&self) -> i64 {
        0
    }

    #[setter]
    fn field_59(&self) -> i64 {
        0
    }

    #[setter]
    fn field_60(&self) -> i64 {
        0
    }

    #[setter]
    fn field_61(&self) -> i64 {
        0
    }

    #[setter]
    fn field_62(&self) -> i64 {
        0
    }

    #[setter]
    fn field_63(&self) -> i64 {
        0
    }

    #[setter]
    fn field_64(&self) -> i64 {
        0
    }
}

fn main() {}
