#![allow(unused)]

use maintained::Maintained;

#[derive(Maintained)]
struct Generic<T> {
    id: T,
}

#[derive(Maintained)]
struct Borrowed<'a> {
    id: &'a str,
}

#[derive(Maintained)]
struct Tuple(i32);

#[derive(Maintained)]
enum Choice {
    One,
}

fn main() {}
