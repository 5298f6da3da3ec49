package io.keepflow.node.filter;

/** A packet mark under a mask: {@code (mark & mask) == value}. */
public record Mark(int value, int mask) {
    public boolean matches(int mark) {
        return (mark & mask) == value;
    }
}
