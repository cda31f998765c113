//! What systemd is told, where it started us; elsewhere nothing is told to nobody.

use std::time::Duration;

use sd_notify::NotifyState;

/// The daemon works.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Another config is being read. `Type=notify-reload` wants the moment too.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the clock cannot be read, so systemd is not told of the reload"),
    }
}

/// The daemon stops.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The loop works.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How long systemd waits for [`alive`]; `None`: it does not watch.
pub fn patience() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}
