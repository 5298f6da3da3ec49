package io.keepflow.node.config;

import java.util.Collection;

/** Finds the word that was probably meant. */
final class Spelling {
    private static final int MAX_WORD = 64;

    private Spelling() {}

    /** {@code , did you mean "x"?}, or the list of what there is when nothing is near. */
    static String hint(String word, Collection<String> known) {
        String nearest = "";
        int best = Integer.MAX_VALUE;
        for (String candidate : known) {
            int distance = distance(word, candidate);
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        if (word.length() <= MAX_WORD && best <= Math.max(2, nearest.length() / 3)) {
            return ", did you mean \"" + nearest + "\"?";
        }
        return ", expected one of " + String.join(", ", known);
    }

    /** Letters to insert, remove, change or swap with the next (optimal string alignment), ignoring case. */
    private static int distance(String a, String b) {
        if (a.length() > MAX_WORD) {
            return Integer.MAX_VALUE;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                d[i][j] = i == 0 || j == 0 ? i + j : step(d, a, b, i, j);
            }
        }
        return d[a.length()][b.length()];
    }

    private static int step(int[][] d, String a, String b, int i, int j) {
        int cost = same(a, i - 1, b, j - 1) ? 0 : 1;
        int best = Math.min(d[i - 1][j - 1] + cost, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1 && j > 1 && same(a, i - 1, b, j - 2) && same(a, i - 2, b, j - 1)) {
            best = Math.min(best, d[i - 2][j - 2] + 1);
        }
        return best;
    }

    private static boolean same(String a, int i, String b, int j) {
        return Character.toLowerCase(a.charAt(i)) == Character.toLowerCase(b.charAt(j));
    }
}
