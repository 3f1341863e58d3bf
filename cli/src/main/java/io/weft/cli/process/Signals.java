package io.weft.cli.process;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/** Signals to this process and to others. */
public final class Signals {
    private Signals() {}

    /**
     * Has a signal handled instead of ending this process. (By reflection: javac warns of {@code sun.misc.Signal}, which nothing in the JDK
     * replaces, and warnings are errors here.)
     *
     * @param name without SIG
     * @return false where this JVM cannot
     */
    public static boolean handle(String name, Consumer<String> handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            handler.accept(name);
                        }
                        // The registry only keeps it; equals and hashCode are never asked.
                        return null;
                    });
            Method register = signal.getMethod("handle", signal, handlerType);
            register.invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (InvocationTargetException e) {
            return false; // the JVM uses it itself
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Sends a signal. */
    public static void send(Process process, String name) throws IOException {
        if (name.equals("TERM")) {
            process.destroy();
            return;
        }
        new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + process.pid()).start();
    }
}
