package io.weft.proxy.codec;

import java.util.Arrays;

/**
 * The memory of one head of HTTP/1.1: its bytes, with names in lower case, and where its fields are. Blocks are lent: a head has one from its first
 * byte until its exchange is over, then the loop's next head has it. Each lending has a number; {@link Headers} of a former one find that the
 * memory is no longer theirs and throw, so that a mistake never shows the fields of another request.
 */
final class HeadBlock {
    /** Of one field: where its name begins and ends, where its value begins and ends. */
    static final int SLICES = 4;

    private static final int FIRST_BYTES = 1024;
    private static final int FIRST_FIELDS = 24;

    /** What only a large head needs is not kept. */
    private static final int MAX_KEPT_BYTES = 4 * FIRST_BYTES;

    private static final int MAX_KEPT_FIELDS = 4 * FIRST_FIELDS;

    byte[] bytes = new byte[FIRST_BYTES];
    int length;
    int lending;

    /** Names at even, values at odd places, where they are strings already. */
    String[] strings = new String[2 * FIRST_FIELDS];

    int[] slices = new int[SLICES * FIRST_FIELDS];

    /** The number of each field's name, see {@link FieldNames}. */
    byte[] numbers = new byte[FIRST_FIELDS];

    /** What was asked for as a text last. */
    final HeadSlice slice = new HeadSlice(this);

    /** Makes room for so many more bytes. */
    void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }

    /** The lending is over. Answers whether the block is worth keeping. */
    boolean end() {
        lending++;
        length = 0;
        Arrays.fill(strings, null);
        return bytes.length <= MAX_KEPT_BYTES && strings.length <= 2 * MAX_KEPT_FIELDS;
    }
}
