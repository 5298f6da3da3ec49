package io.keepflow.crypto;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a cipher needs of OpenSSL 3, {@code libcrypto.so.3}: see EVP_EncryptInit(3). A call that may fail returns 1 when it has not.
 *
 * <p>Pointers travel as plain addresses, so that a call allocates nothing; whoever calls keeps the memory alive.
 */
final class OpenSsl {
    static final String LIBRARY = "libcrypto.so.3";

    private static final @Nullable SymbolLookup SYMBOLS = load();

    private static final long AES_256_GCM = SYMBOLS == null ? 0 : fetch();

    private OpenSsl() {}

    /** Whether this system has the library, and the library this cipher: its configuration can do without. */
    static boolean isUsable() {
        return AES_256_GCM != 0;
    }

    private static @Nullable SymbolLookup load() {
        try {
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static long fetch() {
        try (Arena arena = Arena.ofConfined()) {
            return (long) Functions.FETCH.invokeExact(
                    0L, arena.allocateFrom("AES-256-GCM").address(), 0L);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** A context; 0 when there is no memory. */
    static long newContext() {
        try {
            return (long) Functions.CTX_NEW.invokeExact();
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static void freeContext(long context) {
        try {
            Functions.CTX_FREE.invokeExact(context);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** For AES-256-GCM. A key that is 0 stays as it is. */
    static int init(long context, long key, long nonce, boolean encrypts) {
        try {
            return (int)
                    Functions.INIT.invokeExact(context, key == 0 ? 0 : AES_256_GCM, 0L, key, nonce, encrypts ? 1 : 0);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** What is encrypted or decrypted to 0 is additional data. */
    static int update(long context, long out, long outLength, long in, int length) {
        try {
            return (int) Functions.UPDATE.invokeExact(context, out, outLength, in, length);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int finish(long context, long out, long outLength) {
        try {
            return (int) Functions.FINAL.invokeExact(context, out, outLength);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int control(long context, int what, int length, long address) {
        try {
            return (int) Functions.CTRL.invokeExact(context, what, length, address);
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** A downcall throws only when its handle is called wrongly. */
    private static AssertionError impossible(Throwable t) {
        return new AssertionError("a downcall threw", t);
    }

    /** Looked up when first needed, which is never where the library is missing. */
    private static final class Functions {
        static final MethodHandle FETCH =
                find("EVP_CIPHER_fetch", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
        static final MethodHandle CTX_NEW = find("EVP_CIPHER_CTX_new", FunctionDescriptor.of(JAVA_LONG));
        static final MethodHandle CTX_FREE = find("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(JAVA_LONG));
        static final MethodHandle INIT =
                quick("EVP_CipherInit_ex", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
        static final MethodHandle UPDATE =
                quick("EVP_CipherUpdate", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
        static final MethodHandle FINAL = quick("EVP_CipherFinal_ex", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        static final MethodHandle CTRL = quick("EVP_CIPHER_CTX_ctrl", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);

        private static MethodHandle find(String function, FunctionDescriptor type, Linker.Option... options) {
            return Linker.nativeLinker()
                    .downcallHandle(Objects.requireNonNull(SYMBOLS).findOrThrow(function), type, options);
        }

        /** Takes no longer than a datagram's 64 KB need, so it does not tell the virtual machine that the thread is away. */
        private static MethodHandle quick(String function, MemoryLayout... arguments) {
            return find(function, FunctionDescriptor.of(JAVA_INT, arguments), Linker.Option.critical(false));
        }
    }
}
