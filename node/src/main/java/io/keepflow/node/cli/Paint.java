package io.keepflow.node.cli;

/** Colours words where the terminal has colours; elsewhere leaves them alone. */
record Paint(boolean enabled) {
    enum Colour {
        NONE(""),
        RED(";31"),
        GREEN(";32"),
        YELLOW(";33");

        /** Parameters of the escape sequence SGR, ECMA-48. */
        private final String parameters;

        Colour(String parameters) {
            this.parameters = parameters;
        }
    }

    /** The text in bold and in this colour. */
    String strong(Colour colour, String text) {
        return enabled ? "\u001b[1" + colour.parameters + "m" + text + "\u001b[0m" : text;
    }
}
