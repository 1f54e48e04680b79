package io.vlm4j.torture.target;

import io.vlm4j.torture.mutate.ByteMutator;
import io.vlm4j.torture.mutate.Field;
import io.vlm4j.torture.mutate.GgufEditor;
import io.vlm4j.torture.mutate.GgufLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Takes GGUF files: half of them damaged, half whole and contradictory.
abstract sealed class FileTarget extends Target permits ModelTarget, ProjectorTarget, AdapterTarget {
    private static final int HOT = 16 << 10;

    /// Large good files come so seldom.
    private static final int SELDOM = 5;

    private final List<Good> goods;
    private final ByteMutator damages = new ByteMutator(ByteOrder.LITTLE_ENDIAN);
    private final GgufEditor edits;
    private final Path scratch;

    private static final class Good {
        final Path path;
        final byte[] bytes;
        final GgufLayout layout;

        Good(Path path) {
            this.path = path;
            try {
                bytes = Files.readAllBytes(path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            layout = GgufLayout.of(bytes);
        }
    }

    /// @param goods the last one comes less often
    /// @param names what texts in the files may be
    FileTarget(List<Path> goods, List<String> names, Path folder) {
        this.goods = goods.stream().map(Good::new).toList();
        this.edits = new GgufEditor(names);
        this.scratch = folder.resolve("edited.gguf");
    }

    @Override
    public byte[] mutate(RandomGenerator random) {
        boolean last = goods.size() == 1 || random.nextInt(SELDOM) == 0;
        Good good = last ? goods.getLast() : goods.get(random.nextInt(goods.size() - 1));
        if (random.nextBoolean()) {
            return edited(good, random);
        }
        boolean inTable = random.nextInt(3) == 0;
        int hot = Math.min(good.bytes.length, inTable ? good.layout.data() : HOT);
        List<Field> fields = inTable
                ? good.layout.fields().stream()
                        .filter(field -> field.offset() >= good.layout.table())
                        .toList()
                : good.layout.fields();
        return damages.mutate(good.bytes, hot, fields, random);
    }

    private byte[] edited(Good good, RandomGenerator random) {
        try {
            edits.edit(good.path, scratch, random);
            return Files.readAllBytes(scratch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Random numbers that follow from the input.
    static RandomGenerator randomOf(Path input) {
        try {
            return new SplittableRandom(Files.size(input));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
