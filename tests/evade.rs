//! Hostile commands, on a real engine: none is declared gone that lives.

mod support;

use support::evade::{Company, try_all};

#[test]
fn no_evasion_is_declared_gone_that_lives() {
    try_all(Company::Alone);
}

#[test]
fn as_a_user_of_its_own_it_is_out_of_reach_and_in_reach() {
    try_all(Company::Others);
}
