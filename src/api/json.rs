//! Parses the engine's JSON, which has `null` for empty values, and more or fewer
//! fields than this library knows.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::budget::{Budget, Counted};
use crate::validate;

/// Parses a response. Its memory use is limited to a small multiple of its size,
/// whatever it contains.
pub(super) fn response<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    let budget = Budget::new(json.len());
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let response = T::deserialize(Counted(&mut deserializer))?;
    deserializer.end()?;
    // `lenient` turns the budget's error into a default value.
    match budget.is_exhausted() {
        true => Err(serde_json::Error::custom("a field has too many elements")),
        false => Ok(response),
    }
}

/// Takes `null` as the default value: engines write it for empty values.
pub(super) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Takes a malformed value as the default value: for fields that only some calls
/// need, so that the others do not fail.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + DeserializeOwned,
{
    // As text: a generic JSON value would take many times the memory.
    let json = Box::<RawValue>::deserialize(deserializer)?;
    let mut deserializer = serde_json::Deserializer::from_str(json.get());
    Ok(T::deserialize(Counted(&mut deserializer)).unwrap_or_default())
}

/// Validates an id, which becomes a path segment of later requests.
pub(super) fn engine_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    validate::id_or_name("id", &id).map_err(serde::de::Error::custom)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::response;
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
    fn a_malformed_lenient_field_is_a_default() {
        let json = r#"{"Id":"x","State":{},"Mounts":7,"HostConfig":[],"GraphDriver":{"Data":[]},
            "NetworkSettings":{"Networks":{"bridge":{"NetworkID":"n"},"other":{}}}}"#;
        let inspect: ContainerInspect = serde_json::from_str(json).unwrap();
        assert!(inspect.mounts.is_empty() && inspect.name.is_empty());
        let networks: Vec<_> = inspect.network_settings.networks.into_keys().collect();
        assert_eq!(networks, ["bridge", "other"]);
    }

    /// Repeats `part` up to a size of 1 MiB.
    fn many(before: &str, part: &str, after: &str) -> String {
        [before, &part.repeat((1 << 20) / part.len()), part.trim_end_matches(','), after].concat()
    }

    #[test]
    fn a_response_costs_no_more_than_its_size_allows() {
        use crate::api::{ContainerSummary, SystemInfo, TopList, Volume};
        let inspect = |json: &str| response::<ContainerInspect>(json.as_bytes()).err();
        for json in [
            many(r#"{"Id":"x","State":{},"Mounts":["#, "{},{},{},{},{},{},{},{},", "]}"),
            many(r#"{"Id":"x","State":{},"HostConfig":{"Mounts":["#, "{},", "]}}"),
            many(r#"{"Id":"x","State":{},"HostConfig":{"CapAdd":["#, r#""","#, "]}}"),
        ] {
            let error = inspect(&json).unwrap();
            assert!(error.to_string().contains("too many elements"), "{error}");
        }
        let error =
            response::<SystemInfo>(many(r#"{"SecurityOptions":["#, r#""","#, "]}").as_bytes());
        assert!(error.unwrap_err().to_string().contains("for its memory budget"));
        response::<TopList>(many(r#"{"Processes":["#, "[],", "]}").as_bytes()).unwrap_err();
        let list = many("[", r#"{"Id":"a"},"#, "]");
        response::<Vec<ContainerSummary>>(list.as_bytes()).unwrap_err();
        // Ignored values cost nothing, and one long string fits.
        assert!(inspect(&many(r#"{"Id":"x","State":{},"New":["#, "{},", "]}")).is_none());
        let long = format!(r#"{{"Name":"{}"}}"#, "x".repeat(8 << 20));
        assert_eq!(response::<Volume>(long.as_bytes()).unwrap().name.len(), 8 << 20);
    }

    #[test]
    fn a_long_honest_response_is_parsed() {
        use crate::api::{ContainerSummary, VolumeList};
        let container = r#"{"Id":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "Names":["/some_container"],"Image":"busybox:latest","Command":"/bin/sh -c 'tail -f'",
            "Created":1732000000,"Ports":[],"Labels":{"sandcell.owner":"{\"pid\":1234567}",
            "sandcell.user":"1000:1000","sandcell.watchers":"64123/1","com.example":"something"},
            "State":"running","Status":"Up 3 hours","HostConfig":{"NetworkMode":"none"},
            "NetworkSettings":{"Networks":{}},"Mounts":[]},"#;
        let list = many("[", container, "]");
        let list: Vec<ContainerSummary> = response(list.as_bytes()).unwrap();
        assert!(list.len() > 1000 && list[7].labels.len() == 4);
        let volume = r#"{"Name":"v123456","Driver":"local","Mountpoint":"/var/v","Labels":null},"#;
        let list: VolumeList = response(many(r#"{"Volumes":["#, volume, "]}").as_bytes()).unwrap();
        assert!(list.volumes.len() > 10_000);
    }

    #[test]
    fn an_exec_without_running_is_an_error() {
        assert!(serde_json::from_str::<ExecInspect>(r#"{"ExitCode":0}"#).is_err());
    }
}
