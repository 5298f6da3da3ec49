package io.keepflow.node.cluster;

import java.util.function.Consumer;
import org.jgroups.Event;
import org.jgroups.View;
import org.jgroups.stack.Protocol;

/**
 * The place in the stack, between membership and reliable multicast, that sees a view on its way down: before the layer
 * below accepts the first message of a new member. (A channel's own callback comes after, when such a message may be up.)
 */
final class JGroupsLinkViews extends Protocol {
    private final Consumer<View> views;

    JGroupsLinkViews(Consumer<View> views) {
        this.views = views;
    }

    @Override
    public Object down(Event event) {
        if (event.getType() == Event.VIEW_CHANGE) {
            views.accept(event.getArg());
        }
        return down_prot.down(event);
    }
}
