use super::BranchName;

fn name() -> BranchName {
    BranchName {
        scope: "0123456789abcdef0123456789abcdef".to_owned(),
        decider: "00000000000000aa".to_owned(),
        member: "00000000000000bb".to_owned(),
    }
}

#[test]
fn a_name_is_read_as_it_is_written() {
    assert_eq!(BranchName::parse(&name().to_string()), Some(name()));
}

#[test]
fn a_name_fits_where_it_goes() {
    // PostgreSQL takes names of less than 200 bytes, MariaDB two parts of 64 bytes each.
    assert!(name().to_string().len() < 128);
}

#[test]
fn a_transaction_of_somebody_else_is_not_taken_for_one_of_the_library() {
    let own = name().to_string();
    let longer = format!("{own}0");
    let quoted = own.replace("aa", "a'");
    for listed in ["", "a", "maintained_", &own[1..], &longer, &quoted] {
        assert_eq!(BranchName::parse(listed), None, "{listed}");
    }
}
