//! Runs a command in an image of a registry that requires a login.
//!
//! Usage: private_registry IMAGE USER, with the password in REGISTRY_PASSWORD

use std::env;

use sandcell::{Client, CreateOptions, Credentials, ExecOptions, PullOptions, Sandbox};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = env::args().skip(1);
    let (Some(image), Some(user)) = (args.next(), args.next()) else {
        return Err("usage: private_registry IMAGE USER".into());
    };
    let login = Credentials::password(user, env::var("REGISTRY_PASSWORD")?);
    let client = Client::from_env()?;
    client.ensure_image(&image, &PullOptions::new().credentials(login))?;
    let sandbox = Sandbox::start(&client, &CreateOptions::new(image))?;
    let result = sandbox.exec(&ExecOptions::new(["echo", "hello"]))?;
    print!("{}", result.stdout.text());
    Ok(())
}
