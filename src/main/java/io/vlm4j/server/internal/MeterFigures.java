package io.vlm4j.server.internal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vlm4j.generation.Usage;
import io.vlm4j.scheduling.Scheduler;
import io.vlm4j.scheduling.SchedulerStatus;
import io.vlm4j.server.internal.http.Front;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;

/// Figures kept by Micrometer, for Prometheus.
final class MeterFigures implements Figures {
    private static final Duration[] LATENCIES = buckets(5, 25, 100, 250, 1000, 2500, 10_000, 30_000, 120_000);
    private static final Duration[] GAPS = buckets(1, 5, 10, 25, 50, 100, 250, 500, 1000);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Timer firstText =
            timer("vlm4j.first.token", "from a request to the first text of its answer", LATENCIES);
    private final Timer nextText = timer("vlm4j.inter.token", "from text to text of an answer", GAPS);
    private final Counter imageTokens = counter("vlm4j.image.tokens", "tokens of pictures and sounds in prompts");
    private final Counter cachedImageTokens =
            counter("vlm4j.image.cached.tokens", "of them, those that had been encoded before");

    MeterFigures(Scheduler scheduler, IntSupplier connections, IntSupplier active) {
        gauge("vlm4j.connections", "open connections", connections);
        gauge("vlm4j.requests.active", "requests being answered", active);
        gauge(scheduler, "vlm4j.slots", "generations that can run at a time", SchedulerStatus::slots);
        gauge(scheduler, "vlm4j.slots.running", "generations that run", SchedulerStatus::running);
        gauge(scheduler, "vlm4j.queue", "generations that wait for a slot", SchedulerStatus::waiting);
        gauge(scheduler, "vlm4j.cells", "cells of the context that are taken", SchedulerStatus::cells);
        gauge(scheduler, "vlm4j.cells.max", "cells of the context", SchedulerStatus::contextLength);
        count(scheduler, "vlm4j.generations", "that ended", SchedulerStatus::finished);
        count(scheduler, "vlm4j.generations.cancelled", "that were cancelled", SchedulerStatus::cancelled);
        count(scheduler, "vlm4j.generations.failed", "that failed", SchedulerStatus::failed);
        count(scheduler, "vlm4j.generations.refused", "that found the queue full", SchedulerStatus::refused);
        count(scheduler, "vlm4j.prompt.tokens", "tokens of prompts", SchedulerStatus::promptTokens);
        count(
                scheduler,
                "vlm4j.prompt.reused.tokens",
                "of them, those not computed again",
                SchedulerStatus::reusedTokens);
        count(scheduler, "vlm4j.generated.tokens", "tokens of answers", SchedulerStatus::generatedTokens);
        count(scheduler, "vlm4j.images.encoded", "pictures and sounds encoded", SchedulerStatus::imagesEncoded);
        count(scheduler, "vlm4j.images.cached", "pictures and sounds found encoded", SchedulerStatus::imagesCached);
    }

    private static Duration[] buckets(long... milliseconds) {
        Duration[] limits = new Duration[milliseconds.length];
        for (int i = 0; i < limits.length; i++) {
            limits[i] = Duration.ofMillis(milliseconds[i]);
        }
        return limits;
    }

    private Timer timer(String name, String what, Duration[] limits) {
        return Timer.builder(name)
                .description(what)
                .serviceLevelObjectives(limits)
                .register(registry);
    }

    private Counter counter(String name, String what) {
        return Counter.builder(name).description(what).register(registry);
    }

    private void gauge(String name, String what, IntSupplier value) {
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(what)
                .strongReference(true)
                .register(registry);
    }

    private void gauge(Scheduler scheduler, String name, String what, ToDoubleFunction<SchedulerStatus> value) {
        Gauge.builder(name, scheduler, known -> value.applyAsDouble(known.status()))
                .description(what)
                .register(registry);
    }

    private void count(Scheduler scheduler, String name, String what, ToDoubleFunction<SchedulerStatus> value) {
        FunctionCounter.builder(name, scheduler, known -> value.applyAsDouble(known.status()))
                .description(what)
                .register(registry);
    }

    @Override
    public void request(Front.Done done) {
        Timer.builder("vlm4j.requests")
                .description("requests and how long they took")
                .tag("route", done.route())
                .tag("status", done.gone() ? "gone" : Integer.toString(done.status()))
                .serviceLevelObjectives(LATENCIES)
                .register(registry)
                .record(done.time());
    }

    @Override
    public void firstText(Duration sinceAsked) {
        firstText.record(sinceAsked);
    }

    @Override
    public void nextText(Duration sinceText) {
        nextText.record(sinceText);
    }

    @Override
    public void answered(Usage usage) {
        imageTokens.increment(usage.imageTokens());
        cachedImageTokens.increment(usage.cachedImageTokens());
    }

    @Override
    public Optional<String> text() {
        return Optional.of(registry.scrape());
    }
}
