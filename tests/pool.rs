//! Sandboxes that are started ahead of need.

mod support;

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use sandcell::{
    CancelToken, Client, CreateOptions, ErrorKind, ExecOptions, Pool, PoolOptions, Sandbox,
};
use support::{IMAGE, api, engine, unique, until};

/// Sandboxes that are found by a label of their own.
struct Labelled {
    label: String,
    client: Client,
}

impl Labelled {
    fn new() -> Self {
        Labelled { label: unique("sandcell-pool"), client: engine() }
    }

    fn options(&self) -> CreateOptions {
        CreateOptions::new(IMAGE).label("sandcell-pool", &self.label)
    }

    fn pool(&self, options: &PoolOptions) -> Pool {
        Pool::start(&self.client, &self.options(), options).unwrap()
    }

    /// The ids of those that the engine has, running or not.
    fn ids(&self) -> BTreeSet<String> {
        let filter = format!(r#"{{"label":["sandcell-pool={}"]}}"#, self.label);
        let filter = filter.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        let filter = filter.replace('[', "%5B").replace(']', "%5D");
        let json = api(&format!("/containers/json?all=1&filters={filter}"), &[]);
        let list: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        list.iter().map(|container| container["Id"].as_str().unwrap().to_owned()).collect()
    }
}

fn is_full(pool: &Pool, size: usize) {
    until(|| (pool.ready() == size).then_some(()));
}

fn greets(sandbox: &Sandbox) {
    let result = sandbox.exec(&ExecOptions::new(["echo", "hi"])).unwrap();
    assert_eq!(result.stdout.text(), "hi\n", "{result:?}");
}

#[test]
fn each_sandbox_is_handed_out_once_and_replaced() {
    let labelled = Labelled::new();
    let pool = labelled.pool(&PoolOptions::new().size(2));
    is_full(&pool, 2);
    let ready = labelled.ids();
    assert_eq!(ready.len(), 2);
    let taken: Vec<_> = (0..2).map(|_| pool.take().unwrap()).collect();
    taken.iter().for_each(greets);
    let ids: BTreeSet<_> = taken.iter().map(|sandbox| sandbox.id().to_owned()).collect();
    assert_eq!(ids, ready);
    is_full(&pool, 2);
    let others = labelled.ids();
    assert!(others.is_superset(&ids) && others.len() == 4, "{others:?} {ids:?}");
    drop(taken);
    assert!(labelled.ids().is_disjoint(&ids));
    drop(pool);
    assert_eq!(labelled.ids(), BTreeSet::new());
}

#[test]
fn more_than_are_ready_can_be_taken_at_once() {
    let labelled = Labelled::new();
    let pool = labelled.pool(&PoolOptions::new().size(1));
    let ids: BTreeSet<_> = thread::scope(|scope| {
        let takers: Vec<_> = (0..6).map(|_| scope.spawn(|| pool.take().unwrap())).collect();
        let taken = takers.into_iter().map(|taker| taker.join().unwrap());
        taken.inspect(greets).map(|sandbox| sandbox.id().to_owned()).collect()
    });
    assert_eq!(ids.len(), 6);
}

#[test]
fn what_ended_or_is_paused_is_not_handed_out() {
    let labelled = Labelled::new();
    let pool = labelled.pool(&PoolOptions::new().size(2));
    is_full(&pool, 2);
    let ended = labelled.ids();
    for id in &ended {
        api(&format!("/containers/{id}?force=1"), &["--request", "DELETE"]);
    }
    let sandbox = pool.take().unwrap();
    greets(&sandbox);
    assert!(!ended.contains(sandbox.id()));
    is_full(&pool, 2);
}

#[test]
fn an_old_sandbox_is_replaced() {
    let labelled = Labelled::new();
    let pool = labelled.pool(&PoolOptions::new().size(1).max_age(Duration::from_secs(1)));
    is_full(&pool, 1);
    let first = labelled.ids();
    until(|| labelled.ids().is_disjoint(&first).then_some(()));
    greets(&pool.take().unwrap());
}

#[test]
fn the_limits_of_the_client_are_those_of_the_taker() {
    let labelled = Labelled::new();
    let token = CancelToken::new();
    let client = labelled.client.with_cancel(&token);
    let pool = Pool::start(&client, &labelled.options(), &PoolOptions::new().size(1)).unwrap();
    is_full(&pool, 1);
    let sandbox = pool.take().unwrap();
    token.cancel();
    assert_eq!(pool.take().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(sandbox.inspect_state().unwrap_err().kind(), ErrorKind::Cancelled);
    is_full(&pool, 1);
}

#[test]
fn a_closed_client_ends_its_pool() {
    let labelled = Labelled::new();
    let pool = labelled.pool(&PoolOptions::new().size(1));
    is_full(&pool, 1);
    labelled.client.close();
    assert_eq!(pool.take().unwrap_err().kind(), ErrorKind::Closed);
    until(|| labelled.ids().is_empty().then_some(()));
}

#[test]
fn an_engine_that_fails_to_start_them_says_so_when_one_is_taken() {
    let client = engine();
    let absent = CreateOptions::new("sandcell-pool-absent@sha256:0");
    let error = Pool::start(&client, &absent, &PoolOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    let nobody = CreateOptions::new(IMAGE).user("sandcell-nobody-has-this-name");
    let pool = Pool::start(&client, &nobody, &PoolOptions::new()).unwrap();
    assert_eq!(pool.take().unwrap_err().kind(), ErrorKind::BadUser);
    assert_eq!(pool.ready(), 0);
}

#[test]
fn what_cannot_be_a_pool_is_refused() {
    let client = engine();
    let (options, pool) = (|| CreateOptions::new(IMAGE), PoolOptions::new);
    let hour = Duration::from_secs(3600);
    for (field, options, pool) in [
        ("size", options(), pool().size(0)),
        ("size", options(), pool().size(1025)),
        ("max_age", options(), pool().max_age(Duration::ZERO)),
        ("name", options().name("one"), pool()),
        ("max_lifetime", options().max_lifetime(hour), pool().max_age(hour)),
        ("env", options().env("", "value"), pool()),
    ] {
        let error = Pool::start(&client, &options, &pool).unwrap_err();
        assert!(error.is_invalid_argument(), "{error}");
        assert!(error.to_string().contains(&format!("{field}: ")), "{field}: {error}");
    }
}
