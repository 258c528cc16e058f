import asyncio, json, os, socket, ssl
from tests.wire.frames import *
from tests.wire.test_tls import classroom, authority

def fds(s): return len(os.listdir(f"/proc/{s.pid}/fd"))

def hold(server, authority, data, n=1):
    s = socket.create_connection(("127.0.0.1", server.overrides["port"]))
    if data is None: return s
    t = authority.context.wrap_socket(s, server_hostname="127.0.0.1")
    if data: t.sendall(data)
    return t

async def test_tls_hold(classroom, authority, websocket_driver):
    server = classroom.server
    ok = upgrade_request(f"/socket.io/?EIO=4&transport=websocket&project={classroom.project}")
    kinds = {"refused": upgrade_request("/socket.io/?EIO=4&transport=websocket&project=***"), "badkey": ok.replace(b"Sec-WebSocket-Key", b"X"),
     "close": ok + client_frame(CLOSE, b""), "broken": ok + client_frame(TEXT, b"zz", rsv=4), "malformed": ok+client_frame(TEXT,b"4zzz"),
     "quiet": b"", "nohs": None, "part": b"G", "open": ok}
    base = fds(server); held = {}
    for k, d in kinds.items():
        before = fds(server)
        held[k] = await asyncio.to_thread(hold, server, authority, d)
    for t in (1, 5, 6, 6, 14):
        await asyncio.sleep(t)
        print(websocket_driver, t, "fds over base", fds(server) - base)
    for k, s in held.items():
        s.settimeout(0.2)
        try:
            while (d := s.recv(4096)): pass
            print(k, "ended")
        except TimeoutError: print(k, "OPEN")
        except Exception as e: print(k, repr(e))
    [s.close() for s in held.values()]; await asyncio.sleep(1); print([l for l in server.log().splitlines() if "retriev" in l or "rror" in l][:5])
