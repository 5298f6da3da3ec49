"""Client of the bed: holds TCP and UDP conversations with the echo server and reports how they fare.

usage: conversations.py REPORT PORT TCP UDP ADDRESS...

To each address: TCP connections and UDP conversations, each sending a growing number every 100 ms. REPORT is rewritten five
times a second as key=value lines. SIGUSR1 draws the line: from then on only an answer to a number sent after it counts as
alive.
"""
import os
import selectors
import signal
import socket
import sys
import time

PAUSE_SECONDS = 0.1
REPORT_SECONDS = 0.2
CONNECT_SECONDS = 5
LARGEST_READ = 65536


class Conversation:
    def __init__(self, kind, address, port):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.kind = kind
        self.version = 6 if family == socket.AF_INET6 else 4
        self.socket = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        self.socket.settimeout(CONNECT_SECONDS)
        self.socket.connect((address, port))
        self.socket.setblocking(False)
        self.sent = self.answered = self.line = 0
        self.rest = b""
        self.mappings = set()
        self.broken = ""
        self.heard = None
        self.silence = 0.0

    def send(self):
        self.sent += 1
        try:
            self.socket.send(b"%d\n" % self.sent)
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(error)

    def receive(self):
        try:
            data = self.socket.recv(LARGEST_READ)
        except BlockingIOError:
            return
        except OSError as error:
            self.fail(error)
            return
        if not data and self.kind == "tcp":
            self.broken = "closed by the other side"
            return
        self.silence = self.longest_silence()
        self.heard = time.monotonic()
        if self.kind == "tcp":
            *lines, self.rest = (self.rest + data).split(b"\n")
            if lines:
                self.answered = int(lines[-1])
        else:
            number, address, port = data.split()
            self.answered = max(self.answered, int(number))
            self.mappings.add((address, port))

    def fail(self, error):
        # A datagram socket reports one unreachable answer and goes on; a broken connection stays broken.
        if self.kind == "tcp":
            self.broken = str(error)

    def draw_line(self):
        self.line = self.sent

    def longest_silence(self):
        return max(self.silence, time.monotonic() - self.heard) if self.heard and not self.broken else self.silence

    def alive(self):
        return not self.broken and self.answered > self.line


def report(path, conversations):
    lines = []
    for kind in ("tcp", "udp"):
        for version in (4, 6):
            of_kind = [c for c in conversations if c.kind == kind and c.version == version]
            alive = [c for c in of_kind if c.alive()]
            reset = [c for c in of_kind if c.broken]
            name = "%s%d." % (kind, version)
            lines.append(name + "opened=%d" % len(of_kind))
            lines.append(name + "alive=%d" % len(alive))
            lines.append(name + "reset=%d" % len(reset))
            lines.append(name + "stuck=%d" % (len(of_kind) - len(alive) - len(reset)))
            lines.append(name + "sameMapping=%d" % sum(len(c.mappings) == 1 for c in alive))
    lines.append("line=%d" % lines_drawn)
    lines.append("longestSilenceMs=%d" % max(1000 * c.longest_silence() for c in conversations))
    lines.append("broken=%s" % "; ".join(sorted({c.broken for c in conversations if c.broken})))
    with open(path + ".part", "w") as out:
        out.write("\n".join(lines) + "\n")
    os.rename(path + ".part", path)


def draw_line(*_):
    global lines_drawn
    lines_drawn += 1
    for conversation in conversations:
        conversation.draw_line()


path, port, tcp, udp = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
lines_drawn = 0
conversations = []
for address in sys.argv[5:]:
    conversations += [Conversation("tcp", address, port) for _ in range(tcp)]
    conversations += [Conversation("udp", address, port) for _ in range(udp)]
signal.signal(signal.SIGUSR1, draw_line)
selector = selectors.DefaultSelector()
for conversation in conversations:
    selector.register(conversation.socket, selectors.EVENT_READ, conversation)

next_send = next_report = time.monotonic()
while True:
    now = time.monotonic()
    if now >= next_send:
        next_send = now + PAUSE_SECONDS
        for conversation in conversations:
            if not conversation.broken:
                conversation.send()
    if now >= next_report:
        next_report = now + REPORT_SECONDS
        report(path, conversations)
    for key, _ in selector.select(max(0.0, min(next_send, next_report) - time.monotonic())):
        key.data.receive()
        if key.data.broken:
            selector.unregister(key.fileobj)
