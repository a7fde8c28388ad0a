//! Pulls an image and shows a progress bar for each layer.
//!
//! Usage: cargo run --example pull -- IMAGE [PLATFORM]

use std::cell::RefCell;
use std::collections::HashMap;
use std::env;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use sandcell::{Client, Error, PullOptions, PullProgress};

/// The bars of a pull, by layer.
#[derive(Default)]
struct Bars {
    screen: MultiProgress,
    layers: RefCell<HashMap<String, ProgressBar>>,
}

impl Bars {
    fn show(&self, progress: &PullProgress) {
        if progress.id.is_empty() {
            return; // a message about the whole pull
        }
        let mut layers = self.layers.borrow_mut();
        let bar = layers.entry(progress.id.clone()).or_insert_with(|| self.add(&progress.id));
        bar.set_message(progress.status.clone());
        if let Some(total) = progress.detail.total {
            bar.set_length(total);
        }
        if let Some(current) = progress.detail.current {
            bar.set_position(current);
        }
    }

    fn add(&self, layer: &str) -> ProgressBar {
        let style = "{prefix:12} {msg:20} {bar:30} {bytes:>10}/{total_bytes}";
        let style = ProgressStyle::with_template(style).expect("template is valid");
        let bar = ProgressBar::new(0).with_style(style).with_prefix(layer.to_owned());
        self.screen.add(bar)
    }
}

fn main() -> Result<(), Error> {
    let mut args = env::args().skip(1);
    let image = args.next().unwrap_or_else(|| "busybox:latest".to_owned());
    let bars = Bars::default();
    let show = |progress: &PullProgress| bars.show(progress);
    let mut options = PullOptions::new().progress(&show);
    if let Some(platform) = args.next() {
        options = options.platform(platform);
    }

    let client = Client::from_env()?;
    client.pull_image(&image, &options)?;
    for bar in bars.layers.borrow().values() {
        bar.abandon();
    }
    if let Some(info) = client.inspect_image(&image)? {
        println!("{} for {}/{}, {} bytes", info.id, info.os, info.architecture, info.size);
    }
    Ok(())
}
