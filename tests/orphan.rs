//! The sweep of orphaned containers, on a real engine, by several processes.

mod support;

use std::collections::{BTreeSet, VecDeque};
use std::env;
use std::time::{Duration, Instant};

use sandcell::{Client, ContainerStatus, CreateOptions, Orphan, SweepDecision, labels};
use serde_json::{Value, json};
use support::peer::{Peer, role, say, wait_for_the_end};
use support::{IMAGE, api, engine, unique};

/// How long the crowd sweeps, in seconds; 10 if unset.
const CROWD_SECONDS: &str = "SANDCELL_TEST_CROWD_SECONDS";

/// The home of one test's containers.
struct Home {
    name: String,
    is_peers: bool,
}

impl Home {
    fn new() -> Self {
        engine(); // else there is nothing to clean up
        Home { name: unique("sandcell-home"), is_peers: false }
    }

    /// That of the test whose peer this process is.
    fn of_peer(name: &str) -> Self {
        Home { name: name.to_owned(), is_peers: true }
    }

    fn options(&self) -> CreateOptions {
        CreateOptions::new(IMAGE).home(&self.name)
    }

    /// The ids of all containers, by the engine's own word.
    fn ids(&self) -> BTreeSet<String> {
        let filter = json!({ "label": [format!("{}={}", labels::HOME, self.name)] });
        let args = ["--get", "--data-urlencode", &format!("filters={filter}")];
        let list = api("/containers/json?all=1", &args);
        let list: Vec<Value> = serde_json::from_str(&list).unwrap();
        list.iter().map(|container| text(&container["Id"])).collect()
    }
}

