import { type Backend, type DeviceBuffer, type DType, SpikewardError } from '@spikeward/core/backend'
import { ensure, type Check } from '../check.js'
import { compareArrays } from './compareArrays.js'
import { moderateData } from './testData.js'
import { access, kernel, kernelPlan, operand, planOf, store } from './plans.js'
import { lacks, type BackendUnderTest } from './backendUnderTest.js'
import { EXACT } from './tolerances.js'

const GROUP = 'memory'

/** out ← −in, three elements of f32. */
const negate = kernelPlan(
  kernel({
    space: [3],
    loads: [access('f32', [1])],
    nodes: [
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'neg', dtype: 'f32', args: [0] },
    ],
    stores: [store('f32', [1], 1)],
  }),
)

/** out ← −(−in) through a temporary. */
const twice = planOf(
  [...negate.slots, { kind: 'temporary', byteOffset: 0, dtype: 'f32', size: 3 }],
  [
    { ...negate.steps[0]!, stores: [operand(2)] } as (typeof negate.steps)[number],
    { ...negate.steps[0]!, loads: [operand(2)] } as (typeof negate.steps)[number],
  ],
  { workspace: 64 },
)

/** Runs `body` on a new backend. */
const alone = async (tested: BackendUnderTest, body: (backend: Backend) => Promise<void>): Promise<void> => {
  const backend = await tested.make()
  try {
    await body(backend)
  } finally {
    await backend[Symbol.asyncDispose]()
  }
}

async function refuses(code: string, what: string, f: () => unknown): Promise<void> {
  let caught: unknown = null
  try {
    await f()
  } catch (error) {
    caught = error
  }
  ensure(caught !== null, `${what} was accepted; expected the error ${code}`)
  ensure(
    caught instanceof SpikewardError,
    () =>
      `${what} threw ${caught instanceof Error ? caught.message : typeof caught}; expected a SpikewardError with code ${code}`,
  )
  ensure(caught.code === code, () => `${what} threw ${caught.code}; expected ${code}`)
}

const check = (name: string, run: Check<BackendUnderTest>['run']): Check<BackendUnderTest> => ({
  group: GROUP,
  name,
  run,
})

const DTYPES: readonly DType[] = ['f32', 'f64', 'i32', 'u32', 'bool']

