package io.weft.proxy;

import io.netty.util.internal.PlatformDependent;
import io.weft.proxy.telemetry.AccessLogs;
import io.weft.proxy.transport.Admission;
import io.weft.proxy.transport.Budget;
import io.weft.proxy.transport.BufferPressure;
import io.weft.proxy.transport.Descriptors;
import io.weft.proxy.transport.EventLoops;
import io.weft.proxy.transport.TransportChoice;
import io.weft.proxy.upstream.Loop;
import io.weft.proxy.upstream.Loops;
import java.util.function.ToLongFunction;

/** What this process uses of its machine, as metrics: connections, file descriptors, memory outside the heap. */
final class ProcessText {
    private final TransportChoice transport;
    private final Admission admission;
    private final AccessLogs accessLogs;
    private final BufferPressure pressure;
    private final Loops loops;
    private final EventLoops sockets;

    ProcessText(
            TransportChoice transport,
            Admission admission,
            AccessLogs accessLogs,
            BufferPressure pressure,
            Loops loops,
            EventLoops sockets) {
        this.transport = transport;
        this.admission = admission;
        this.accessLogs = accessLogs;
        this.pressure = pressure;
        this.loops = loops;
        this.sockets = sockets;
    }

    /** Prometheus' text format. */
    String metrics() {
        StringBuilder text = new StringBuilder();
        figure(
                text,
                "weft_transport_info",
                "{transport=\"" + transport.kind().optionName() + "\"}",
                "gauge",
                "How sockets are used: io_uring, epoll or nio.",
                1);
        gauge(text, "weft_downstream_connections_active", "Connections of clients.", admission.active());
        connectionsByLoop(text);
        gauge(
                text,
                "weft_downstream_connections_limit",
                "How many connections of clients there may be.",
                admission.bound());
        counter(
                text,
                "weft_downstream_connections_refused_total",
                "Connections closed at once, since as many were open as may be.",
                admission.refused());
        counter(
                text,
                "weft_accept_pauses_total",
                "How often accepts paused, since no file descriptor was left.",
                admission.pauses());
        gauge(text, "weft_accept_paused", "1 while accepts pause.", admission.isPaused() ? 1 : 0);
        counter(
                text,
                "weft_access_log_dropped_total",
                "Lines of access logs that were not written.",
                accessLogs.dropped());
        gauge(text, "process_open_fds", "Open file descriptors; -1: none is left to count with.", Descriptors.open());
        gauge(text, "process_max_fds", "How many file descriptors may be open.", Descriptors.limit());
        gauge(
                text,
                "weft_buffer_bytes",
                "Memory outside the heap that buffers hold.",
                PlatformDependent.usedDirectMemory());
        gauge(
                text,
                "weft_buffer_bytes_limit",
                "How much memory outside the heap buffers may hold.",
                PlatformDependent.maxDirectMemory());
        gauge(
                text,
                "weft_request_memory_bytes",
                "Heap that is set aside for clients and their requests.",
                ofRequests(Budget::used));
        gauge(
                text,
                "weft_request_memory_bytes_limit",
                "How much of the heap may be set aside for clients and their requests.",
                ofRequests(Budget::bound));
        counter(
                text,
                "weft_requests_refused_total",
                "Requests refused, since clients held all the heap that is theirs.",
                ofRequests(Budget::refused));
        counter(
                text,
                "weft_stalled_connections_cut_total",
                "Connections cut while memory for buffers was short, since their peers took nothing.",
                pressure.cut());
        return text.toString();
    }

    private void connectionsByLoop(StringBuilder text) {
        String name = "weft_loop_downstream_connections";
        head(text, name, "gauge", "Connections that were accepted, by the event loop that serves them.");
        int loop = 0;
        for (int connections : sockets.accepted()) {
            line(text, name, "{loop=\"" + loop++ + "\"}", connections);
        }
    }

    private long ofRequests(ToLongFunction<Budget> figure) {
        return loops.all().stream().map(Loop::requests).mapToLong(figure).sum();
    }

    private static void gauge(StringBuilder text, String name, String help, long value) {
        figure(text, name, "", "gauge", help, value);
    }

    private static void counter(StringBuilder text, String name, String help, long value) {
        figure(text, name, "", "counter", help, value);
    }

    private static void figure(StringBuilder text, String name, String labels, String type, String help, long value) {
        head(text, name, type, help);
        line(text, name, labels, value);
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP ")
                .append(name)
                .append(' ')
                .append(help)
                .append("\n# TYPE ")
                .append(name)
                .append(' ')
                .append(type)
                .append('\n');
    }

    private static void line(StringBuilder text, String name, String labels, long value) {
        text.append(name).append(labels).append(' ').append(value).append('\n');
    }
}
