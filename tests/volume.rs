//! Volumes, on a real engine.

mod support;

use sandcell::{CreateOptions, Mount, Volume};
use serde_json::Value;
use support::front::{Front, on_each_front};
use support::{Container, IMAGE, api, engine, unique};

/// A volume, removed when dropped.
struct Kept<F: Front> {
    client: F,
    volume: Volume,
}

impl<F: Front> Kept<F> {
    fn new(name: &str, labels: &[(&str, &str)]) -> Self {
        drop(engine()); // says what to do if there is none
        let client = F::connect();
        let volume = client.create_volume(name, labels).unwrap();
        assert_eq!(volume.name, name);
        Kept { client, volume }
    }

    fn exists(&self) -> bool {
        self.client.inspect_volume(&self.volume.name).unwrap().is_some()
    }

    /// A container that has it at `/v`.
    fn mounted(&self) -> Container {
        let mount = Mount::volume(&self.volume.name, "/v");
        Container::with(CreateOptions::new(IMAGE).mount(mount))
    }
}

impl<F: Front> Drop for Kept<F> {
    fn drop(&mut self) {
        let removed = self.client.remove_volume(&self.volume.name);
        if !std::thread::panicking() {
            removed.unwrap();
        }
    }
}

fn a_volume_is_told_of_as_the_engine_has_it<F: Front>() {
    let name = unique("sandcell-volume");
    let kept = Kept::<F>::new(&name, &[("team", "ci"), ("note", "a=b, \"ö\""), ("empty", "")]);
    let said: Value = serde_json::from_str(&api(&format!("/volumes/{name}"), &[])).unwrap();
    let inspected = kept.client.inspect_volume(&name).unwrap().unwrap();
    let listed = kept.client.list_volumes(&[]).unwrap();
    let listed = listed.into_iter().find(|volume| volume.name == name).unwrap();
    for volume in [&kept.volume, &inspected, &listed] {
        assert_eq!(volume.name, name);
        assert_eq!(said["Driver"], volume.driver);
        assert_eq!(said["Mountpoint"], volume.mountpoint);
        assert_eq!(said["CreatedAt"], volume.created_at);
        assert_eq!(said["Labels"], serde_json::to_value(&volume.labels).unwrap());
    }
    assert_eq!(inspected.driver, "local");
    assert_eq!(inspected.labels["note"], "a=b, \"ö\"");
    assert!(inspected.created_at.starts_with("20"), "{inspected:?}");
}

fn a_list_has_what_meets_all_conditions<F: Front>() {
    // A key that no other test has, and values that differ from it in one way each.
    let (key, job) = (unique("sandcell-key"), unique("sandcell-job"));
    let kept: Vec<_> = [
        ("first", vec![(&*key, "a"), (&*job, "1")]),
        ("second", vec![(&*key, "a"), (&*job, "2")]),
        ("third", vec![(&*key, "ab")]),
        ("fourth", vec![(&*key, "")]),
        ("fifth", vec![(&*job, "1")]),
        ("sixth", vec![]),
    ]
    .into_iter()
    .map(|(name, labels)| (name, Kept::<F>::new(&unique("sandcell-volume"), &labels)))
    .collect();
    for (conditions, expected) in [
        (vec![(&*key, None)], vec!["first", "second", "third", "fourth"]),
        (vec![(&*key, Some("a"))], vec!["first", "second"]),
        (vec![(&*key, Some(""))], vec!["fourth"]),
        (vec![(&*key, Some("a")), (&*job, Some("1"))], vec!["first"]),
        (vec![(&*key, None), (&*job, None)], vec!["first", "second"]),
        (vec![(&*key, Some("a")), (&*key, Some("ab"))], vec![]),
        (vec![(&*key, Some("none"))], vec![]),
        (vec![(&*key, Some("*"))], vec![]),
        (vec![(&key[..key.len() - 1], None)], vec![]),
    ] {
        let list = kept[0].1.client.list_volumes(&conditions).unwrap();
        let is_listed = |kept: &Kept<F>| list.iter().any(|found| found.name == kept.volume.name);
        let found: Vec<_> =
            kept.iter().filter(|(_, kept)| is_listed(kept)).map(|&(name, _)| name).collect();
        assert_eq!(found, expected, "{conditions:?}");
        assert_eq!(list.len(), expected.len(), "{conditions:?}");
    }
}

fn only_the_volume_of_that_name_is_removed<F: Front>() {
    let name = unique("sandcell-volume");
    let kept = Kept::<F>::new(&name, &[]);
    let longer = Kept::<F>::new(&format!("{name}-longer"), &[]);
    // Some engines would take the beginning of a name for the name.
    for _ in 0..2 {
        kept.client.remove_volume(&name).unwrap();
        assert!(!kept.exists() && longer.exists());
    }
    longer.client.remove_volume(&longer.volume.name).unwrap();
    assert!(!longer.exists());
}

fn a_volume_keeps_what_is_in_it_and_stays_while_a_container_has_it<F: Front>() {
    let kept = Kept::<F>::new(&unique("sandcell-volume"), &[]);
    {
        let container = kept.mounted();
        container.sh("echo kept >/v/file");
        let error = kept.client.remove_volume(&kept.volume.name).unwrap_err();
        assert!(error.is_conflict(), "{error}");
        assert_eq!(error.http_status(), Some(409));
        let text = error.to_string();
        assert!(text.starts_with("remove volume: "), "{text}");
        // The engine's words, which name who has it.
        assert!(text.contains(&container.id), "{text}");
        assert_eq!(container.sh("cat /v/file"), "kept\n");
    }
    {
        let next = kept.mounted();
        assert_eq!(next.sh("cat /v/file"), "kept\n");
    }
    kept.client.remove_volume(&kept.volume.name).unwrap();
    assert!(!kept.exists());
    assert_eq!(kept.mounted().sh("ls /v"), "", "a new one of the same name is empty");
}

fn bad_names_and_labels_are_refused<F: Front>() {
    let client = F::connect();
    for name in ["", "..", "../../version", "a/b", "a?force=1", "a%2fb", "-a", "é", "a b", "a\n"] {
        let (inspected, removed) = (client.inspect_volume(name), client.remove_volume(name));
        for error in [inspected.unwrap_err(), removed.unwrap_err()] {
            assert!(error.is_invalid_argument(), "{error}");
            assert!(error.to_string().starts_with("name: "), "{error}");
        }
    }
    for (key, value) in [("", Some("x")), ("", None), ("a=b", Some("c")), ("a=b", None)] {
        let error = client.list_volumes(&[("good", None), (key, value)]).unwrap_err();
        assert!(error.is_invalid_argument(), "{error}");
        assert!(error.to_string().contains("label: "), "{error}");
    }
}

on_each_front! {
    a_volume_is_told_of_as_the_engine_has_it
    a_list_has_what_meets_all_conditions
    only_the_volume_of_that_name_is_removed
    a_volume_keeps_what_is_in_it_and_stays_while_a_container_has_it
    bad_names_and_labels_are_refused
}
