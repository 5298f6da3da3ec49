package io.keepflow.node.cli;

import io.keepflow.protocol.v1.FlowRow;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;

/**
 * The flows as an aligned table. The first rows are held back to learn the widths of the columns; on a terminal that is too
 * narrow for them each flow takes several lines instead.
 */
final class FlowTableOutput implements FlowOutput {
    private static final int ROWS_TO_LEARN = 500;
    private static final String GAP = "  ";
    private static final String INDENT = "      ";

    private final Writer out;
    private final int columns;
    private final List<FlowCells> held = new ArrayList<>();
    private final int[] widths = FlowCells.HEADER.widths();
    private boolean learned;
    private boolean narrow;

    /** {@code columns} of the terminal; 0 for no limit. */
    FlowTableOutput(Writer out, int columns) {
        this.out = out;
        this.columns = columns;
    }

    @Override
    public void accept(FlowRow flow) throws IOException {
        FlowCells cells = FlowCells.of(flow);
        int[] needed = cells.widths();
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(widths[i], needed[i]);
        }
        if (learned) {
            print(cells);
            return;
        }
        held.add(cells);
        if (held.size() == ROWS_TO_LEARN) {
            release();
        }
    }

    @Override
    public void finish() throws IOException {
        if (!learned) {
            release();
        }
    }

    private void release() throws IOException {
        learned = true;
        if (held.isEmpty()) {
            return;
        }
        int total = GAP.length() * (widths.length - 1);
        for (int width : widths) {
            total += width;
        }
        narrow = columns > 0 && total > columns;
        print(FlowCells.HEADER);
        for (FlowCells cells : held) {
            print(cells);
        }
        held.clear();
    }

    private void print(FlowCells cells) throws IOException {
        if (narrow) {
            printStacked(cells);
        } else {
            printRow(cells.all(), widths);
        }
    }

    private void printRow(List<String> cells, int[] cellWidths) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            line.append(cell).repeat(" ", cellWidths[i] - cell.length()).append(GAP);
        }
        out.write(line.toString().stripTrailing());
        out.write('\n');
    }

    private void printStacked(FlowCells cells) throws IOException {
        int[] summary = {
            widths[FlowCells.PROTOCOL],
            widths[FlowCells.STATE],
            widths[FlowCells.EXPIRES],
            widths[FlowCells.OWNER],
            widths[FlowCells.FLAGS]
        };
        printRow(List.of(cells.protocol(), cells.state(), cells.expires(), cells.owner(), cells.flags()), summary);
        StringBuilder line = new StringBuilder(INDENT).append(cells.source());
        List<String> rest = new ArrayList<>(List.of("> " + cells.destination()));
        if (!cells.nat().equals(FlowCells.NOTHING)) {
            rest.add(cells.equals(FlowCells.HEADER) ? cells.nat() : "nat " + cells.nat());
        }
        for (String piece : rest) {
            if (line.length() + GAP.length() + piece.length() > columns) {
                out.write(line.append('\n').toString());
                line = new StringBuilder(INDENT).append(piece);
            } else {
                line.append(GAP).append(piece);
            }
        }
        out.write(line.append('\n').toString());
    }
}
