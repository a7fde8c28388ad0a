//! What counts as a proof that a killed command is gone, and what does not: on a
//! scripted engine, which says what a real one cannot be made to say.

#[path = "support/fake.rs"]
mod fake;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fake::{FakeEngine, Request, Step, Then, UPGRADED, Wire, frame};
use sandcell::{ExecOptions, Outcome, TreeGone};

/// What an engine says of a container with two watchers, and of the command in it.
#[derive(Clone)]
struct Scene {
    /// The container's state, and the HTTP status of that.
    state: (u16, &'static str),
    /// Other execs than the command's.
    others: &'static str,
    /// The command's exec, once a helper was sent.
    exec: (u16, &'static str),
    /// How many processes there are.
    count: &'static str,
    /// Rows of PID, parent, user and threads.
    list: &'static str,
    /// What helpers print; `None` for one that never ends.
    helper: Option<&'static [u8]>,
}

const RUNS: &str = r#"{"Status":"running","Running":true,"Pid":100}"#;
const ENDED: &str = r#"{"Running":false,"ExitCode":137,"Pid":7}"#;
const OTHER: &str = r#"{"Running":true,"Pid":8,"ProcessConfig":{"user":"1002:1002"}}"#;

/// All is as it is where the command is gone.
const GONE: Scene = Scene {
    state: (200, RUNS),
    others: "",
    exec: (200, ENDED),
    count: "2",
    list: r#"["100","1","64100","1"],["101","100","64100","1"]"#,
    helper: Some(b"sent KILL\n"),
};

fn is_helper(request: &Request) -> bool {
    String::from_utf8_lossy(&request.body).contains("Signals the processes of one exec")
}

impl Scene {
    fn container(&self) -> String {
        let labels = r#"{"sandcell.watchers":"64100/1","sandcell.user":"1001:1001"}"#;
        let host = r#"{"Init":true,"SecurityOpt":["no-new-privileges"]}"#;
        let (state, others) = (self.state.1, self.others);
        format!(
            r#"{{"Id":"c1","State":{state},"ExecIDs":["e1"{others}],"HostConfig":{host},
               "Config":{{"User":"64100:64100","Labels":{labels}}}}}"#
        )
    }

