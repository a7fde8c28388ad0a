//! Reading what engines write: `null` for what is empty, and more or less than
//! this library knows.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::budget::{Budget, Counted};
use crate::validate;

/// Reads an answer, at a cost in memory that is a small multiple of its size
/// whatever is in it.
pub(super) fn answer<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let budget = Budget::of(json.len());
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let answer = T::deserialize(Counted(&mut deserializer))?;
    deserializer.end()?;
    // What is lenient took it for something else.
    match budget.is_overdrawn() {
        true => Err(serde_json::Error::custom("a part of it has too many parts of its own")),
        false => Ok(answer),
    }
}

/// Engines write `null` for what is empty.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// For what only some calls need: others must not fail for what it looks like.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    // As text: taken apart for no type in particular it would cost many times that.
    let json = Box::<RawValue>::deserialize(deserializer)?;
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    Ok(T::deserialize(Counted(&mut deserializer)).unwrap_or_default())
}

/// An id that is to become a path's segment.
pub(super) fn engine_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    validate::id_or_name("id", &id).map_err(serde::de::Error::custom)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::api::{ContainerCreated, ContainerInspect, ExecInspect};

    #[test]
    fn null_and_absent_fields_are_defaults() {
        let json = r#"{"Id":"x","Warnings":null,"New":[1]}"#;
        let created: ContainerCreated = serde_json::from_str(json).unwrap();
        assert!(created.warnings.is_empty());
        let exec: ExecInspect =
            serde_json::from_str(r#"{"Running":false,"ExitCode":null}"#).unwrap();
        assert_eq!(exec.exit_code, None);
    }

    #[test]
    fn a_part_that_few_need_fails_nobody() {
        let json = r#"{"Id":"x","State":{},"Mounts":7,"HostConfig":[],"GraphDriver":{"Data":[]},
            "NetworkSettings":{"Networks":{"bridge":{"NetworkID":"n"},"other":{}}}}"#;
        let inspect: ContainerInspect = serde_json::from_str(json).unwrap();
        assert!(inspect.mounts.is_empty() && inspect.name.is_empty());
        let networks: Vec<_> = inspect.network_settings.networks.into_keys().collect();
        assert_eq!(networks, ["bridge", "other"]);
    }

    /// `part` as often as it fits into a MiB.
    fn many(before: &str, part: &str, after: &str) -> String {
        [before, &part.repeat((1 << 20) / part.len()), part.trim_end_matches(','), after].concat()
    }

    #[test]
    fn an_answer_costs_no_more_than_its_size_allows() {
        use crate::api::{ContainerSummary, SystemInfo, TopList, Volume};
        let inspect = |json: &str| answer::<ContainerInspect>(json.as_bytes()).err();
        for json in [
            many(r#"{"Id":"x","State":{},"Mounts":["#, "{},{},{},{},{},{},{},{},", "]}"),
            many(r#"{"Id":"x","State":{},"HostConfig":{"Mounts":["#, "{},", "]}}"),
            many(r#"{"Id":"x","State":{},"HostConfig":{"CapAdd":["#, r#""","#, "]}}"),
        ] {
            let error = inspect(&json).unwrap();
            assert!(error.to_string().contains("too many parts"), "{error}");
        }
        let error =
            answer::<SystemInfo>(many(r#"{"SecurityOptions":["#, r#""","#, "]}").as_bytes());
        assert!(error.unwrap_err().to_string().contains("more parts than"));
        answer::<TopList>(many(r#"{"Processes":["#, "[],", "]}").as_bytes()).unwrap_err();
        let list = many("[", r#"{"Id":"a"},"#, "]");
        answer::<Vec<ContainerSummary>>(list.as_bytes()).unwrap_err();
        // What nobody keeps costs nothing, and neither does one long text.
        assert!(inspect(&many(r#"{"Id":"x","State":{},"New":["#, "{},", "]}")).is_none());
        let long = format!(r#"{{"Name":"{}"}}"#, "x".repeat(8 << 20));
        assert_eq!(answer::<Volume>(long.as_bytes()).unwrap().name.len(), 8 << 20);
    }

    #[test]
    fn an_honest_answer_is_read_however_long() {
        use crate::api::{ContainerSummary, VolumeList};
        let container = r#"{"Id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "Names":["/some_container"],"Image":"busybox:latest","Command":"/bin/sh -c 'tail -f'",
            "Created":1732000000,"Ports":[],"Labels":{"sandcell.owner":"{\"pid\":1234567}",
            "sandcell.user":"1000:1000","sandcell.watchers":"64123/1","com.example":"something"},
            "State":"running","Status":"Up 3 hours","HostConfig":{"NetworkMode":"none"},
            "NetworkSettings":{"Networks":{}},"Mounts":[]},"#;
        let list = many("[", container, "]");
        let list: Vec<ContainerSummary> = answer(list.as_bytes()).unwrap();
        assert!(list.len() > 1000 && list[7].labels.len() == 4);
        let volume = r#"{"Name":"v123456","Driver":"local","Mountpoint":"/var/v","Labels":null},"#;
        let list: VolumeList = answer(many(r#"{"Volumes":["#, volume, "]}").as_bytes()).unwrap();
        assert!(list.volumes.len() > 10_000);
    }

    #[test]
    fn an_inspect_that_does_not_say_whether_it_runs_is_an_error() {
        assert!(serde_json::from_str::<ExecInspect>(r#"{"ExitCode":0}"#).is_err());
    }
}
