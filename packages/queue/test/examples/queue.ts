import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openQueue, startWorker } from '@spikeward/queue'

const port = process.env['PORT'] ?? '6390'
const server = spawn('valkey-server', ['--port', port, '--save', ''])
await once(server, 'spawn')
for await (const line of server.stdout) if (String(line).includes('Ready')) break

const address = { url: `redis://localhost:${port}` }
const worker = await startWorker(address, { execute: async ({ input }) => Number(input) ** 2 })
const queue = await openQueue(address)
const square = (x: number) => ({ id: `${x} squared`, work: { task: 'square', input: x }, run: async () => x ** 2 })
console.log(await queue.run([square(3), square(4)])) // [9, 16]

await queue.close()
await worker.stop()
server.kill()
