package io.vlm4j.graph;

/// A rectangle in a picture, in shares of its width and height: 0 is left and top, 1 right and bottom.
///
/// @param left   smaller than `right`
/// @param top    smaller than `bottom`
/// @param right  its other end
/// @param bottom its other end
public record Box(double left, double top, double right, double bottom) {
    /// @throws IllegalArgumentException when it is empty, or not inside the picture
    public Box {
        if (!(left >= 0 && left < right && right <= 1) || !(top >= 0 && top < bottom && bottom <= 1)) {
            throw new IllegalArgumentException(
                    "no box in a picture: left " + left + ", top " + top + ", right " + right + ", bottom " + bottom);
        }
    }
}
