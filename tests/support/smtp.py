# SPDX-License-Identifier: GPL-3.0-or-later
"""An SMTP receiver (aiosmtpd) that writes each message it gets to a folder.
Usage: smtp.py FOLDER [--tls CERTIFICATE KEY] [--refuse CODE] [--greylist N]
    [--close N] [--slow SECONDS] [--hold N] [--port PORT]
Prints "ready PORT". --greylist: the first N messages are refused with 451.
--close: the connection ends in the middle of the first N. --slow: each answer to
a message takes so long. --hold: message N is kept, and never answered."""
import argparse
import asyncio
import os
import ssl
import sys

from aiosmtpd.controller import Controller


class Handler:
    def __init__(self, options):
        self.options = options
        self.seen = 0

    async def handle_DATA(self, server, session, envelope):
        self.seen += 1
        if self.options.refuse:
            return f"{self.options.refuse} not this one"
        if self.seen <= self.options.greylist:
            return "451 come back later"
        if self.seen <= self.options.close:
            server.transport.abort()
            return "421 gone"
        if self.options.slow:
            await asyncio.sleep(self.options.slow)
        name = os.path.join(self.options.folder, f"{self.options.first + self.seen:04}")
        with open(name + ".part", "wb") as f:
            f.write(f"X-Secure: {'yes' if session.ssl else 'no'}\r\n".encode())
            f.write(f"X-From: {envelope.mail_from}\r\nX-To: {','.join(envelope.rcpt_tos)}\r\n".encode())
            f.write(envelope.content)
        os.rename(name + ".part", name + ".eml")
        if self.seen == self.options.hold:
            await asyncio.sleep(3600)
        return "250 taken"


class Receiver(Controller):
    pass


parser = argparse.ArgumentParser()
parser.add_argument("folder")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--refuse", type=int, default=0)
parser.add_argument("--greylist", type=int, default=0)
parser.add_argument("--close", type=int, default=0)
parser.add_argument("--slow", type=float, default=0)
parser.add_argument("--hold", type=int, default=0)
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--first", type=int, default=0, help="number of the message before the first")
options = parser.parse_args()
context = None
if options.tls:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*options.tls)
# Port 0 is not taken by Controller: bind one and hand its number over.
import socket

with socket.socket() as s:
    s.bind(("127.0.0.1", options.port))
    port = s.getsockname()[1]
receiver = Receiver(Handler(options), hostname="127.0.0.1", port=port, tls_context=context,
                    require_starttls=bool(options.tls), ready_timeout=20)
receiver.start()
print("ready", port, flush=True)
sys.stdin.read()
receiver.stop()
