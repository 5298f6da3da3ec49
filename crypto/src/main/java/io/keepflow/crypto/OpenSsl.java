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

    private OpenSsl() {}

    /** Whether this system has the library. */
    static boolean isPresent() {
        return SYMBOLS != null;
    }

    private static @Nullable SymbolLookup load() {
        try {
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        } catch (IllegalArgumentException e) {
            return null;
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

    static long aes256Gcm() {
        try {
            return (long) Functions.AES_256_GCM.invokeExact();
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** A cipher or a key that is 0 stays as it is. */
    static int init(long context, long cipher, long key, long nonce, boolean encrypts) {
        try {
            return (int) Functions.INIT.invokeExact(context, cipher, 0L, key, nonce, encrypts ? 1 : 0);
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
        static final MethodHandle CTX_NEW = find("EVP_CIPHER_CTX_new", FunctionDescriptor.of(JAVA_LONG));
        static final MethodHandle CTX_FREE = find("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(JAVA_LONG));
        static final MethodHandle AES_256_GCM = find("EVP_aes_256_gcm", FunctionDescriptor.of(JAVA_LONG));
        static final MethodHandle INIT =
                call("EVP_CipherInit_ex", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
        static final MethodHandle UPDATE =
                call("EVP_CipherUpdate", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
        static final MethodHandle FINAL = call("EVP_CipherFinal_ex", JAVA_LONG, JAVA_LONG, JAVA_LONG);
        static final MethodHandle CTRL = call("EVP_CIPHER_CTX_ctrl", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);

        private static MethodHandle call(String function, MemoryLayout... arguments) {
            return find(function, FunctionDescriptor.of(JAVA_INT, arguments));
        }

        /** No call takes longer than a datagram's 64 KB need, so none has to tell the virtual machine that it is away. */
        private static MethodHandle find(String function, FunctionDescriptor type) {
            return Linker.nativeLinker()
                    .downcallHandle(
                            Objects.requireNonNull(SYMBOLS).findOrThrow(function), type, Linker.Option.critical(false));
        }
    }
}
