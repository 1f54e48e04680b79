package io.vlm4j.hub;

import java.time.Duration;

/// What happens while files are pushed.
public sealed interface PushEvent {
    /// What will be pushed, before anything is sent.
    record Planned(PushPlan plan) implements PushEvent {}

    /// Large files are being read for their sums.
    ///
    /// @param done  bytes
    /// @param total bytes
    record Hashing(long done, long total) implements PushEvent {}

    /// Large files are on their way. What is sent again counts once.
    ///
    /// @param done  bytes that have arrived, those of an earlier push that was interrupted included
    /// @param total bytes of the large files that the hub lacks
    record Sending(long done, long total) implements PushEvent {}

    /// A request failed for a passing reason and is made again.
    ///
    /// @param what   the request
    /// @param reason of the failure
    /// @param delay  until then
    record Retrying(String what, String reason, Duration delay) implements PushEvent {}
}
