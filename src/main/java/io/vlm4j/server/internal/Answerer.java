package io.vlm4j.server.internal;

import io.vlm4j.generation.Generation;
import io.vlm4j.generation.GenerationEvent;
import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.generation.TokenProbability;
import io.vlm4j.prompt.AnswerEvent;
import io.vlm4j.prompt.AnswerReader;
import io.vlm4j.prompt.ChatMessage;
import io.vlm4j.prompt.Continuation;
import io.vlm4j.prompt.Prompt;
import io.vlm4j.prompt.RenderedChat;
import io.vlm4j.scheduling.GenerationRequest;
import io.vlm4j.scheduling.ScheduledGeneration;
import io.vlm4j.scheduling.internal.ScheduledGenerationImpl;
import io.vlm4j.server.ServedModel;
import io.vlm4j.server.internal.http.ClientGone;
import io.vlm4j.server.internal.http.Exchange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Has questions answered by the scheduler.
public final class Answerer {
    private final ServedModel model;
    private final Optional<Duration> timeout;
    private final Figures figures;

    Answerer(ServedModel model, Optional<Duration> timeout, Figures figures) {
        this.model = model;
        this.timeout = timeout;
        this.figures = figures;
    }

    /// Returns when all answers have ended, or one has failed; then none is being worked on any more.
    ///
    /// @param caller whom it is for
    public void answer(Question question, String caller, Exchange exchange, AnswerListener listener) {
        switch (question) {
            case Question.OfChat chat -> {
                try (RenderedChat rendered = model.template().render(chat.messages(), chat.rendering())) {
                    List<GenerationRequest> requests = new ArrayList<>();
                    boolean whole = chat.rendering().continuation() == Continuation.NONE;
                    for (GenerationOptions options : chat.options()) {
                        GenerationOptions one = options.toBuilder()
                                .trimLeadingSpace(whole && options.trimLeadingSpace()) // within a text it is a part
                                .build();
                        requests.add(request(GenerationRequest.builder(rendered), one, caller));
                    }
                    Work work = new Work(listener, rendered, begun(chat));
                    boolean light = chat.rendering().tools().isEmpty()
                            && chat.rendering().jsonSchema().isEmpty();
                    work.run(requests, exchange, light || !listener.hears());
                }
            }
            case Question.OfPrompts texts -> {
                List<GenerationRequest> requests = new ArrayList<>();
                int each = texts.options().size() / texts.prompts().size();
                for (int i = 0; i < texts.options().size(); i++) {
                    Prompt prompt = texts.prompts().get(i / each);
                    requests.add(request(
                            GenerationRequest.builder(prompt), texts.options().get(i), caller));
                }
                new Work(listener, null, ChatMessage.assistant("")).run(requests, exchange, true);
            }
        }
    }

    /// The message that is gone on with; an empty one when a new one is begun.
    private static ChatMessage begun(Question.OfChat chat) {
        return chat.rendering().continuation() == Continuation.NONE
                ? ChatMessage.assistant("")
                : chat.messages().getLast();
    }

    private GenerationRequest request(GenerationRequest.Builder builder, GenerationOptions options, String caller) {
        timeout.ifPresent(builder::deadline);
        return builder.options(options).caller(caller).build();
    }

    /// The generations of one question.
    private final class Work {
        private final AnswerListener listener;
        private final @Nullable RenderedChat rendered;
        private final ChatMessage continued;
        private final ReentrantLock lock = new ReentrantLock(); // for the listener
        private final List<ScheduledGeneration> generations = new ArrayList<>();
        private final long asked = System.nanoTime();
        private boolean begun; // guarded by lock

        Work(AnswerListener listener, @Nullable RenderedChat rendered, ChatMessage continued) {
            this.listener = listener;
            this.rendered = rendered;
            this.continued = continued;
        }

        /// @param light whether answers are read so easily that the connection's event loop can do it
        void run(List<GenerationRequest> requests, Exchange exchange, boolean light) {
            try {
                for (GenerationRequest request : requests) {
                    generations.add(model.scheduler().submit(request));
                }
                List<ScheduledGeneration> all = List.copyOf(generations);
                exchange.onStop(() -> all.forEach(ScheduledGeneration::cancel));
                if (all.size() == 1 && light) {
                    Reading reading = new Reading(0);
                    reading.finish(LoopReader.read((ScheduledGenerationImpl) all.getFirst(), exchange, reading::take));
                } else if (all.size() == 1) {
                    follow(0);
                } else {
                    followAll();
                }
            } finally {
                end();
            }
        }

