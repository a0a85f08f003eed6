/**
 * A client of a Jupyter kernel, as far as the tests of a notebook need one: version 5.3 of the protocol over version
 * 3.0 of ZMTP.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type Socket, connect, createServer } from 'node:net'
import { join } from 'node:path'

/** A message of a kernel about a cell: its type, such as `display_data`, and its content. */
export type Message = { readonly type: string; readonly content: Readonly<Record<string, unknown>> }

/** A running kernel. */
export type Kernel = AsyncDisposable & {
  /**
   * Runs a cell that ends in an expression; all that the kernel publishes until it is idle again and has shown the
   * value.
   */
  run(code: string): Promise<readonly Message[]>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Flags of a frame: more follow, the length has eight bytes, it is a command. */
const [MORE, LONG, COMMAND] = [1, 2, 4]

function frame(body: Buffer, flags: number): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(body.length))
  return body.length < 256
    ? Buffer.concat([Buffer.of(flags, body.length), body])
    : Buffer.concat([Buffer.of(flags | LONG), length, body])
}

const greeting = (): Buffer => {
  const bytes = Buffer.alloc(64)
  bytes[0] = 0xff
  bytes.set([0x7f, 3, 0], 9)
  bytes.write('NULL', 12)
  return bytes
}

const ready = (type: string): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  const name = 'Socket-Type'
  return frame(
    Buffer.concat([Buffer.from('\x05READY'), Buffer.of(name.length), Buffer.from(name), length, Buffer.from(type)]),
    COMMAND,
  )
}

/** Opens a socket of a type, and calls back with the frames of each message. */
async function open(port: number, type: string, onMessage: (frames: readonly Buffer[]) => void): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let rest: Buffer = Buffer.alloc(0)
  let greeted = false
  let frames: Buffer[] = []
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    if (!greeted && rest.length >= 64) {
      greeted = true
      rest = rest.subarray(64)
      socket.write(ready(type))
    }
    while (greeted && rest.length >= 2) {
      const flags = rest[0]!
      const start = (flags & LONG) === 0 ? 2 : 9
      if (rest.length < start) return
      const length = start === 2 ? rest[1]! : Number(rest.readBigUInt64BE(1))
      if (rest.length < start + length) return
      const body = rest.subarray(start, start + length)
      rest = rest.subarray(start + length)
      if ((flags & COMMAND) !== 0) {
        socket.emit('ready')
        continue
      }
      frames.push(body)
      if ((flags & MORE) !== 0) continue
      onMessage(frames)
      frames = []
    }
  })
  socket.write(greeting())
  await once(socket, 'ready')
  return socket
}

async function connected(program: ChildProcess, open: () => Promise<Socket>): Promise<Socket> {
  while (program.exitCode === null) {
    try {
      return await open()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('the kernel ended before it listened')
}

/** Starts Deno's kernel in a folder, whose packages the cells import. */
export async function startKernel(deno: string, folder: string): Promise<Kernel> {
  const [shellPort = 0, iopubPort = 0, stdin, control, beat] = await Promise.all(Array.from({ length: 5 }, freePort))
  const key = randomUUID()
  const file = join(folder, 'connection.json')
  const ports = {
    shell_port: shellPort,
    iopub_port: iopubPort,
    stdin_port: stdin,
    control_port: control,
    hb_port: beat,
  }
  const how = { transport: 'tcp', ip: '127.0.0.1', key, signature_scheme: 'hmac-sha256', kernel_name: 'deno' }
  writeFileSync(file, JSON.stringify({ ...how, ...ports }))
  const args = ['jupyter', '--kernel', '--conn', file]
  const program = spawn(deno, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  let hear = (_: Message & { readonly parent: string }): void => undefined
  const published = (frames: readonly Buffer[]): void => {
    const at = frames.findIndex((one) => one.toString() === '<IDS|MSG>')
    const [header, parent, , content] = frames.slice(at + 2).map((one) => JSON.parse(one.toString()) as never)
    const { msg_type: type } = header! as { msg_type: string }
    hear({ type, content: content!, parent: (parent! as { msg_id?: string }).msg_id ?? '' })
  }
  const sockets: Socket[] = []
  const end = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (program.exitCode !== null || !program.kill()) return
    await once(program, 'exit')
  }
  try {
    const iopub = await connected(program, () => open(iopubPort, 'SUB', published))
    // A subscription to everything.
    iopub.write(frame(Buffer.of(1), 0))
    sockets.push(iopub, await connected(program, () => open(shellPort, 'DEALER', () => undefined)))
  } catch (error) {
    await end()
    throw error
  }
  return {
    async run(code) {
      const id = randomUUID()
      const header = { msg_id: id, session: key, username: 'test', date: new Date().toISOString() }
      const parts = [
        { ...header, msg_type: 'execute_request', version: '5.3' },
        {},
        {},
        { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true },
      ].map((part) => JSON.stringify(part))
      const signature = createHmac('sha256', key).update(parts.join('')).digest('hex')
      const frames = ['<IDS|MSG>', signature, ...parts]
      const heard: Message[] = []
      const idle = new Promise<void>((resolve, reject) => {
        hear = ({ parent, ...message }) => {
          if (parent !== id) return
          heard.push(message)
          // The value may follow the end.
          const isIdle = heard.some(({ content }) => content['execution_state'] === 'idle')
          if (isIdle && heard.some(({ type }) => type === 'execute_result' || type === 'error')) resolve()
        }
        program.once('exit', () => reject(new Error('the kernel ended in a cell')))
      })
      sockets[1]!.write(
        Buffer.concat(frames.map((text, i) => frame(Buffer.from(text), i < frames.length - 1 ? MORE : 0))),
      )
      await idle
      return heard
    },
    [Symbol.asyncDispose]: end,
  }
}
