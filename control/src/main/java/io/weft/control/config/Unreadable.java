package io.weft.control.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;

/** Says why a file cannot be used: the JDK's message is often the file's name alone. */
final class Unreadable {
    private Unreadable() {}

    static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException) {
            return "access is denied; it must belong to the user that runs the control plane";
        }
        if (failure instanceof FileSystemException system && system.getReason() != null) {
            return system.getReason();
        }
        return String.valueOf(failure.getMessage());
    }
}
