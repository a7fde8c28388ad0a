//! Reading what engines write: `null` for what is empty, and more or less than
//! this library knows.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::validate;

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
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// An id that is to become a path's segment.
pub(super) fn engine_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = String::deserialize(deserializer)?;
    validate::id_or_name("id", &id).map_err(serde::de::Error::custom)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn an_inspect_that_does_not_say_whether_it_runs_is_an_error() {
        assert!(serde_json::from_str::<ExecInspect>(r#"{"ExitCode":0}"#).is_err());
    }
}
