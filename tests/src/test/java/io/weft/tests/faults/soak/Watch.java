package io.weft.tests.faults.soak;

import io.weft.tests.faults.OsProcess;
import io.weft.tests.faults.soak.Trend.Sample;
import io.weft.tests.rest.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What one process holds, over the time of a run. */
final class Watch {
    /** The last line of a class histogram, which is taken after a full collection. */
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total +[0-9]+ +([0-9]+)");

    private final String name;
    private final OsProcess process;
    private final Callable<Metrics> metrics;
    private final Path histograms;
    private final Map<Figure, List<Sample>> samples = new EnumMap<>(Figure.class);
    private int taken;

    /** @param histograms where what is on the heap is kept, once for each third of a run and at its end */
    Watch(String name, OsProcess process, Callable<Metrics> metrics, Path histograms) {
        this.name = name;
        this.process = process;
        this.metrics = metrics;
        this.histograms = histograms;
        for (Figure figure : Figure.values()) {
            samples.put(figure, Collections.synchronizedList(new ArrayList<>()));
        }
    }

    /** What costs next to nothing. */
    void lookAtFiles(double at) {
        add(Figure.THREADS, at, process.threads());
        add(Figure.DESCRIPTORS, at, process.fileDescriptors());
    }

    /** What makes the process collect its garbage. */
    void lookAtMemory(double at) throws Exception {
        String histogram = jcmd("GC.class_histogram");
        Matcher total = TOTAL.matcher(histogram);
        if (!total.find()) {
            throw new IOException(name + ": no histogram: " + histogram);
        }
        add(Figure.HEAP, at, Long.parseLong(total.group(1)));
        add(Figure.DIRECT, at, metrics.call().sum("weft_buffer_bytes"));
        Files.createDirectories(histograms);
        Files.writeString(histograms.resolve(String.format(Locale.ROOT, "%s-%03d.txt", name, taken++)), histogram);
    }

    private String jcmd(String command) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        "-J-XX:+UseSerialGC",
                        "-J-XX:TieredStopAtLevel=1",
                        Long.toString(process.pid()),
                        command)
                .redirectErrorStream(true)
                .start();
        try (var out = jcmd.inputReader()) {
            String text = out.readAllAsString();
            jcmd.waitFor(30, TimeUnit.SECONDS);
            return text;
        } finally {
            jcmd.destroyForcibly();
        }
    }

    private void add(Figure figure, double at, Number value) {
        samples(figure).add(new Sample(at, value.doubleValue() / figure.unit));
    }

    private List<Sample> samples(Figure figure) {
        return samples.getOrDefault(figure, List.of());
    }

    String name() {
        return name;
    }

    OsProcess process() {
        return process;
    }

    /** What has grown since a time by more than it may. */
    List<String> grown(double since) {
        List<String> grown = new ArrayList<>();
        for (Figure figure : Figure.values()) {
            Trend trend = Trend.of(after(figure, since));
            if (trend.growth() > figure.most) {
                grown.add(String.format(
                        Locale.ROOT,
                        "%s: %s grow by %.1f %s from %.0f s on, %.3f a minute; at most %.0f may be",
                        name,
                        figure.words,
                        trend.growth(),
                        figure.unitName,
                        since,
                        trend.slope() * 60,
                        figure.most));
            }
        }
        return grown;
    }

    private List<Sample> after(Figure figure, double since) {
        List<Sample> all = samples(figure);
        synchronized (all) {
            return all.stream().filter(sample -> sample.at() >= since).toList();
        }
    }

    /** A line of the report: each figure when a third of the run was over, two thirds, all of it; and by how much it grew since the first of these. */
    String line(Duration length) {
        double end = length.toMillis() / 1000.0;
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-14s", name));
        for (Figure figure : Figure.values()) {
            line.append(String.format(
                    Locale.ROOT,
                    "%7.1f%7.1f%7.1f %+6.1f ",
                    near(figure, end / 3),
                    near(figure, end * 2 / 3),
                    near(figure, end),
                    Trend.of(after(figure, end / 3)).growth()));
        }
        return line.toString().stripTrailing();
    }

    static String heading() {
        StringBuilder heading = new StringBuilder(String.format(Locale.ROOT, "  %-14s", "process"));
        for (Figure figure : Figure.values()) {
            heading.append(String.format(
                    Locale.ROOT,
                    "%-29s",
                    "    " + figure.words + (figure.unitName.isEmpty() ? "" : ", " + figure.unitName)
                            + ": 1/3 2/3 end grew"));
        }
        return heading.toString().stripTrailing();
    }

    private double near(Figure figure, double at) {
        double value = Double.NaN;
        for (Sample sample : after(figure, 0)) {
            if (sample.at() <= at + 1) {
                value = sample.value();
            }
        }
        return value;
    }
}
