package io.vlm4j.lifetimes;

import io.vlm4j.generation.GenerationOptions;
import io.vlm4j.inference.ContextOptions;
import io.vlm4j.inference.Reuse;
import io.vlm4j.media.ImageInput;
import io.vlm4j.vlm.Vlm;
import io.vlm4j.vlm.VlmOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// A process whose Java heap is full but for some bytes while it opens a model and asks it.
final class HeapStarved {
    private static final int SMALLEST = 16;
    private static final int LARGEST = 1 << 20;

    private HeapStarved() {}

    /// @param arguments model, projector, picture, number of steps, seed
    static void main(String... arguments) {
        Path model = Path.of(arguments[0]);
        Path mmproj = Path.of(arguments[1]);
        ImageInput picture = ImageInput.of(Path.of(arguments[2]));
        int steps = Integer.parseInt(arguments[3]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[4]));
        Map<String, Integer> outcomes = new TreeMap<>();
        VlmOptions options = VlmOptions.defaults()
                .withContext(ContextOptions.builder().contextLength(1024).build())
                .withThreads(1);
        int opened = 0;
        try (Vlm vlm = Vlm.open(model, mmproj, options)) {
            String expected = ask(vlm, picture);
            for (int i = 0; i < steps; i++) {
                boolean open = i % 4 == 0;
                byte[] room = new byte[random.nextInt(1 << random.nextInt(8, 21))];
                Object[] ballast = fill();
                room = null; // what may be used
                String outcome;
                try {
                    if (open) {
                        try (Vlm other = Vlm.open(model, mmproj, options)) {
                            outcome = ask(other, picture);
                        }
                    } else {
                        outcome = ask(vlm, picture);
                    }
                } catch (OutOfMemoryError e) {
                    outcome = "OutOfMemoryError";
                } catch (RuntimeException | ExceptionInInitializerError | NoClassDefFoundError e) {
                    outcome = e.getClass().getSimpleName();
                }
                ballast[0] = null;
                outcomes.merge(outcome.equals(expected) ? "answered" : outcome, 1, Integer::sum);
                if (!ask(vlm, picture).equals(expected)) {
                    throw new IllegalStateException("another answer after step " + i);
                }
                opened++;
            }
        }
        System.out.println("outcomes of " + opened + ": " + outcomes);
    }

    private static String ask(Vlm vlm, ImageInput picture) {
        GenerationOptions generation =
                Vlm.options().maxTokens(8).reuse(Reuse.NONE).build();
        return vlm.ask(picture, "What is shown in this image?", generation).text();
    }

    /// Takes all the heap that there is; the first element holds it.
    private static Object[] fill() {
        Object[] holder = new Object[1];
        for (int size = LARGEST; size >= SMALLEST; ) {
            try {
                Object[] link = {new byte[size], holder[0]};
                holder[0] = link;
            } catch (OutOfMemoryError full) {
                size /= 2;
            }
        }
        return holder;
    }
}
