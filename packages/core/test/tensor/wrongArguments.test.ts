/** Mistakes that plain JavaScript allows: each has an error code and a remedy. */
import { expect, it } from 'vitest'
import type { Backend, DType, Shape, Tensor, Tree } from '../../src/index.js'
import {
  add,
  arange,
  full,
  linspace,
  logicalNot,
  ones,
  referenceBackend,
  scope,
  sin,
  tensor,
  toBackend,
  zeros,
} from '../../src/index.js'

const backend = referenceBackend()
/** A value of a kind that the types do not allow. */
const wrong = <T>(value: unknown): T => value as T

const calls: readonly (readonly [string, () => unknown, RegExp])[] = [
  ['zeros with a backend', () => zeros([2], wrong<DType>({ backend })), /an object; .*toBackend\(zeros.*INVALID_DTYPE/],
  ['ones with an object', () => ones([2], wrong<DType>({ dtype: 'f32' })), /INVALID_DTYPE/],
  ['full with a name', () => full([2], 1, wrong<DType>('float32')), /it is "float32".*INVALID_DTYPE/],
  ['zeros with null', () => zeros([2], wrong<DType>(null)), /it is null.*INVALID_DTYPE/],
  ['arange with an object', () => arange(3, wrong<DType>({})), /INVALID_DTYPE/],
  ['linspace with an object', () => linspace(0, 1, 3, wrong<'f32'>({})), /INVALID_DTYPE/],
  ['tensor of a name', () => tensor([1], { dtype: wrong<DType>('float') }), /INVALID_DTYPE/],
  ['zeros of a number', () => zeros(wrong<Shape>(3)), /it is 3; write \[3\].*INVALID_SHAPE/],
  ['zeros of nothing', () => zeros(wrong<Shape>(undefined)), /it is undefined.*INVALID_SHAPE/],
  ['a backend by name', () => tensor([1], { backend: wrong<Backend>('cpu') }), /the text "cpu".*INVALID_BACKEND/],
  ['a Promise of one', () => tensor([1], { backend: wrong<Backend>(Promise.resolve(backend)) }), /await it.*INVALID_B/],
  [
    'a factory of one',
    () => tensor([1], { backend: wrong<Backend>(referenceBackend) }),
    /the backend is the function referenceBackend: call it, and await its result; give .*INVALID_BACKEND/,
  ],
  [
    'an arrow function',
    () => tensor([1], { backend: wrong<Backend>(() => backend) }),
    /the backend is a function without a name: call it, and await its result; give .*INVALID_BACKEND/,
  ],
  ['an empty record', () => tensor([1], { backend: wrong<Backend>({}) }), /INVALID_BACKEND/],
  ['moving to a name', () => toBackend(tensor(1), wrong<Backend>('cpu')), /toBackend\(\).*INVALID_BACKEND/],
  ['moving to nothing', () => toBackend(tensor(1), wrong<Backend>(undefined)), /INVALID_BACKEND/],
  [
    'tensor of nothing',
    () => tensor(wrong<number>(undefined)),
    /tensor\(\): undefined where a number.*INVALID_ARGUMENT/,
  ],
  ['tensor of texts', () => tensor(wrong<number[]>(['a'])), /the text "a" where a number.*INVALID_ARGUMENT/],
  ['typed rows', () => tensor(wrong<number[]>([new Float32Array(2)])), /tensor\(flat, \{ shape \}\).*INVALID_ARGUMENT/],
  ['a sum of lists', () => add(wrong<number>([1, 2]), 3), /add: \[1, 2\] where.*tensor\(data\).*INVALID_ARGUMENT/],
  ['a sine of a text', () => sin(wrong<number>('1')), /sin: the text "1" where.*INVALID_ARGUMENT/],
  ['the negation of a text', () => logicalNot(wrong<boolean>('1')), /logicalNot: the text "1".*INVALID_ARGUMENT/],
  ['a tensor plus a number', () => wrong<number>(tensor(1)) + 1, /write add\(t, 1\).*TENSOR_AS_NUMBER/],
  ['a tensor above a number', () => wrong<number>(tensor(1)) > 0, /greater\(t, 0\).*TENSOR_AS_NUMBER/],
  ['a scope of nothing', () => scope(() => wrong<Tree>(undefined)), /returns nothing.*return.*NOT_A_TREE/],
  ['a scope of a number', () => scope(() => wrong<Tree>(3)), /is number.*NOT_A_TREE/],
  ['a scope of a Promise', () => scope(() => wrong<Tree>(Promise.resolve(tensor(1)))), /ASYNC_FUNCTION/],
]

it.each(calls)('%s', async (_, call, message) => {
  const error = await Promise.resolve()
    .then(call)
    .catch((e: unknown) => e)
  expect(error).toBeInstanceOf(Error)
  expect((error as Error).name).toBe('SpikewardError')
  expect((error as Error).message).toMatch(message)
})

it('a scope that returns nothing frees what it made', () => {
  const live = (): number => backend.stats().liveBuffers
  const before = live()
  const made: Tensor[] = []
  expect(() => scope(() => wrong<Tree>(void made.push(tensor([1, 2], { backend }))))).toThrow(/NOT_A_TREE/)
  expect(live()).toBe(before)
})
