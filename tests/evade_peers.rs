//! Hostile commands beside others of the same user, on a real engine. Takes two
//! minutes, because nothing can be proven: `make conformance` runs it.

mod support;

use support::evade::{Company, try_all};

#[test]
fn beside_others_of_its_user_neither() {
    try_all(Company::Peers);
}
