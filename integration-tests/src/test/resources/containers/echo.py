"""Server of the bed: echoes TCP lines as they are, and UDP datagrams with the sender's address as this side sees it.

usage: echo.py PORT
"""
import selectors
import socket
import sys

PORT = int(sys.argv[1])
LARGEST_READ = 65536


def listener(family, kind):
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", PORT))
    return sock


def accept(listening):
    connection, _ = listening.accept()
    selector.register(connection, selectors.EVENT_READ, echo_stream)


def echo_stream(connection):
    try:
        data = connection.recv(LARGEST_READ)
        if data:
            connection.sendall(data)
            return
    except OSError as error:
        print("connection ended:", error, flush=True)
    selector.unregister(connection)
    connection.close()


def echo_datagram(sock):
    data, peer = sock.recvfrom(LARGEST_READ)
    sock.sendto(b"%s %s %d" % (data, peer[0].encode(), peer[1]), peer)


selector = selectors.DefaultSelector()
for family in (socket.AF_INET, socket.AF_INET6):
    stream = listener(family, socket.SOCK_STREAM)
    stream.listen(512)
    selector.register(stream, selectors.EVENT_READ, accept)
    selector.register(listener(family, socket.SOCK_DGRAM), selectors.EVENT_READ, echo_datagram)
print("listening", flush=True)
while True:
    for key, _ in selector.select():
        key.data(key.fileobj)
