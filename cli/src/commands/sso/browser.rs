//! Opening a page in the user's browser, as Python's `webbrowser` does for awscli: `BROWSER` first, then the desktop's own.

use std::process::{Command, Stdio};

/// Open the page and do not wait for the browser.
///
/// # Errors
/// There is none, or the address is not one for browsers.
pub(super) fn open(url: &str) -> Result<(), String> {
    // It is a service's text, and becomes an argument of a program.
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err("the page is no web address".to_owned());
    }
    let own = std::env::var("BROWSER").unwrap_or_default();
    let commands = own.split(':').filter(|command| !command.is_empty()).map(str::to_owned);
    let mut problem = "this machine has no desktop, and BROWSER is not set".to_owned();
    for line in commands.chain(desktop().map(str::to_owned)) {
        match start(&line, url) {
            Ok(()) => return Ok(()),
            Err(error) => problem = format!("{line}: {error}"),
        }
    }
    Err(problem)
}

fn desktop() -> Option<&'static str> {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(windows) {
        Some("rundll32 url.dll,FileProtocolHandler")
    } else if cfg!(target_os = "macos") {
        Some("open")
    } else {
        (has("DISPLAY") || has("WAYLAND_DISPLAY")).then_some("xdg-open")
    }
}

/// A command with its arguments; `%s` is where the address goes, else behind them.
fn start(line: &str, url: &str) -> Result<(), String> {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().ok_or("is empty")?);
    let arguments: Vec<&str> = words.collect();
    let has_place = arguments.contains(&"%s");
    command.args(arguments.into_iter().map(|word| if word == "%s" { url } else { word }));
    if !has_place {
        command.arg(url);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(|_| ()).map_err(|error| error.to_string())
}
