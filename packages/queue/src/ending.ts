import type { Redis, RedisOptions } from 'ioredis'

/**
 * Makes a client, and each of its duplicates, end when it is disconnected, also while it waits to reconnect. ioredis 6.0.0 then
 * clears the timer of the next attempt and stays in the state `reconnecting`: commands in its queue are never rejected, and a
 * worker of BullMQ that closes waits for them without end.
 */
export function ending(client: Redis): Redis {
  const disconnect = client.disconnect.bind(client)
  const duplicate: (override?: Partial<RedisOptions>) => Redis = client.duplicate.bind(client)
  return Object.assign(client, {
    disconnect(reconnect = false): void {
      const waits = client.status === 'reconnecting'
      disconnect(reconnect)
      if (!waits || reconnect) return
      // The next attempt begins now and is called off before it opens a socket: it rejects all commands, and the client ends.
      client.connect().catch(() => undefined)
      disconnect()
    },
    duplicate: (override?: Partial<RedisOptions>): Redis => ending(duplicate(override)),
  })
}
