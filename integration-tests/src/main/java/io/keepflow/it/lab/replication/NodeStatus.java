package io.keepflow.it.lab.replication;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/**
 * The answer of {@code keepflow status -o json}, flattened: {@code peers.0.lagFlows}. Names are compared without underscores
 * and case.
 */
public final class NodeStatus {
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, String> values;

    private NodeStatus(Map<String, String> values) {
        this.values = values;
    }

    /** An answer that is no JSON object is an absent status: the node is not up yet, or down. */
    static NodeStatus parse(String json) {
        Map<String, String> values = new TreeMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue()) {
                    values.put(
                            canonical(parser.streamReadContext().pathAsPointer().toString()), parser.getString());
                }
            }
        } catch (StreamReadException e) {
            values.clear();
        }
        return new NodeStatus(values);
    }

    public boolean isPresent() {
        return !values.isEmpty();
    }

    /** The value at a path as {@code role} or {@code peers.0.lagSeconds}; null when there is none. */
    public @Nullable String get(String path) {
        return values.get(canonical("/" + path.replace('.', '/')));
    }

    /** Number of peers that the node lists. */
    public int peers() {
        int peers = 0;
        while (get("peers." + peers + ".name") != null) {
            peers++;
        }
        return peers;
    }

    /** Whether the peer of that name is connected and lags by nothing. */
    public boolean isInStep(String peer) {
        for (int i = 0; i < peers(); i++) {
            if (peer.equals(get("peers." + i + ".name"))) {
                return "true".equals(get("peers." + i + ".connected")) && "0".equals(get("peers." + i + ".lagFlows"));
            }
        }
        return false;
    }

    /** The peers' lags in a few words. */
    String lag() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < peers(); i++) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(get("peers." + i + ".name"))
                    .append(" lags ")
                    .append(get("peers." + i + ".lagFlows"))
                    .append(" flows, ")
                    .append(get("peers." + i + ".lagSeconds"))
                    .append(" s");
        }
        return text.isEmpty() ? "no peer" : text.toString();
    }

    @Override
    public String toString() {
        return values.toString();
    }

    private static String canonical(String pointer) {
        return pointer.replace("_", "").toLowerCase(Locale.ROOT);
    }
}
