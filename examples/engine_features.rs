//! Prints the version of the engine and its optional features.
//!
//! ```sh
//! cargo run --example engine_features
//! ```

use sandcell::Client;

fn main() -> sandcell::Result<()> {
    let client = Client::discover()?;
    let version = client.version()?;
    println!("{:28}{}", "engine", version.server.version);
    println!("{:28}{}", "API", version.negotiated);
    print!("{}", client.engine_features()?);
    Ok(())
}
