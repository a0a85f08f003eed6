import { hostArray, type Kernel, type Plan, type Slot, type Step } from '@spikeward/core/backend'
import { ensure, type Check } from '../check.js'
import { moderateData } from './testData.js'
import { access, kernel, operand, planOf, store } from './plans.js'
import { agree, type BackendUnderTest } from './backendUnderTest.js'

const GROUP = 'plans'

/** out ← max(a, b) − c over n elements: one rounding, which no backend can fuse. */
const combine = (n: number): Kernel =>
  kernel({
    name: 'combine',
    space: [n],
    loads: [access('f32', [1]), access('f32', [1]), access('f32', [1])],
    nodes: [
      { op: 'load', dtype: 'f32', operand: 0 },
      { op: 'load', dtype: 'f32', operand: 1 },
      { op: 'load', dtype: 'f32', operand: 2 },
      { op: 'max', dtype: 'f32', args: [0, 1] },
      { op: 'sub', dtype: 'f32', args: [3, 2] },
    ],
    stores: [store('f32', [1], 4)],
  })

const copy = (n: number): Kernel =>
  kernel({
    name: 'copy',
    space: [n],
    loads: [access('f32', [1])],
    nodes: [{ op: 'load', dtype: 'f32', operand: 0 }],
    stores: [store('f32', [1], 0)],
  })

const slot = {
  input: (index: number, size: number): Slot => ({ kind: 'input', index, dtype: 'f32', size }),
  output: (index: number, size: number): Slot => ({ kind: 'output', index, dtype: 'f32', size }),
  temporary: (byteOffset: number, size: number): Slot => ({ kind: 'temporary', byteOffset, dtype: 'f32', size }),
}

const data = (plan: Plan) =>
  plan.slots.flatMap((s, i) => (s.kind === 'input' ? [moderateData(s.dtype, s.size, 71 + i)] : []))

const onData = (name: string, plan: Plan): Check<BackendUnderTest> => ({
  group: GROUP,
  name,
  run: (tested) => agree(tested, plan, data(plan)),
})

/** Plans of several steps: temporaries, loops with advancing operands, updates in place, donation. */
export function planChecks(): Check<BackendUnderTest>[] {
  return [
    onData('steps see what earlier steps wrote', chain()),
    onData(
      'temporaries that share memory in turn',
      planOf(
        [slot.input(0, 33), slot.temporary(0, 33), slot.temporary(192, 33), slot.temporary(0, 20), slot.output(0, 20)],
        [
          combineStep(33, [0, 0, 0], 1),
          combineStep(33, [0, 1, 0], 2),
          copyStep(20, operand(2, 5), operand(3)),
          copyStep(20, operand(3), operand(4)),
        ],
        { workspace: 384 },
      ),
    ),
    ...[0, 1, 2, 7].map((length) =>
      onData(`a loop of ${length} with operands that advance`, recurrence(length, false)),
    ),
    onData('a loop that runs backwards through its operands', recurrence(5, true)),
    onData('a loop within a loop', nested()),
    onData('a product in a loop', productLoop()),
    onData(
      'an update in the memory of a donated input',
      planOf([slot.input(0, 70), slot.input(1, 70), slot.output(0, 70)], [combineStep(70, [0, 1, 1], 2)], {
        donations: [0],
      }),
    ),
    onData('a donated input that several outputs read', donatedLate()),
    onData('a plan of no steps', planOf([slot.input(0, 3)], [])),
    { group: GROUP, name: 'the same executable gives the same bits again', run: runTwice },
  ]
}

const copyStep = (n: number, from: ReturnType<typeof operand>, to: ReturnType<typeof operand>): Step => ({
  kind: 'kernel',
  kernel: copy(n),
  loads: [from],
  stores: [to],
})

const combineStep = (n: number, ins: readonly [number, number, number], out: number): Step => ({
  kind: 'kernel',
  kernel: combine(n),
  loads: ins.map((i) => operand(i)),
  stores: [operand(out)],
})

function chain(): Plan {
  return planOf(
    [
      slot.input(0, 100),
      slot.input(1, 100),
      slot.temporary(0, 100),
      slot.temporary(448, 100),
      slot.output(0, 100),
      slot.output(1, 100),
    ],
    [
      combineStep(100, [0, 1, 1], 2),
      combineStep(100, [2, 0, 1], 3),
      combineStep(100, [3, 2, 0], 4),
      combineStep(100, [4, 3, 2], 5),
    ],
    { workspace: 896 },
  )
}