        /// What the generations use is closed after this.
        private void end() {
            generations.forEach(ScheduledGeneration::close);
            for (ScheduledGeneration generation : generations) {
                try {
                    generation.future().join();
                } catch (CompletionException | CancellationException e) {
                    // whoever followed it has heard of it
                }
            }
        }

        private void followAll() {
            List<CompletableFuture<Void>> followers = new ArrayList<>();
            for (int i = 0; i < generations.size(); i++) {
                int answer = i;
                CompletableFuture<Void> follower = new CompletableFuture<>();
                followers.add(follower);
                Thread.ofVirtual().name("vlm4j-answer-" + i).start(() -> {
                    try {
                        follow(answer);
                        follower.complete(null);
                    } catch (Throwable t) {
                        generations.forEach(ScheduledGeneration::cancel);
                        follower.completeExceptionally(t);
                    }
                });
            }
            Throwable failure = null;
            for (CompletableFuture<Void> follower : followers) {
                try {
                    follower.join();
                } catch (CompletionException e) {
                    failure = failure == null ? e.getCause() : failure;
                }
            }
            switch (failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                default -> throw new IllegalStateException(failure);
            }
        }

        private void follow(int answer) {
            Reading reading = new Reading(answer);
            for (GenerationEvent event = next(answer); event != null; event = next(answer)) {
                if (event instanceof GenerationEvent.Finished finished) {
                    reading.finish(finished);
                } else {
                    reading.take(event);
                }
            }
        }

        private @Nullable GenerationEvent next(int answer) {
            try {
                return generations.get(answer).next();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClientGone("interrupted");
            }
        }

        private void begin(int promptTokens, int reused) {
            lock.lock();
            try {
                if (!begun) {
                    begun = true;
                    listener.begun(promptTokens, reused);
                }
            } finally {
                lock.unlock();
            }
        }

        /// What one of the answers turns out to say. One thread at a time.
        private final class Reading {
            private final int answer;
            private final CallIds ids = new CallIds();
            private final AlreadySaid known =
                    new AlreadySaid(continued.text(), continued.reasoning().orElse(""));
            private final @Nullable AnswerReader reader = rendered == null ? null : new AnswerReader(rendered);
            private final List<TokenProbability> pending = new ArrayList<>();
            private long last;

            Reading(int answer) {
                this.answer = answer;
            }

            /// Takes any event but the last.
            void take(GenerationEvent event) {
                switch (event) {
                    case GenerationEvent.MediaEncoded media -> {}
                    case GenerationEvent.PromptEvaluated prompt -> begin(prompt.tokens(), prompt.reused());
                    case GenerationEvent.Text text -> {
                        count();
                        if (listener.hears()) {
                            pending.addAll(text.probabilities());
                            tell(unknown(read(text.text())));
                        }
                    }
                    case GenerationEvent.Finished finished -> throw new IllegalArgumentException("the last event");
                }
            }

            private List<AnswerEvent> read(String text) {
                return reader == null ? List.of(new AnswerEvent.ContentDelta(text)) : reader.add(text);
            }

            private void count() {
                long now = System.nanoTime();
                if (last == 0) {
                    figures.firstText(Duration.ofNanos(now - asked));
                } else {
                    figures.nextText(Duration.ofNanos(now - last));
                }
                last = now;
            }

            private List<AnswerEvent> unknown(List<AnswerEvent> events) {
                List<AnswerEvent> rest = new ArrayList<>();
                events.forEach(event -> known.cut(event).ifPresent(rest::add));
                return rest;
            }

            private void tell(List<AnswerEvent> events) {
                lock.lock();
                try {
                    for (AnswerEvent event : events) {
                        listener.said(answer, ids.complete(event), List.copyOf(pending));
                        pending.clear();
                    }
                } finally {
                    lock.unlock();
                }
            }

            void finish(GenerationEvent.Finished finished) {
                Generation generation = finished.generation();
                if (!listener.hears()) {
                    var _ = read(generation.text()); // as a whole, for nobody wanted its pieces
                }
                List<AnswerEvent> rest = unknown(
                        reader == null
                                ? List.of(new AnswerEvent.Finished(ChatMessage.assistant(generation.text())))
                                : reader.end());
                figures.answered(generation.usage());
                begin(generation.usage().promptTokens(), generation.usage().reusedTokens()); // of a cancelled one
                tell(rest.subList(0, rest.size() - 1));
                if (!(rest.getLast() instanceof AnswerEvent.Finished end)) {
                    throw new IllegalStateException("an answer without an end");
                }
                lock.lock();
                try {
                    listener.ended(answer, ids.complete(known.cut(end.message())), generation);
                } finally {
                    lock.unlock();
                }
            }
        }
    }
}
