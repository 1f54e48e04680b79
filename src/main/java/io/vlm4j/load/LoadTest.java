package io.vlm4j.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Clients that each ask, read the answer to its end, and ask again. One run at a time.
///
/// - **Close**: closes the connections.
public final class LoadTest implements AutoCloseable {
    private static final int AGAIN = 15;
    /// Tokens of answers that are not measured themselves: their pictures are to come one after the other.
    private static final int BEGINNING = 4;

    private final LoadOptions options;
    private final ChatClient client;
    private final Questions questions;
    private final Pictures pictures;

    public LoadTest(LoadOptions options) {
        this.options = options;
        this.client = new ChatClient(options);
        this.questions = new Questions(options.seed());
        this.pictures = new Pictures(options.seed(), options.pictureSize());
    }

    /// One question of each kind that is not counted, so that nothing is cold.
    ///
    /// @return why the server does not answer, or empty
    public String warmUp(Mix mix) throws InterruptedException {
        Sample text = ask(false);
        Sample picture = mix == Mix.TEXT ? text : ask(true);
        return text.failure().or(picture::failure).orElse("");
    }

    /// @param progress told how many answers are there, and how many there will be; on the clients' threads
    public LevelReport run(int clients, Mix mix, BiConsumer<Integer, Integer> progress) throws InterruptedException {
        List<List<Question>> scripts = IntStream.range(0, clients)
                .mapToObj(i -> script(mix == Mix.BOTH ? i % 2 == 1 : mix == Mix.PICTURE))
                .toList();
        return drive(scripts, clients, mix, progress);
    }

    /// Streams of text that never pause, while one more client shows picture after picture until they are done, and
    /// reads the first tokens of what is said about each: how much does a picture hold up those that it does not
    /// concern?
    public LevelReport stall(int streams, BiConsumer<Integer, Integer> progress) throws InterruptedException {
        List<List<Question>> scripts =
                IntStream.range(0, streams).mapToObj(i -> script(false)).toList();
        int beginning = Math.min(BEGINNING, options.maxTokens());
        AtomicBoolean done = new AtomicBoolean();
        List<Sample> pictured = new ArrayList<>();
        Thread shower = Thread.ofVirtual().start(() -> {
            try {
                while (!done.get()) {
                    pictured.add(client.ask(newQuestion(), newPicture(), beginning));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        LevelReport texts;
        try {
            texts = drive(scripts, streams, Mix.TEXT, progress);
        } finally {
            done.set(true);
            shower.join();
        }
        return texts.with(pictured);
    }

    /// The time to the first token of a picture's answer, when the picture is new and when it was asked about before.
    public AgainReport again() throws InterruptedException {
        long[] cold = new long[AGAIN];
        long[] warm = new long[AGAIN];
        for (int i = 0; i < AGAIN; i++) {
            String picture = newPicture();
            String question = newQuestion();
            cold[i] = client.ask(question, picture).firstToken();
            warm[i] = client.ask(question, picture).firstToken();
        }
        return new AgainReport(Percentile.of(cold, 50), Percentile.of(warm, 50));
    }

    private record Question(String text, @Nullable String picture) {}

    private List<Question> script(boolean pictured) {
        return IntStream.range(0, options.requests())
                .mapToObj(_ -> new Question(newQuestion(), pictured ? newPicture() : null))
                .toList();
    }

    private synchronized String newQuestion() {
        return questions.next(options.promptWords());
    }

    private synchronized String newPicture() {
        return pictures.next();
    }

    private Sample ask(boolean pictured) throws InterruptedException {
        return client.ask(newQuestion(), pictured ? newPicture() : null);
    }

    private LevelReport drive(List<List<Question>> scripts, int clients, Mix mix, BiConsumer<Integer, Integer> progress)
            throws InterruptedException {
        int all = scripts.stream().mapToInt(List::size).sum();
        List<Sample> samples = new ArrayList<>();
        List<Future<?>> running = new ArrayList<>();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (List<Question> script : scripts) {
                running.add(threads.submit(() -> {
                    for (Question question : script) {
                        Sample sample = client.ask(question.text(), question.picture());
                        synchronized (samples) {
                            samples.add(sample);
                            progress.accept(samples.size(), all);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> client : running) {
                client.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a client failed", e.getCause());
        }
        return LevelReport.of(clients, mix, samples, System.nanoTime() - start);
    }

    @Override
    public void close() {
        client.close();
    }
}
