//! The choices that a kill leaves to the caller, on a real engine.

mod support;

use std::time::Duration;

use sandcell::{EngineFeature, TreeGone};
use support::front::{Command, Exec, Front, NewContainer, on_each_front, sh};
use support::gone::{proof, why_unproven};
use support::{Container, IMAGE, engine, until};

const SLEEP: [&str; 2] = ["sleep", "1000"];

fn sleep() -> Command {
    Command::new(SLEEP).kill_grace(Duration::ZERO)
}

/// A container in which a command of the default user runs, beside which a kill of
/// another one of that user proves nothing.
fn with_another<F: Front>(container: &NewContainer) -> (Container<F>, F::Exec) {
    let container = Container::<F>::create(container);
    let other = container.start_exec(&container.id, &sleep()).unwrap();
    (container, other)
}

fn new() -> NewContainer {
    NewContainer::new(IMAGE)
}

fn kill<F: Front>(container: &Container<F>, command: &Command) -> TreeGone {
    let exec = container.start_exec(&container.id, command).unwrap();
    let tree_gone = exec.kill().unwrap();
    assert_eq!(exec.tree_gone(), Some(tree_gone.clone()));
    tree_gone
}

fn without_time_to_wait_a_kill_goes_on_in_the_background<F: Front>() {
    let container = Container::<F>::create(&new());
    let command = sleep().kill_timeout(Duration::ZERO);
    let exec = container.start_exec(&container.id, &command).unwrap();
    let TreeGone::Unknown(why) = exec.kill().unwrap() else { panic!("it is gone already") };
    assert!(why.contains("still being killed"), "{why}");
    until(|| (exec.tree_gone() == Some(proof())).then_some(()));
    let result = container.run(&command.timeout(Duration::from_millis(100)));
    let Some(TreeGone::Unknown(why)) = &result.tree_gone else { panic!("{result:?}") };
    assert!(why.contains("still being killed"), "{why}");
}

fn what_is_not_proven_gone_may_cost_the_container<F: Front>() {
    let (container, other) = with_another::<F>(&new());
    let TreeGone::Unknown(why) = kill(&container, &sleep()) else { panic!("it is proven") };
    let expected = why_unproven().unwrap_or_else(|| "same user".to_owned());
    assert!(why.contains(&expected), "{why}");
    assert!(other.try_wait().unwrap().is_none());

    let soon = sleep().kill_container_after(Duration::from_millis(300));
    assert_eq!(kill(&container, &soon), TreeGone::ContainerKilled);
    assert!(!container.container_alive(&container.id).unwrap());
    drop(other);
}

fn a_container_may_say_so_for_all_its_commands<F: Front>() {
    let soon = new().kill_container_after(Duration::from_millis(300));
    let (container, other) = with_another::<F>(&soon);
    // A command's own word counts for more.
    let never = sleep().kill_container_after(Duration::MAX);
    assert!(matches!(kill(&container, &never), TreeGone::Unknown(_)));
    assert!(other.try_wait().unwrap().is_none());
    let result = container.run(&sleep().timeout(Duration::from_millis(100)));
    assert_eq!(result.tree_gone, Some(TreeGone::ContainerKilled), "{result:?}");
    assert!(!container.container_alive(&container.id).unwrap());
    drop(other);
}

fn a_proven_kill_leaves_the_container<F: Front>() {
    let (after, expected) = match why_unproven() {
        // More than any kill that can be proven takes.
        None => (Duration::from_secs(50), TreeGone::Yes),
        Some(_) => (Duration::from_secs(2), TreeGone::ContainerKilled),
    };
    let container = Container::<F>::create(&new().kill_container_after(after));
    assert_eq!(kill(&container, &sleep()), expected);
    let is_alive = container.container_alive(&container.id).unwrap();
    assert_eq!(is_alive, expected == TreeGone::Yes);
}

fn a_command_with_a_user_of_its_own_is_alone_and_proven_gone<F: Front>() {
    let (container, other) = with_another::<F>(&new());
    let who = |command: Command| container.run(&command.own_user(true)).stdout.text().into_owned();
    let tell = "id -u; id -g; id -G; kill -9 -1; echo x >/tmp/own";
    let (first, second) = (who(sh(tell)), who(sh("id -u; id -g; id -G; cat /tmp/own")));
    let number = first.lines().next().unwrap();
    assert!(number.parse::<u32>().unwrap() >= 62_000, "{first}");
    assert!(first.lines().all(|line| line == number), "{first}");
    assert!(!second.starts_with(number), "{first}{second}");
    assert!(other.try_wait().unwrap().is_none(), "the other one runs on");

    let can_prove =
        engine().engine_features().unwrap().supports(EngineFeature::ProvenKillBesideOthers);
    let tree_gone = kill(&container, &sleep().own_user(true));
    assert_eq!(tree_gone == TreeGone::Yes, can_prove, "{tree_gone:?}");
    assert!(other.try_wait().unwrap().is_none(), "the other one runs on");
    let both = container.exec(&container.id, &sleep().own_user(true).user("0")).unwrap_err();
    assert!(both.is_invalid_argument() && both.to_string().contains("own_user"), "{both}");
}

fn where_watchers_can_be_reached_nothing_is_proven<F: Front>() {
    let container = Container::<F>::create(&new().allow_reachable_watchers());
    let TreeGone::Unknown(why) = kill(&container, &sleep()) else { panic!("it is proven") };
    assert!(why.contains("PID 1"), "{why}");
    assert_eq!(container.sh("stat -c %u /proc/1"), "0\n");
}

on_each_front! {
    without_time_to_wait_a_kill_goes_on_in_the_background
    what_is_not_proven_gone_may_cost_the_container
    a_container_may_say_so_for_all_its_commands
    a_proven_kill_leaves_the_container
    a_command_with_a_user_of_its_own_is_alone_and_proven_gone
    where_watchers_can_be_reached_nothing_is_proven
}
