import { beforeEach, expect, test } from 'vitest'
import type { DeviceBuffer } from '@spikeward/core/backend'
import { native, type NativeBackend, type NativeExecutable } from '../src/index.js'
import { networkPlan, numbers } from './cases.js'
import { instructionSets, reason } from './setup.js'

beforeEach((context) => context.skip(instructionSets.length === 0, reason))

interface Setting {
  readonly backend: NativeBackend
  readonly executable: NativeExecutable
  readonly ins: readonly DeviceBuffer[]
  readonly outs: readonly DeviceBuffer[]
  readonly size: number
}

async function withNetwork(rows: number, body: (setting: Setting) => Promise<void>): Promise<void> {
  const plan = networkPlan(rows, 37, 96, 8, 3)
  await using backend = await native({ threads: 2 })
  const buffersOf = (kind: 'input' | 'output'): DeviceBuffer[] =>
    plan.slots.filter((s) => s.kind === kind).map((s) => backend.allocate(4 * s.size))
  const [ins, outs] = [buffersOf('input'), buffersOf('output')]
  for (const [i, buffer] of ins.entries()) backend.write(buffer, numbers(buffer.bytes / 4, i + 1))
  await body({ backend, executable: backend.compile(plan), ins, outs, size: outs[0]!.bytes / 4 })
}

test('gives the result of run while the event loop continues', () =>
  withNetwork(600, async ({ backend, executable, ins, outs, size }) => {
    executable.run(ins, outs)
    const expected = await backend.read(outs[0]!, 'f32', size)
    backend.write(outs[0]!, new Float32Array(size))
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    for (let i = 0; i < 20; i++) await executable.runAsync(ins, outs)
    clearInterval(timer)
    expect(await backend.read(outs[0]!, 'f32', size)).toEqual(expected)
    expect(turns).toBeGreaterThan(0)
    expect(backend.stats().runs).toBe(21)
  }))

test('later calls see its results', () =>
  withNetwork(300, async ({ backend, executable, ins, outs, size }) => {
    executable.run(ins, outs)
    const expected = await backend.read(outs[0]!, 'f32', size)
    backend.write(outs[0]!, new Float32Array(size))
    const running = executable.runAsync(ins, outs)
    expect(backend.readSync?.(outs[0]!, 'f32', size)).toEqual(expected)
    const more = [executable.runAsync(ins, outs), executable.runAsync(ins, outs)]
    backend.write(ins[0]!, new Float32Array(ins[0]!.bytes / 4))
    executable.dispose()
    await Promise.all([running, ...more])
    expect(await backend.read(outs[0]!, 'f32', size)).toEqual(expected)
  }))

test('a signal stops it', () =>
  withNetwork(600, async ({ executable, ins, outs }) => {
    await expect(executable.runAsync(ins, outs, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    const controller = new AbortController()
    const running = executable.runAsync(ins, outs, { signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' })
    await executable.runAsync(ins, outs, { signal: new AbortController().signal })
  }))

test('disposing of the backend waits for it', async () => {
  const running: Promise<void>[] = []
  await withNetwork(600, async ({ executable, ins, outs }) => {
    running.push(executable.runAsync(ins, outs))
  })
  await Promise.all(running)
})

test('refuses what run refuses', () =>
  withNetwork(5, async ({ executable, ins, outs }) => {
    expect(() => executable.runAsync([], outs)).toThrow(/INVALID_ARGUMENTS/)
    executable.dispose()
    expect(() => executable.runAsync(ins, outs)).toThrow(/EXECUTABLE_DISPOSED/)
  }))
