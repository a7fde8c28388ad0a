//! Says what the engine is, and what it can do of what not every engine can:
//!
//! ```sh
//! cargo run --example capabilities
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
