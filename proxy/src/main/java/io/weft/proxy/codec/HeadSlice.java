package io.weft.proxy.codec;

import java.nio.charset.StandardCharsets;

/** A value of a head, read where it is; there is one for each {@link HeadBlock}, which shows what it was pointed to last. */
final class HeadSlice implements CharSequence {
    private final HeadBlock block;
    private int lending;
    private int start;
    private int end;

    HeadSlice(HeadBlock block) {
        this.block = block;
    }

    CharSequence of(int newStart, int newEnd) {
        lending = block.lending;
        start = newStart;
        end = newEnd;
        return this;
    }

    private byte[] bytes() {
        if (block.lending != lending) {
            throw new IllegalStateException("this was an HTTP/1.1 exchange's that is over");
        }
        return block.bytes;
    }

    @Override
    public int length() {
        return end - start;
    }

    @Override
    public char charAt(int index) {
        if (index < 0 || index >= end - start) {
            throw new IndexOutOfBoundsException(index);
        }
        return (char) (bytes()[start + index] & 0xFF);
    }

    @Override
    public CharSequence subSequence(int from, int to) {
        return toString().subSequence(from, to);
    }

    @Override
    public String toString() {
        return new String(bytes(), start, end - start, StandardCharsets.ISO_8859_1);
    }
}