/** Buffers, errors, counters, disposal, two backends at once. */
export function memoryChecks(): Check<BackendUnderTest>[] {
  return [
    check(
      'runAsync, where supported: returns the results of run in the order of the calls; an abort rejects',
      async ({ backend }) => {
        const executable = backend.compile(twice)
        if (executable.runAsync === undefined) return
        const [a, b, c] = [0, 1, 2].map(() => backend.allocate(12)) as [DeviceBuffer, DeviceBuffer, DeviceBuffer]
        backend.write(a, Float32Array.of(1, -2, 3))
        const first = executable.runAsync([a], [b])
        const second = executable.runAsync([b], [c])
        compareArrays(
          'the result of both runs',
          await backend.read(c, 'f32', 3),
          Float32Array.of(1, -2, 3),
          'f32',
          EXACT,
        )
        await Promise.all([first, second])
        await refuses('ABORTED', 'an aborted run', () =>
          executable.runAsync!([a], [b], { signal: AbortSignal.abort() }),
        )
        await executable.runAsync([a], [b], { signal: new AbortController().signal })
        for (const buffer of [a, b, c]) backend.free(buffer)
        executable.dispose()
      },
    ),
    check(
      'compiles one plan twice: each executable has its own workspace, and runs after the other is disposed',
      async ({ backend }) => {
        const [first, second] = [backend.compile(twice), backend.compile(twice)]
        const [a, b] = [0, 1].map(() => backend.allocate(12)) as [DeviceBuffer, DeviceBuffer]
        backend.write(a, Float32Array.of(1, -2, 3))
        first.run([a], [b])
        first.dispose()
        second.run([b], [a])
        compareArrays('read', await backend.read(a, 'f32', 3), Float32Array.of(1, -2, 3), 'f32', EXACT)
        second.dispose()
        for (const buffer of [a, b]) backend.free(buffer)
      },
    ),
    check(
      'profile, where supported: times every step of the runs, changes no result, and ends',
      async ({ backend }) => {
        const executable = backend.compile(twice)
        if (executable.profile === undefined) return
        const [a, b] = [0, 1].map(() => backend.allocate(12)) as [DeviceBuffer, DeviceBuffer]
        backend.write(a, Float32Array.of(1, -2, 3))
        const profile = executable.profile()
        executable.run([a], [b])
        executable.run([a], [b])
        const steps = profile.stop()
        compareArrays('read', await backend.read(b, 'f32', 3), Float32Array.of(1, -2, 3), 'f32', EXACT)
        ensure(steps.length > 0, 'the profile lists no step')
        for (const { name, depth, seconds } of steps) {
          ensure(name !== '' && depth >= 0, () => `the profile has a step with the name "${name}" at depth ${depth}`)
          ensure(seconds === null || seconds >= 0, () => `${name} takes ${seconds} seconds`)
        }
        ensure(
          steps.some(({ seconds }) => seconds !== null),
          'the profile times no step',
        )
        executable.run([b], [a])
        compareArrays('read after it', await backend.read(a, 'f32', 3), Float32Array.of(1, -2, 3), 'f32', EXACT)
        for (const buffer of [a, b]) backend.free(buffer)
        executable.dispose()
      },
    ),
    ...DTYPES.map(
      (dtype): Check<BackendUnderTest> => ({
        group: GROUP,
        name: `${dtype}: reads back what was written, whole and in part`,
        skip: (s) => lacks(s, dtype),
        async run({ backend }) {
          for (const size of [0, 1, 5, 1000]) {
            const x = moderateData(dtype, size, 81)
            const buffer = backend.allocate(x.byteLength)
            backend.write(buffer, x)
            compareArrays('read', await backend.read(buffer, dtype, size), x, dtype, EXACT)
            compareArrays(
              'read in part',
              await backend.read(buffer, dtype, size >> 1),
              x.slice(0, size >> 1),
              dtype,
              EXACT,
            )
            backend.write(buffer, x.subarray(size >> 1))
            backend.free(buffer)
          }
        },
      }),
    ),
    check('writes from a view into a larger array, and reads a copy', async ({ backend }) => {
      const x = moderateData('f32', 20, 82)
      const buffer = backend.allocate(40)
      backend.write(buffer, x.subarray(5, 15))
      const first = await backend.read(buffer, 'f32', 10)
      backend.write(buffer, x.subarray(0, 3))
      const second = await backend.read(buffer, 'f32', 10)
      compareArrays('an earlier read', first, x.slice(5, 15), 'f32', EXACT)
      compareArrays('a partial write', second, Float32Array.from([...x.slice(0, 3), ...x.slice(8, 15)]), 'f32', EXACT)
      backend.free(buffer)
    }),
    check('refuses freed, foreign and small buffers by their codes', (tested) =>
      alone(tested, async (backend) => {
        const [good, small, gone] = [backend.allocate(12), backend.allocate(8), backend.allocate(12)]
        backend.free(gone)
        const other = await tested.make()
        const foreign = other.allocate(12)
        const executable = backend.compile(negate)
        await refuses('BUFFER_FREED', 'free of a freed buffer', () => backend.free(gone))
        await refuses('BUFFER_FREED', 'write to a freed buffer', () => backend.write(gone, new Float32Array(3)))
        await refuses('BUFFER_FREED', 'read of a freed buffer', () => backend.read(gone, 'f32', 3))
        await refuses('BUFFER_FREED', 'run into a freed buffer', () => executable.run([good], [gone]))
        await refuses('BUFFER_FREED', 'run from a freed buffer', () => executable.run([gone], [good]))
        await refuses('BUFFER_FOREIGN', 'run into a foreign buffer', () => executable.run([good], [foreign]))
        await refuses('BUFFER_FOREIGN', 'write to a foreign buffer', () => backend.write(foreign, new Float32Array(3)))
        await refuses('BUFFER_FOREIGN', 'read of a foreign buffer', () => backend.read(foreign, 'f32', 3))
        await refuses('BUFFER_FOREIGN', 'free of a foreign buffer', () => backend.free(foreign))
        await refuses('BUFFER_TOO_SMALL', 'write past the end', () => backend.write(small, new Float32Array(3)))
        await refuses('BUFFER_TOO_SMALL', 'read past the end', () => backend.read(small, 'f32', 3))
        await refuses('BUFFER_TOO_SMALL', 'run into a small buffer', () => executable.run([good], [small]))
        await refuses('INVALID_ARGUMENTS', 'run with an input too few', () => executable.run([], [good]))
        await refuses('INVALID_ARGUMENTS', 'run with an output too many', () =>
          executable.run([good], [backend.allocate(12), backend.allocate(12)]),
        )
        await refuses('INVALID_SIZE', 'allocate(−1)', () => backend.allocate(-1))
        await refuses('INVALID_SIZE', 'allocate(NaN)', () => backend.allocate(NaN))
        executable.dispose()
        executable.dispose()
        await refuses('EXECUTABLE_DISPOSED', 'run after dispose', () => executable.run([good], [backend.allocate(12)]))
        await other[Symbol.asyncDispose]()
        await refuses('BACKEND_DISPOSED', 'allocate on a disposed backend', () => other.allocate(4))
        other.free(foreign) // no error, since a finaliser may free it after the disposal
        await refuses('BACKEND_DISPOSED', 'compile on a disposed backend', () => other.compile(negate))
      }),
    ),
    check('refuses to allocate more than its capabilities allow', (tested) =>
      alone(tested, (backend) =>
        refuses('INVALID_SIZE', 'a buffer past maxBufferBytes', () =>
          backend.allocate(backend.capabilities.maxBufferBytes + 4),
        ),
      ),
    ),
    check('counts allocations, buffers, bytes, compilations and runs', (tested) =>
      alone(tested, async (backend) => {
        const zero = backend.stats()
        const [a, b] = [backend.allocate(12), backend.allocate(12)]
        const executable = backend.compile(twice)
        executable.run([a], [b])
        executable.run([a], [b])
        await backend.read(b, 'f32', 3)
        const used = backend.stats()
        expectEqual('allocations', used.allocations - zero.allocations, 2)
        expectEqual('liveBuffers', used.liveBuffers - zero.liveBuffers, 2)
        expectEqual('compilations', used.compilations - zero.compilations, 1)
        expectEqual('runs', used.runs - zero.runs, 2)
        ensure(
          executable.workspaceBytes >= twice.workspace,
          `workspaceBytes is ${executable.workspaceBytes}; the plan needs ${twice.workspace}`,
        )
        ensure(
          used.liveBytes - zero.liveBytes >= 24 + twice.workspace,
          `liveBytes counts ${used.liveBytes - zero.liveBytes} for 24 bytes of buffers and 64 of scratch memory`,
        )
        ensure(used.peakBytes >= used.liveBytes, 'peakBytes is below liveBytes')
        ensure(
          executable.flops === 6 && executable.bytes > 0,
          `flops ${executable.flops} (expected 6), bytes ${executable.bytes}`,
        )
        ensure(typeof executable.source === 'string' && executable.source.length > 0, 'source is empty')
        executable.dispose()
        backend.free(a)
        backend.free(b)
        const end = backend.stats()
        expectEqual('liveBuffers at the end', end.liveBuffers, zero.liveBuffers)
        ensure(
          end.liveBytes <= zero.liveBytes + 64,
          `liveBytes rose from ${zero.liveBytes} to ${end.liveBytes} although everything was freed`,
        )
        ensure(end.peakBytes >= used.peakBytes, 'peakBytes decreased')
      }),
    ),
    check('many buffers allocated, freed and allocated again keep separate contents', async ({ backend }) => {
      const live: { buffer: ReturnType<Backend['allocate']>; mark: number }[] = []
      for (let i = 0; i < 300; i++) {
        const buffer = backend.allocate(4 * (1 + ((i * 37) % 200)))
        backend.write(buffer, new Float32Array(1 + ((i * 37) % 200)).fill(i))
        live.push({ buffer, mark: i })
        if (i % 3 === 2) backend.free(live.splice((i * 7) % live.length, 1)[0]!.buffer)
      }
      for (const { buffer, mark } of live) {
        const x = await backend.read(buffer, 'f32', buffer.bytes >> 2)
        ensure(
          x.slice(0, 1 + ((mark * 37) % 200)).every((v) => v === mark),
          `buffer ${mark} holds ${x[0]}`,
        )
        backend.free(buffer)
      }
    }),
    check('a read waits for the runs before it, and runs keep their order', async ({ backend }) => {
      const [a, b] = [backend.allocate(12), backend.allocate(12)]
      const executable = backend.compile(negate)
      backend.write(a, Float32Array.of(1, 2, 3))
      executable.run([a], [b])
      const first = backend.read(b, 'f32', 3)
      executable.run([b], [a])
      executable.run([a], [b])
      backend.write(a, Float32Array.of(9, 9, 9))
      executable.run([b], [a])
      const [x, y] = await Promise.all([first, backend.read(a, 'f32', 3)])
      compareArrays('read between runs', x, Float32Array.of(-1, -2, -3), 'f32', EXACT)
      compareArrays('read after all runs', y, Float32Array.of(1, 2, 3), 'f32', EXACT)
      executable.dispose()
      for (const buffer of [a, b]) backend.free(buffer)
    }),
    check('two backends live at once, and either may be disposed first', (tested) =>
      alone(tested, async (one) => {
        const two = await tested.make()
        const buffers = [one, two].map((backend, i) => {
          const ins = backend.allocate(12)
          backend.write(ins, Float32Array.of(i, 1, 2))
          return { backend, ins, out: backend.allocate(12), executable: backend.compile(twice) }
        })
        for (const { ins, out, executable } of buffers) executable.run([ins], [out])
        compareArrays(
          'of the second',
          await two.read(buffers[1]!.out, 'f32', 3),
          Float32Array.of(1, 1, 2),
          'f32',
          EXACT,
        )
        await two[Symbol.asyncDispose]()
        buffers[0]!.executable.run([buffers[0]!.ins], [buffers[0]!.out])
        compareArrays('of the first', await one.read(buffers[0]!.out, 'f32', 3), Float32Array.of(0, 1, 2), 'f32', EXACT)
      }),
    ),
  ]
}

const expectEqual = (what: string, actual: number, expected: number): void =>
  ensure(actual === expected, `${what}: ${actual}, expected ${expected}`)