/// Removes what a test leaves; a peer is to leave what it has.
impl Drop for Home {
    fn drop(&mut self) {
        if !self.is_peers {
            self.ids().iter().for_each(|id| drop(engine().stop(id)));
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The labels of a container, by the engine's own word.
fn labels_of(id: &str) -> Value {
    let json = api(&format!("/containers/{id}/json"), &[]);
    serde_json::from_str::<Value>(&json).unwrap()["Config"]["Labels"].take()
}

/// Creates a container by the engine's API, so that its labels can be forged.
fn create(labels: &Value) -> String {
    let init = json!({ "Init": true }); // ends at once when it is told to
    let command = ["sleep", "1000"];
    let body = json!({ "Image": IMAGE, "Cmd": command, "Labels": labels, "HostConfig": init });
    let args = ["--header", "Content-Type: application/json", "--data", &body.to_string()];
    text(&serde_json::from_str::<Value>(&api("/containers/create", &args)).unwrap()["Id"])
}

fn post(id: &str, action: &str) {
    api(&format!("/containers/{id}/{action}"), &["--request", "POST"]);
}

fn find<'a>(orphans: &'a [Orphan], id: &str) -> &'a Orphan {
    orphans.iter().find(|orphan| orphan.id == id).unwrap()
}

/// Sweeps, and checks that the dry run had said so; returns the ids that went.
fn sweep(client: &Client, home: &Home) -> BTreeSet<String> {
    let before = home.ids();
    let plan = client.orphans(&home.name).unwrap();
    assert_eq!(home.ids(), before, "a dry run removes nothing");
    let done = client.cleanup_orphaned_containers(&home.name).unwrap();
    for orphan in &done {
        assert!(!orphan.reason.is_empty(), "{orphan:?}");
        assert_eq!(orphan.decision, find(&plan, &orphan.id).decision, "{orphan:?}");
        assert!(orphan.error.is_none(), "{orphan:?}");
        assert_eq!(orphan.removed, orphan.decision == SweepDecision::Remove, "{orphan:?}");
    }
    let after = home.ids();
    let removed: BTreeSet<_> =
        done.iter().filter(|orphan| orphan.removed).map(|orphan| orphan.id.clone()).collect();
    assert_eq!(removed, before.difference(&after).cloned().collect());
    removed
}

#[test]
fn a_container_says_whose_it_is() {
    let home = Home::new();
    let client = engine();
    let name = unique("sandcell-owned");
    let id = client
        .create_and_start(&home.options().session_id("s17").name(&name).label("job", "1"))
        .unwrap();
    let said = labels_of(&id);
    assert_eq!(said[labels::OWNER_PID], std::process::id().to_string());
    assert_eq!(
        (&said[labels::SESSION_ID], &said[labels::HOME]),
        (&json!("s17"), &json!(home.name))
    );
    assert_eq!(said["job"], "1");
    let created_at = humantime::parse_rfc3339(said[labels::CREATED_AT].as_str().unwrap()).unwrap();
    assert!(created_at.elapsed().unwrap() < Duration::from_secs(60));
    let owner: Value = serde_json::from_str(said[labels::OWNER].as_str().unwrap()).unwrap();
    assert_eq!(owner["pid"], std::process::id());

    assert!(sweep(&client, &home).is_empty());
    let found = client.orphans(&home.name).unwrap();
    let found = find(&found, &id);
    assert_eq!((&*found.name, &*found.session_id), (&*name, "s17"));
    assert_eq!((found.status, found.decision), (ContainerStatus::Running, SweepDecision::Keep));
    assert!(found.reason.contains("alive"), "{found:?}");
    assert!(client.orphans("another home").unwrap().iter().all(|orphan| orphan.id != id));
    assert!(client.orphans("").unwrap_err().is_invalid_argument());
}

/// A peer that makes as many containers as its role says, tells their ids and
/// those of as many that are about to be started, and lives until it is ended.
fn live_as(home: &Home, role: &str) {
    let count: usize = role.parse().unwrap();
    for _ in 0..count {
        let id = engine().create_and_start(&home.options()).unwrap();
        say(&id);
        if count < 10 {
            say(&create(&labels_of(&id)));
        }
    }
    wait_for_the_end();
}

#[test]
fn the_containers_of_a_killed_host_go_and_no_others() {
    if let Some(role) = role() {
        let (count, home) = role.split_once(' ').unwrap();
        return live_as(&Home::of_peer(home), count);
    }
    let (home, this) = (Home::new(), "the_containers_of_a_killed_host_go_and_no_others");
    let mut live = Peer::start(this, &format!("2 {}", home.name));
    let mut victim = Peer::start(this, &format!("20 {}", home.name));
    let orphaned: BTreeSet<_> = (0..20).map(|_| victim.hear()).collect();
    let kept: BTreeSet<_> = (0..4).map(|_| live.hear()).collect();
    assert!(sweep(&engine(), &home).is_empty(), "all are alive");

    victim.kill();
    assert_eq!(sweep(&engine(), &home), orphaned);
    assert_eq!(home.ids(), kept);

    assert!(live.finish());
    assert_eq!(sweep(&engine(), &home), kept, "even what was never started");
}

#[test]
fn a_reused_pid_is_another_owner() {
    let home = Home::new();
    let client = engine();
    let id = client.create_and_start(&home.options()).unwrap();
    let genuine = labels_of(&id);
    let forged = |change: &dyn Fn(&mut Value)| {
        let mut labels = genuine.clone();
        let mut owner = serde_json::from_str(labels[labels::OWNER].as_str().unwrap()).unwrap();
        change(&mut owner);
        labels[labels::OWNER] = json!(owner.to_string());
        let id = create(&labels);
        post(&id, "start");
        id
    };
    let start = |owner: &Value| owner["start"].as_u64().unwrap();
    let reused = forged(&|owner| owner["start"] = json!(start(owner) - 1));
    let same = forged(&|_| {});
    let other_namespace = forged(&|owner| owner["pid_ns"] = json!(1));
    let other_boot = forged(&|owner| owner["boot"] = json!("another"));
    let nonsense = forged(&|owner| *owner = json!([1]));
    let gone_container = forged(&|owner| {
        owner["pid_ns"] = json!(1);
        owner["container"] = json!("f".repeat(64));
    });
    let live_container = forged(&|owner| {
        owner["pid_ns"] = json!(1);
        owner["container"] = json!(id);
    });
    assert_eq!(sweep(&client, &home), BTreeSet::from([reused, gone_container]));
    let kept = [id.clone(), same, other_namespace, other_boot, nonsense, live_container.clone()];
    assert_eq!(home.ids(), BTreeSet::from(kept));

    client.stop(&id).unwrap();
    assert_eq!(sweep(&client, &home), BTreeSet::from([live_container]));
}

#[test]
fn an_owner_in_another_pid_namespace_is_left_alone() {
    if let Some(home) = role() {
        return live_as(&Home::of_peer(&home), "1");
    }
    let (home, this) = (Home::new(), "an_owner_in_another_pid_namespace_is_left_alone");
    let unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
    let mut peer = Peer::under(&unshare, this, &home.name);
    let ids = BTreeSet::from([peer.hear(), peer.hear()]);
    assert!(sweep(&engine(), &home).is_empty());
    assert!(peer.finish());
    // Nobody here can tell that it has ended.
    assert!(sweep(&engine(), &home).is_empty());
    assert_eq!(home.ids(), ids);
}

#[test]
fn containers_that_say_no_more_than_a_pid() {
    let home = Home::new();
    let own = std::process::id().to_string();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let gone = child.id().to_string();
    child.wait().unwrap();
    let with = |pid: Option<&str>, actions: &[&str]| {
        let mut labels = json!({ labels::HOME: home.name });
        if let Some(pid) = pid {
            labels[labels::OWNER_PID] = json!(pid);
        }
        let id = create(&labels);
        actions.iter().for_each(|action| post(&id, action));
        id
    };
    let mut kept = BTreeSet::from([
        with(Some(&own), &["start"]),
        with(Some(&own), &["start", "pause"]),
        with(Some("x"), &["start"]),
        with(None, &["start"]),
        with(Some(&own), &[]),
        with(None, &[]),
    ]);
    let of_gone = [&[][..], &["start"], &["start", "pause"]].map(|done| with(Some(&gone), done));
    let mut removed = BTreeSet::from([
        with(Some(&own), &["start", "kill", "wait"]),
        with(None, &["start", "kill", "wait"]),
    ]);
    // In a PID namespace of its own, this process cannot see who is gone.
    let pid_ns = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let sees_all = pid_ns.as_os_str() == "pid:[4026531836]";
    if sees_all { &mut removed } else { &mut kept }.extend(of_gone);
    assert_eq!(sweep(&engine(), &home), removed);
    assert_eq!(home.ids(), kept);
}

/// What a member of the crowd says in the end.
fn last_words(peer: &mut Peer) -> String {
    loop {
        match peer.hear() {
            entry if entry == "in" => {}
            last => return last,
        }
    }
}

/// Makes containers, sweeps, and ends its containers in one way or another.
fn crowd_member(home: &Home, length: Duration) {
    let client = engine();
    say("in");
    let until = Instant::now() + length;
    let (mut own, mut made) = (Vec::new(), 0);
    while Instant::now() < until {
        made += 1;
        own.push(client.create_and_start(&home.options()).unwrap());
        for orphan in client.cleanup_orphaned_containers(&home.name).unwrap() {
            assert!(orphan.error.is_none(), "{orphan:?}");
        }
        for id in &own {
            assert!(client.container_alive(id).unwrap(), "{id} was lost");
        }
        if made % 2 == 0 || own.len() > 2 {
            client.stop(&own.remove(0)).unwrap();
        }
    }
    // What is left becomes an orphan.
    say(&format!("made {made}, left {}", own.len()));
}

#[test]
fn a_crowd_sweeps_at_once() {
    if let Some(role) = role() {
        let (millis, home) = role.split_once(' ').unwrap();
        let length = Duration::from_millis(millis.parse().unwrap());
        return crowd_member(&Home::of_peer(home), length);
    }
    let seconds = env::var(CROWD_SECONDS).map_or(10, |seconds| seconds.parse().unwrap());
    let length = Duration::from_secs(seconds);
    let (home, client) = (Home::new(), engine());
    let own = client.create_and_start(&home.options()).unwrap();
    let join = |left: Duration| {
        let role = format!("{} {}", left.as_millis(), home.name);
        Peer::start("a_crowd_sweeps_at_once", &role)
    };
    let mut crowd: VecDeque<_> = (0..8).map(|_| join(length)).collect();
    // Eight ways in at once take their time, by ssh.
    crowd.iter_mut().for_each(|peer| assert_eq!(peer.hear(), "in"));
    let begun = Instant::now();
    let (mut sweeps, mut swept, mut killed) = (0, 0, 0);
    while begun.elapsed() < length {
        let found = client.cleanup_orphaned_containers(&home.name).unwrap();
        assert!(found.iter().all(|orphan| orphan.error.is_none()), "{found:?}");
        swept += found.iter().filter(|orphan| orphan.removed).count();
        sweeps += 1;
        // Some die in the middle of whatever they do.
        if begun.elapsed() > Duration::from_secs(killed + 1) {
            crowd.pop_front().unwrap().kill();
            crowd.push_back(join(length.saturating_sub(begun.elapsed())));
            killed += 1;
        }
    }
    let done: Vec<_> = crowd.iter_mut().map(last_words).collect();
    assert!(crowd.into_iter().all(Peer::finish));
    let orphaned = sweep(&client, &home).len();
    println!("{killed} killed; {swept} swept in {sweeps} sweeps, {orphaned} in the end; {done:?}");
    assert!(killed > 0 && swept > 0, "nothing was put to the test");
    assert_eq!(home.ids(), BTreeSet::from([own]));
}
