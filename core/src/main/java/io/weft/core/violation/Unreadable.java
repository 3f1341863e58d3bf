package io.weft.core.violation;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Says why a file cannot be used: the JDK's message is often the file's name alone. */
public final class Unreadable {
    private Unreadable() {}

    /** Without the file's name, where it is the JDK's message. */
    public static String reason(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "access is denied; it must belong to the user that runs this";
            case NoSuchFileException _ -> "there is no such file or directory";
            case NotDirectoryException _ -> "it is not a directory";
            case FileAlreadyExistsException _ -> "it exists already";
            case FileSystemException system when system.getReason() != null -> system.getReason();
            default -> String.valueOf(failure.getMessage());
        };
    }

    /** With the file's name. */
    public static String sentence(IOException failure) {
        return failure instanceof FileSystemException system && system.getFile() != null
                ? system.getFile() + ": " + reason(failure)
                : reason(failure);
    }
}
