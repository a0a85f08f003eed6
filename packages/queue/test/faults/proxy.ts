/** A network that can be lost: a TCP proxy in front of a server. */
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

/** A proxy. */
export type Proxy = {
  readonly url: string
  /** Nothing passes any more. `silent`: connections stay open; otherwise they break and new ones are refused. */
  lose(silent: boolean): void
  /** Everything passes again, what was held back included. */
  restore(): void
  close(): Promise<void>
}

/** Opens a proxy in front of a port of this machine. */
export function openProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let state: 'open' | 'silent' | 'broken' = 'open'
  const server = createServer((near) => {
    if (state === 'broken') return near.destroy()
    const far = connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    const end = (): void => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('data', (bytes) => void to.write(bytes))
      from.on('error', end).on('close', end)
      if (state === 'silent') from.pause()
    }
    return undefined
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
        lose(silent) {
          state = silent ? 'silent' : 'broken'
          for (const socket of [...pairs].flat()) {
            if (silent) socket.pause()
            else socket.destroy()
          }
        },
        restore() {
          state = 'open'
          for (const socket of [...pairs].flat()) socket.resume()
        },
        close: () =>
          new Promise((closed) => {
            state = 'broken'
            for (const socket of [...pairs].flat()) socket.destroy()
            server.close(() => closed())
          }),
      }),
    )
  })
}
