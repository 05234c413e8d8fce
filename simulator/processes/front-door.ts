import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** One address in front of several servers, as a load balancer is: each connection goes to the next one that answers. */
export interface FrontDoor {
  readonly url: string;
  close(): Promise<void>;
}

async function reach(ports: readonly number[]): Promise<Socket | null> {
  for (const port of ports) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => socket.destroy()); // whoever is at the other end sees the connection end
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      continue; // nobody listens there now
    }
  }
  return null;
}

export async function openFrontDoor(ports: readonly number[]): Promise<FrontDoor> {
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((visitor) => {
    open.add(visitor);
    visitor.on("error", () => visitor.destroy());
    visitor.on("close", () => open.delete(visitor));
    turn += 1;
    const order = ports.map((_, index) => ports[(turn + index) % ports.length]!);
    void reach(order).then((socket) => {
      if (socket === null || visitor.destroyed) {
        socket?.destroy();
        return visitor.destroy();
      }
      visitor.pipe(socket).pipe(visitor);
      visitor.on("close", () => socket.destroy());
      socket.on("close", () => visitor.destroy());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
