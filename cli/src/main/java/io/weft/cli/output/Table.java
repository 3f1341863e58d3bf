package io.weft.cli.output;

import java.util.ArrayList;
import java.util.List;

/** Lines of columns, as wide as what they hold. */
public final class Table {
    private static final String GAP = "   ";

    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    /** As many cells as there are headings. */
    public Table row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            String text = Text.oneLine(String.valueOf(cell));
            row.add(text.isEmpty() ? "-" : text);
        }
        if (row.size() != rows.getFirst().size()) {
            throw new IllegalArgumentException(
                    row.size() + " cells, expected " + rows.getFirst().size());
        }
        rows.add(row);
        return this;
    }

    public boolean isEmpty() {
        return rows.size() == 1;
    }

    /** The headings first. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width = rows.stream()
                        .mapToInt(each -> each.get(at).length())
                        .max()
                        .orElse(0);
                String cell = row.get(column);
                line.append(cell).append(" ".repeat(width - cell.length())).append(GAP);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
