//! What systemd is told, where it started us; elsewhere nothing is told to nobody.

use std::time::Duration;

use sd_notify::NotifyState;

/// The start goes on, and may take so much longer from now on.
pub fn starting(more: Duration) {
    let micros = u32::try_from(more.as_micros()).unwrap_or(u32::MAX);
    tell(&[NotifyState::Status("opening the ledger"), NotifyState::ExtendTimeoutUsec(micros)]);
}

/// The daemon works.
pub fn ready() {
    tell(&[NotifyState::Ready, NotifyState::Status("")]);
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
