package io.weft.proxy.ads;

import io.weft.engine.config.Listener;
import java.util.Map;

/** Those who carry a configuration out, as the assembler needs them. Called on the control loop. */
public interface Uptake {
    /** Everything is carried out at once. */
    Uptake AT_ONCE = new Uptake() {
        @Override
        public Map<String, String> prepare(Map<String, Listener> listeners) {
            return Map.of();
        }

        @Override
        public void whenSettled(Runnable task) {
            task.run();
        }
    };

    /**
     * Makes ready what may fail, before anything of a configuration is published: its listeners' addresses and certificates.
     *
     * @return why listeners cannot be had, by name; where there is any, nothing was changed
     */
    Map<String, String> prepare(Map<String, Listener> listeners);

    /** Runs a task, on any thread, once what was published last is all that new work begins with; bounded. */
    void whenSettled(Runnable task);
}
