package io.vlm4j.conversion.internal;

/// A text that is read so many times only: a regular expression of a stranger may go over it for years. Confined to
/// one thread.
final class Patience implements CharSequence {
    private static final int READS = 100_000;

    private final String text;
    private int reads;

    Patience(String text) {
        this.text = text;
    }

    /// It was read too often.
    static final class Exhausted extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        if (++reads > READS) {
            throw new Exhausted();
        }
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