    fn answer(&self, request: &Request, wire: &mut Wire, was_struck: &AtomicBool) -> Step {
        let path = request.line.split('?').next().unwrap_or_default();
        let is_struck = was_struck.load(Ordering::SeqCst);
        match path {
            "GET /v1.41/containers/c1/json" if is_struck => {
                wire.json(self.state.0, &self.container())
            }
            "GET /v1.41/containers/c1/json" => {
                wire.json(200, &Scene { state: (200, RUNS), ..self.clone() }.container())
            }
            "GET /v1.41/containers/c1/stats" => {
                wire.json(200, &format!(r#"{{"pids_stats":{{"current":{}}}}}"#, self.count))
            }
            "GET /v1.41/containers/c1/top" => {
                wire.json(200, &format!(r#"{{"Titles":[],"Processes":[{}]}}"#, self.list))
            }
            "POST /v1.41/containers/c1/exec" if is_helper(request) => {
                was_struck.store(true, Ordering::SeqCst);
                wire.json(201, r#"{"Id":"helper"}"#)
            }
            "POST /v1.41/exec/helper/start" => match self.helper {
                Some(said) => wire.hijack(&frame(1, said)),
                None => {
                    wire.send(UPGRADED)?;
                    wire.hold()
                }
            },
            "POST /v1.41/exec/e1/start" => {
                wire.send(UPGRADED)?;
                wire.hold()
            }
            "GET /v1.41/exec/e1/json" if is_struck => wire.json(self.exec.0, self.exec.1),
            "GET /v1.41/exec/e1/json" => wire.json(200, r#"{"Running":true,"Pid":7}"#),
            "GET /v1.41/exec/e2/json" => wire.json(200, OTHER),
            _ => Ok(Then::Routine),
        }
    }

    fn play(self) -> FakeEngine {
        let was_struck = Arc::new(AtomicBool::new(false));
        FakeEngine::start(move |request, wire| self.answer(request, wire, &was_struck))
    }

    /// What comes of a command that ran into its time-out.
    fn killed(self, options: ExecOptions) -> (TreeGone, FakeEngine) {
        let engine = self.play();
        let options = options.timeout(Duration::ZERO).kill_grace(Duration::ZERO);
        let result = engine.client().exec("c1", &options).unwrap();
        assert!(matches!(result.outcome, Outcome::TimedOut), "{result:?}");
        (result.tree_gone.unwrap(), engine)
    }
}

fn command() -> ExecOptions {
    ExecOptions::new(["sleep", "1000"]).user("1001:1001")
}

#[track_caller]
fn check_unknown(tree_gone: &TreeGone, words: &str) {
    assert!(matches!(tree_gone, TreeGone::Unknown(why) if why.contains(words)), "{tree_gone:?}");
}

#[test]
fn the_engines_count_is_a_proof() {
    let (tree_gone, engine) = GONE.killed(command());
    assert_eq!(tree_gone, TreeGone::Yes);
    assert_eq!(engine.count("GET /v1.41/containers/c1/stats"), 1);
}

#[test]
fn a_helpers_word_is_none() {
    let list = r#"["100","1","64100","1"],["101","100","64100","1"],["102","1","1001","1"]"#;
    let helper = Some(&b"left no\ngone yes\nsent KILL\n"[..]);
    let two_threads = r#"["100","1","64100","1"],["101","100","64100","2"]"#;
    // It is looked for so long that these wait side by side.
    thread::scope(|scope| {
        for scene in [
            Scene { count: "3", helper, ..GONE },
            Scene { list: two_threads, helper, ..GONE },
            Scene { list, helper, ..GONE },
        ] {
            scope.spawn(|| assert_eq!(scene.killed(command()).0, TreeGone::No));
        }
    });
    check_unknown(&Scene { count: "null", helper, ..GONE }.killed(command()).0, "count");
    check_unknown(&Scene { count: "0", helper, ..GONE }.killed(command()).0, "count");
}

#[test]
fn an_exec_that_the_engine_forgot_proves_nothing() {
    let forgotten = (404, r#"{"message":"No such exec instance: e1"}"#);
    let (tree_gone, _) = Scene { exec: forgotten, count: "3", ..GONE }.killed(command());
    assert_eq!(tree_gone, TreeGone::No);
}

#[test]
fn a_container_has_ended_when_the_engine_says_so() {
    let gone = (404, r#"{"message":"No such container: c1"}"#);
    thread::scope(|scope| {
        for (state, is_proof) in [
            (r#"{"Status":"exited","Running":false,"Pid":0}"#, true),
            (r#"{"Status":"stopping","Running":false,"Pid":100}"#, false),
            (r#"{"Status":"removing","Running":false}"#, false),
            (r#"{"Status":"new-state","Running":false}"#, false),
        ] {
            let scene = Scene { state: (200, state), count: "3", ..GONE };
            scope.spawn(move || {
                assert_eq!(scene.killed(command()).0 == TreeGone::Yes, is_proof, "{state}");
            });
        }
    });
    let scene = Scene { state: (gone.0, RUNS), count: "3", ..GONE };
    assert_eq!(scene.killed(command()).0, TreeGone::Yes);
}

#[test]
fn beside_others_a_list_is_a_proof_only_if_it_is_complete() {
    let others = r#","e2""#;
    let with_other = r#"["100","1","64100","1"],["101","100","64100","1"],["108","1","1002","1"]"#;
    let with_victim = r#"["100","1","64100","1"],["101","100","64100","1"],["102","1","1001","1"]"#;
    let complete = Scene { others, count: "3", list: with_other, ..GONE };
    assert_eq!(complete.clone().killed(command()).0, TreeGone::Yes);
    let hidden = Scene { count: "4", ..complete.clone() };
    check_unknown(&hidden.killed(command()).0, "keep starting and ending");
    let left = Scene { list: with_victim, ..complete.clone() };
    assert_eq!(left.killed(command()).0, TreeGone::No);
    // The other may be of the same user.
    let (same, _) = complete.clone().killed(command().user("1002"));
    check_unknown(&same, "own_user");
    let (named, _) = complete.killed(command().user("app"));
    check_unknown(&named, "own_user");
}

#[test]
fn while_a_helper_is_late_nothing_is_asked_and_nobody_waits_for_long() {
    let begun = Instant::now();
    let wait = Duration::from_secs(2);
    let late = Scene { helper: None, ..GONE };
    let (tree_gone, engine) = late.killed(command().kill_timeout(wait));
    assert!(begun.elapsed() >= wait);
    check_unknown(&tree_gone, "in the background");
    let asked = engine.requests();
    let helper = asked.iter().rposition(|line| line.contains("exec/helper/start")).unwrap();
    assert_eq!(asked[helper + 1..], [""; 0], "{asked:?}");
}

#[test]
fn a_container_is_killed_for_what_is_not_proven() {
    let exited = r#"{"Status":"exited","Running":false,"ExitCode":137}"#;
    let kill = "POST /v1.41/containers/c1/kill";
    for (helper, count) in [(None, "2"), (Some(&b"left no\n"[..]), "3")] {
        let scene = Scene { helper, count, ..GONE };
        let (was_struck, was_killed) = (AtomicBool::new(false), AtomicBool::new(false));
        let engine = FakeEngine::start(move |request, wire| {
            if request.line.starts_with(kill) {
                was_killed.store(true, Ordering::SeqCst);
                return wire.json(204, "");
            }
            let scene = match was_killed.load(Ordering::SeqCst) {
                true => Scene { state: (200, exited), ..scene.clone() },
                false => scene.clone(),
            };
            scene.answer(request, wire, &was_struck)
        });
        let options = command().timeout(Duration::ZERO).kill_grace(Duration::ZERO);
        let after = Duration::from_secs(1);
        let result = engine.client().exec("c1", &options.kill_container_after(after)).unwrap();
        assert_eq!(result.tree_gone, Some(TreeGone::ContainerKilled));
        assert_eq!(engine.count(kill), 1);
    }
}
