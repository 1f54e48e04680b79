package io.vlm4j.scheduling;

/// Who is served first when there is more to do than slots.
public enum Priority {
    LOW,
    NORMAL,
    HIGH
}
