package io.weft.api.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes a message, field by field, in the order in which they are given. For the few messages with maps: protobuf's classes of those load the definitions
 * of all that their file names.
 */
public final class WireOutput {
    private final ByteString.Output bytes = ByteString.newOutput();
    private final CodedOutputStream output = CodedOutputStream.newInstance(bytes);

    private interface Write {
        void run() throws IOException;
    }

    private WireOutput write(Write write) {
        try {
            write.run();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return this;
    }

    /** A text of a field without presence: the empty one is not written. */
    public WireOutput text(int field, String text) {
        return text.isEmpty() ? this : oneofText(field, text);
    }

    /** A text of a repeated field or a oneof. */
    public WireOutput oneofText(int field, String text) {
        return write(() -> output.writeString(field, text));
    }

    /** Written whatever it is. */
    public WireOutput bool(int field, boolean value) {
        return write(() -> output.writeBool(field, value));
    }

    /** Written whatever it is. */
    public WireOutput number(int field, double value) {
        return write(() -> output.writeDouble(field, value));
    }

    /** Written whatever it is. */
    public WireOutput integer(int field, int value) {
        return write(() -> output.writeInt32(field, value));
    }

    /** What {@code message} was given so far. */
    public WireOutput message(int field, WireOutput message) {
        return bytes(field, message.toByteString());
    }

    /** A message, or bytes. */
    public WireOutput bytes(int field, ByteString value) {
        return write(() -> output.writeBytes(field, value));
    }

    /** What was written so far. */
    public ByteString toByteString() {
        write(output::flush);
        return bytes.toByteString();
    }
}
