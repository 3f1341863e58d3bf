package io.weft.core.lifecycle;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Starts components in order and stops those that started in reverse, once. */
public final class Supervisor implements AutoCloseable {
    private final List<Component> components;
    private final Deque<Component> running = new ArrayDeque<>();

    public Supervisor(List<Component> components) {
        this.components = List.copyOf(components);
    }

    /**
     * Starts all; where one fails, what ran already is stopped before the failure is thrown.
     *
     * @throws StartFailedException with the component's name and reason
     */
    public synchronized void start() throws StartFailedException {
        for (Component component : components) {
            try {
                component.start();
                running.push(component);
            } catch (Exception e) {
                close();
                throw new StartFailedException(component.name() + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public synchronized void close() {
        while (!running.isEmpty()) {
            running.pop().stop();
        }
    }

    /** A component did not start. */
    public static final class StartFailedException extends Exception {
        private static final long serialVersionUID = 1L;

        StartFailedException(String message, Exception cause) {
            super(message, cause);
        }
    }
}
