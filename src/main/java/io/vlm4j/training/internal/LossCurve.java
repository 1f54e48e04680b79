package io.vlm4j.training.internal;

import io.vlm4j.files.AtomicFile;
import io.vlm4j.media.ImageInput;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// A picture of losses: a line over the steps, thin as they were and thick as they were on average, and dots for the
/// evaluation split. The axes begin at 0; the horizontal lines are whole numbers, or tenths.
final class LossCurve {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 500;
    private static final int MARGIN = 24;
    private static final int CHANNELS = 3;
    private static final int[] GRID = {225, 225, 225};
    private static final int[] EACH = {176, 204, 240};
    private static final int[] MEAN = {23, 92, 192};
    private static final int[] EVALUATED = {214, 84, 22};
    private static final double KEPT = 0.9; // of the mean, at each step

    private final byte[] pixels = new byte[WIDTH * HEIGHT * CHANNELS];
    private final double lastStep;
    private final double highest;

    private LossCurve(List<double[]> losses, List<double[]> evaluations) {
        lastStep = Math.max(1, losses.getLast()[0]);
        highest = Math.max(
                1e-3,
                Math.max(
                        losses.stream().mapToDouble(pair -> pair[1]).max().orElse(1),
                        evaluations.stream().mapToDouble(pair -> pair[1]).max().orElse(0)));
        Arrays.fill(pixels, (byte) 255);
        double line = highest > 2 ? 1 : 0.1;
        for (double loss = 0; loss <= highest; loss += line) {
            for (int x = MARGIN; x < WIDTH - MARGIN; x++) {
                dot(x, y(loss), 0, GRID);
            }
        }
        draw(losses, 0, EACH);
        double[] mean = {losses.getFirst()[1]};
        draw(
                losses.stream()
                        .map(pair -> {
                            mean[0] = KEPT * mean[0] + (1 - KEPT) * pair[1];
                            return new double[] {pair[0], mean[0]};
                        })
                        .toList(),
                1,
                MEAN);
        evaluations.forEach(pair -> dot(x(pair[0]), y(pair[1]), 4, EVALUATED));
    }

    /// Draws nothing when there was no step.
    ///
    /// @param losses      pairs of step and loss
    /// @param evaluations the same of the evaluation split
    static void write(Path file, List<double[]> losses, List<double[]> evaluations) {
        if (!losses.isEmpty()) {
            LossCurve curve = new LossCurve(losses, evaluations);
            byte[] png = ImageInput.ofRgb(WIDTH, HEIGHT, ByteBuffer.wrap(curve.pixels))
                    .encoded();
            AtomicFile.write(file, png);
        }
    }

    private int x(double step) {
        return MARGIN + (int) Math.round(step / lastStep * (WIDTH - 2 * MARGIN - 1));
    }

    private int y(double loss) {
        return HEIGHT - MARGIN - (int) Math.round(loss / highest * (HEIGHT - 2 * MARGIN - 1));
    }

    private void draw(List<double[]> pairs, int radius, int[] colour) {
        for (int i = 1; i < pairs.size(); i++) {
            int fromX = x(pairs.get(i - 1)[0]);
            int fromY = y(pairs.get(i - 1)[1]);
            int overX = x(pairs.get(i)[0]) - fromX;
            int overY = y(pairs.get(i)[1]) - fromY;
            int dots = Math.max(1, Math.max(Math.abs(overX), Math.abs(overY)));
            for (int k = 0; k <= dots; k++) {
                dot(fromX + overX * k / dots, fromY + overY * k / dots, radius, colour);
            }
        }
    }

    private void dot(int centreX, int centreY, int radius, int[] colour) {
        for (int y = Math.max(0, centreY - radius); y <= Math.min(HEIGHT - 1, centreY + radius); y++) {
            for (int x = Math.max(0, centreX - radius); x <= Math.min(WIDTH - 1, centreX + radius); x++) {
                for (int channel = 0; channel < CHANNELS; channel++) {
                    pixels[(y * WIDTH + x) * CHANNELS + channel] = (byte) colour[channel];
                }
            }
        }
    }
}
