package io.keepflow.node.netlink;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The kernel refused an operation: which one, the errno, the kernel's own words where it has any, and what to do. */
public class NetlinkException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;
    private final boolean interrupted;

    NetlinkException(String operation, int errno) {
        this(operation, errno, null, false);
    }

    private NetlinkException(String operation, int errno, @Nullable String kernelText, boolean interrupted) {
        super(message(operation, errno, kernelText));
        this.operation = operation;
        this.errno = errno;
        this.interrupted = interrupted;
    }

    /** Something other than the kernel failed while {@code operation} was under way. */
    NetlinkException(String operation, Throwable cause) {
        super(operation + ": " + cause, cause);
        this.operation = operation;
        this.errno = 0;
        this.interrupted = false;
    }

    /** The kernel's answer to a request, with its extended acknowledgement. */
    static NetlinkException answered(String operation, int errno, @Nullable String text, int offset) {
        if (text == null && offset < 0) {
            return new NetlinkException(operation, errno);
        }
        String where = offset < 0 ? "" : " at byte " + offset + " of the request";
        return new NetlinkException(operation, errno, (text == null ? "refused" : text) + where, false);
    }

    /** The kernel answered {@code operation} with this errno. */
    public static NetlinkException of(String operation, int errno) {
        return new NetlinkException(operation, errno);
    }

    /** A dump that the kernel marked {@code NLM_F_DUMP_INTR}: the table changed under it. */
    static NetlinkException interrupted(String operation) {
        return new NetlinkException(operation, Errno.EINTR, "NLM_F_DUMP_INTR: the table changed; start again", true);
    }

    public String operation() {
        return operation;
    }

    /** The error number ({@link Errno#name}), or 0 when it was not the kernel that failed. */
    public int errno() {
        return errno;
    }

    /** Whether this is a dump that the kernel calls inconsistent, so that starting again is all there is to do. */
    public boolean isInterrupted() {
        return interrupted;
    }

    private static String message(String operation, int errno, @Nullable String kernelText) {
        StringBuilder message = new StringBuilder(operation).append(": ").append(Errno.name(errno));
        if (kernelText != null) {
            message.append(" (").append(kernelText).append(')');
        }
        String hint = operation.startsWith(Bpf.CALL) ? Bpf.hint(errno) : hint(errno);
        return hint.isEmpty()
                ? message.toString()
                : message.append("; ").append(hint).toString();
    }

    private static String hint(int errno) {
        return switch (errno) {
            case Errno.EPERM, Errno.EACCES -> "needs CAP_NET_ADMIN in this network namespace: run as root or grant it";
            case Errno.EPROTONOSUPPORT -> "the kernel has no nfnetlink: modprobe nfnetlink";
            case Errno.EINVAL, Errno.EOPNOTSUPP -> "the kernel may lack ctnetlink: modprobe nf_conntrack_netlink";
            case Errno.EMFILE, Errno.ENFILE -> "too many open files: raise LimitNOFILE";
            default -> "";
        };
    }
}
