package io.weft.cli.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** {@code 2026-11-21T14:36:00.597Z WARN  io.weft.proxy.ads.Assembler what happened}, and below it the trace of what was thrown. */
public final class LogLine extends Formatter {
    private static final int LOGGER_CHARACTERS = 24;

    /** As the JDK calls it. */
    public LogLine() {}

    @Override
    public String format(LogRecord entry) {
        StringBuilder line = new StringBuilder(200);
        time(line, entry.getInstant().atZone(ZoneId.systemDefault()));
        line.append(' ').append(level(entry.getLevel())).append(' ');
        logger(line, entry.getLoggerName() == null ? "" : entry.getLoggerName());
        line.append(' ').append(formatMessage(entry)).append(System.lineSeparator());
        if (entry.getThrown() != null) {
            StringWriter trace = new StringWriter();
            entry.getThrown().printStackTrace(new PrintWriter(trace));
            line.append(trace);
        }
        return line.toString();
    }

    /** By hand, since the JDK's formatters of times are some hundred classes. */
    private static void time(StringBuilder line, ZonedDateTime time) {
        line.append(time.toLocalDate()).append('T');
        digits(line, time.getHour(), 2).append(':');
        digits(line, time.getMinute(), 2).append(':');
        digits(line, time.getSecond(), 2).append('.');
        digits(line, time.getNano() / 1_000_000, 3).append(time.getOffset());
    }

    private static StringBuilder digits(StringBuilder line, int number, int digits) {
        String text = Integer.toString(number);
        for (int missing = digits - text.length(); missing > 0; missing--) {
            line.append('0');
        }
        return line.append(text);
    }

    /** Five characters. */
    private static String level(Level level) {
        int value = level.intValue();
        if (value >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (value >= Level.WARNING.intValue()) {
            return "WARN ";
        }
        if (value >= Level.CONFIG.intValue()) {
            return "INFO ";
        }
        return value >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
    }

    /** Packages by their first letters, from the left, as far as it takes to be short. */
    private static void logger(StringBuilder line, String name) {
        int rest = name.length();
        int from = 0;
        for (int dot = name.indexOf('.'); dot >= 0 && rest > LOGGER_CHARACTERS; dot = name.indexOf('.', from)) {
            line.append(name, from, from + 1).append('.');
            rest -= dot - from - 1;
            from = dot + 1;
        }
        line.append(name, from, name.length());
    }
}
