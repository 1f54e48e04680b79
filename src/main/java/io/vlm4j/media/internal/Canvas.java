package io.vlm4j.media.internal;

/// A picture on a plain ground, which costs no memory.
public final class Canvas {
    private final Rows picture;
    private final int width;
    private final int height;
    private final byte[] colour;

    private Canvas(Rows picture, int width, int height, byte[] colour) {
        this.picture = picture;
        this.width = width;
        this.height = height;
        this.colour = colour;
    }

    /// A picture that fills its canvas.
    public static Canvas of(Rows picture) {
        return new Canvas(picture, picture.width(), picture.height(), new byte[Rows.CHANNELS]);
    }

    /// A picture in the middle of a square with sides as long as its longer one; what is left over at an odd
    /// difference goes to the right and the bottom.
    ///
    /// @param colour red, green and blue of the ground
    public static Canvas square(Rows picture, byte[] colour) {
        int side = Math.max(picture.width(), picture.height());
        return new Canvas(picture, side, side, colour);
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    /// The column in which the picture begins.
    int left() {
        return (width - picture.width()) / 2;
    }

    /// The column behind the picture.
    int right() {
        return left() + picture.width();
    }

    /// Whether a row shows nothing of the picture.
    boolean isBlank(int y) {
        return y < top() || y >= top() + picture.height();
    }

    private int top() {
        return (height - picture.height()) / 2;
    }

    /// Red, green or blue of the ground.
    int ground(int channel) {
        return colour[channel] & 0xFF;
    }

    /// Reads what a row that is not blank has of the picture.
    void read(int y, byte[] row) {
        picture.read(y - top(), row, 0);
    }

    /// Reads a row with the ground to the left and right.
    void readWhole(int y, byte[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = colour[i % Rows.CHANNELS];
        }
        if (!isBlank(y)) {
            picture.read(y - top(), row, left() * Rows.CHANNELS);
        }
    }
}