/** state ← max(x_t, state) − x_t; y_t ← state, for each t of x, forwards or backwards. */
function recurrence(length: number, reverse: boolean): Plan {
  const n = 13
  const rows = Math.max(length, 1)
  const start = reverse ? (rows - 1) * n : 0
  const step = reverse ? -n : n
  return planOf(
    [
      slot.input(0, rows * n),
      slot.input(1, n),
      slot.temporary(0, n),
      slot.temporary(64, n),
      slot.output(0, rows * n),
      slot.output(1, n),
    ],
    [
      copyStep(n, operand(1), operand(2)),
      ...(length === 0 ? [copyStep(rows * n, operand(0), operand(4))] : []),
      {
        kind: 'loop',
        length,
        steps: [
          {
            kind: 'kernel',
            kernel: combine(n),
            loads: [operand(0, start, [step]), operand(2), operand(0, start, [step])],
            stores: [operand(3)],
          },
          copyStep(n, operand(3), operand(2)),
          copyStep(n, operand(2), operand(4, start, [step])),
        ],
      },
      copyStep(n, operand(2), operand(5)),
    ],
    { workspace: 128 },
  )
}

/** y[i, j] ← max(a[i], b[j]) − b[j], rows of a and b by two loops; the outer advances two operands, the inner one. */
function nested(): Plan {
  const n = 6
  return planOf(
    [slot.input(0, 4 * n), slot.input(1, 3 * n), slot.output(0, 12 * n)],
    [
      {
        kind: 'loop',
        length: 4,
        steps: [
          {
            kind: 'loop',
            length: 3,
            steps: [
              {
                kind: 'kernel',
                kernel: combine(n),
                loads: [operand(0, 0, [n, 0]), operand(1, 0, [0, n]), operand(1, 0, [0, n])],
                stores: [operand(2, 0, [3 * n, n])],
              },
            ],
          },
        ],
      },
    ],
  )
}

/** y_t ← A x_t by a `dot` whose operands advance. A holds 0 and 1, x integers, so the sums are exact in any order. */
function productLoop(): Plan {
  const dot: Step = {
    kind: 'routine',
    routine: {
      kind: 'dot',
      dtype: 'f32',
      batch: 1,
      m: 5,
      n: 2,
      k: 4,
      a: { batch: 0, m: 4, k: 1 },
      b: { batch: 0, k: 2, n: 1 },
      binary: true,
    },
    ins: [operand(3), operand(1, 0, [8])],
    outs: [operand(2, 0, [10])],
  }
  const quantise = (size: number, op: 'lt' | 'floor'): Kernel =>
    kernel({
      space: [size],
      loads: [access('f32', [1])],
      nodes:
        op === 'floor'
          ? [
              { op: 'load', dtype: 'f32', operand: 0 },
              { op: 'floor', dtype: 'f32', args: [0] },
            ]
          : [
              { op: 'load', dtype: 'f32', operand: 0 },
              { op: 'const', dtype: 'f32', value: 0 },
              { op: 'lt', dtype: 'bool', args: [1, 0] },
              { op: 'cast', dtype: 'f32', args: [2] },
            ],
      stores: [store('f32', [1], op === 'floor' ? 1 : 3)],
    })
  return planOf(
    [slot.input(0, 20), slot.temporary(0, 24), slot.output(0, 30), slot.temporary(128, 20), slot.input(1, 24)],
    [
      { kind: 'kernel', kernel: quantise(20, 'lt'), loads: [operand(0)], stores: [operand(3)] },
      { kind: 'kernel', kernel: quantise(24, 'floor'), loads: [operand(4)], stores: [operand(1)] },
      { kind: 'loop', length: 3, steps: [dot] },
    ],
    { workspace: 256 },
  )
}

/** Two steps read the donated input; the second overwrites it. */
function donatedLate(): Plan {
  return planOf(
    [slot.input(0, 40), slot.input(1, 40), slot.output(0, 40), slot.output(1, 40)],
    [combineStep(40, [0, 1, 0], 3), combineStep(40, [1, 0, 1], 2)],
    { donations: [0, null] },
  )
}

async function runTwice({ backend }: BackendUnderTest): Promise<void> {
  const plan = chain()
  const ins = data(plan)
  const buffers = ins.map((x) => backend.allocate(x.byteLength))
  for (const [i, x] of ins.entries()) backend.write(buffers[i]!, x)
  const outs = [backend.allocate(400), backend.allocate(400)]
  const executable = backend.compile(plan)
  const results: string[] = []
  for (let i = 0; i < 3; i++) {
    executable.run(buffers, outs)
    results.push(String(await backend.read(outs[1]!, 'f32', 100)))
    backend.write(outs[1]!, hostArray('f32', 100))
  }
  executable.dispose()
  for (const buffer of [...buffers, ...outs]) backend.free(buffer)
  ensure(new Set(results).size === 1, 'three runs of one executable on the same inputs gave different results')
}
