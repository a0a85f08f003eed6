import { expect, test } from 'vitest'
import { scheduleWork, type Leaf, type Scheduled, type Work } from '../../src/plan/scheduleWork.js'

/** A step that reads and writes single bytes, and the amount of its work. */
const step = (name: string, reads: readonly number[], writes: readonly number[], serial = 1e6, lines = 10): Leaf => ({
  kind: 'leaf',
  task: {
    name,
    wide: false,
    singleThread: false,
    lines,
    serial,
    emit: () => ({ groups: 9, body: [], tile: 0, bits: 0 }),
  },
  footprint: [
    ...reads.map((low) => ({ place: 'workspace', low, high: low + 1, write: false })),
    ...writes.map((low) => ({ place: 'workspace', low, high: low + 1, write: true })),
  ],
})

const loop = (length: number, items: readonly Work[]): Work => ({
  kind: 'loop',
  length,
  depth: 0,
  items,
  footprint: items.flatMap((i) => (i.kind === 'tileFused' ? [] : i.footprint)),
})

/** The dispatches by the names of their steps: `|` between parts, `>` within a chain, brackets around loops. */
const shown = (items: readonly Scheduled[]): string[] =>
  items.map((item) =>
    item.kind === 'loop'
      ? `${item.length}×[${shown(item.items).join(' / ')}]`
      : item.parts
          .map((p) =>
            p.kind === 'spread'
              ? p.leaf.task.name
              : (p.kind === 'tileFused' ? p.items : p.links)
                  .map((l) => (l.kind === 'leaf' ? l.task.name : `${l.length}×`))
                  .join('>'),
          )
          .join(' | '),
  )

test('independent steps share a dispatch, whatever their order', () => {
  const work = [
    step('a', [], [1]),
    step('b', [1], [2]),
    step('c', [], [3]),
    step('d', [3], [4]),
    step('e', [2, 4], [5]),
  ]
  expect(shown(scheduleWork(work))).toEqual(['a | c', 'b | d', 'e'])
})

test('a write waits for earlier reads and writes of the same bytes', () => {
  expect(shown(scheduleWork([step('read', [1], [2]), step('overwrite', [], [1]), step('again', [], [1])]))).toEqual([
    'read',
    'overwrite',
    'again',
  ])
})

test('a small step joins the chain that it depends on, as long as the chain is short', () => {
  const chain = Array.from({ length: 6 }, (_, i) => step(`s${i}`, [i], [i + 1], 2000))
  expect(shown(scheduleWork(chain))).toEqual(['s0>s1>s2>s3', 's4>s5'])
  expect(shown(scheduleWork([step('big', [0], [1]), step('small', [1], [2], 5), step('tiny', [2], [3], 5)]))).toEqual([
    'big',
    'small>tiny',
  ])
  const joins = [step('x', [], [1], 5), step('y', [], [2], 5), step('both', [1, 2], [3], 5)]
  expect(shown(scheduleWork(joins))).toEqual(['x | y', 'both'])
})

test('a chain has a bounded number of lines', () => {
  const long = Array.from({ length: 4 }, (_, i) => step(`l${i}`, [i], [i + 1], 5, 500))
  expect(shown(scheduleWork(long))).toEqual(['l0>l1', 'l2>l3'])
})

test('a loop of small steps stays within a workgroup; the host walks any other loop', () => {
  const [small, big] = [step('small', [1], [1], 5), step('big', [1], [1])]
  expect(shown(scheduleWork([step('first', [], [1], 5), loop(3, [small]), step('last', [1], [2], 5)]))).toEqual([
    'first>3×>last',
  ])
  expect(shown(scheduleWork([step('first', [], [1]), loop(3, [big, small])]))).toEqual(['first', '3×[big / small]'])
})
