import { describe, expect, test } from 'vitest'
import { lanesI32, splatF32, type Code, type Local, type ValueType } from '../../src/wasm/code.js'
import { moduleBuilder } from '../../src/wasm/module.js'
import {
  lane,
  memory,
  memoryLane,
  plain,
  type LaneOp,
  type MemoryLaneOp,
  type MemoryOp,
  type PlainOp,
} from '../../src/wasm/opcodes.js'
import { hasRelaxedSimd } from '../../src/host.js'

const memoryType = { initial: 1, maximum: 1, shared: false }

function bytesOf(params: readonly ValueType[], body: (c: Code, params: readonly Local[]) => void, result?: ValueType) {
  const module = moduleBuilder(memoryType, [])
  return module.finish(module.define(params, body, result))
}

/** Compiles a function and calls it. */
function call(
  params: readonly ValueType[],
  args: readonly number[],
  body: (c: Code, params: readonly Local[]) => void,
  result?: ValueType,
): unknown {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(params, body, result)), {
    env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) },
  })
  return (instance.exports['run'] as (...a: number[]) => unknown)(...args)
}

describe('constants', () => {
  test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
    'i32 %i round-trips',
    (value) => {
      expect(
        call(
          [],
          [],
          (c) => {
            c.i32(value)
          },
          'i32',
        ),
      ).toBe(value)
    },
  )
  test.each([0, -0, 1.5, -3.25, Infinity, NaN])('f32 and f64 %d round-trip', (value) => {
    expect(
      call(
        [],
        [],
        (c) => {
          c.f32(value)
        },
        'f32',
      ),
    ).toBe(value)
    expect(
      call(
        [],
        [],
        (c) => {
          c.f64(value)
        },
        'f64',
      ),
    ).toBe(value)
  })
  test('vectors keep their lanes', () => {
    for (const i of [0, 1, 2, 3]) {
      expect(
        call(
          [],
          [],
          (c) => {
            c.v128(lanesI32(10, -20, 30, -40)).lane('i32x4.extract_lane', i)
          },
          'i32',
        ),
      ).toBe([10, -20, 30, -40][i])
    }
    expect(
      call(
        [],
        [],
        (c) => {
          c.v128(splatF32(0.1)).lane('f32x4.extract_lane', 3)
        },
        'f32',
      ),
    ).toBe(Math.fround(0.1))
  })
})

describe('control', () => {
  test('a loop counts', () => {
    const sum = call(
      ['i32'],
      [100],
      (c, [n]) => {
        const total = c.local('i32')
        c.loop((again) => {
          c.get(total).get(n!).op('i32.add').set(total)
          c.get(n!).i32(1).op('i32.sub').tee(n!).branchIf(again)
        })
        c.get(total)
      },
      'i32',
    )
    expect(sum).toBe(5050)
  })
  test('branches leave the block that they name', () => {
    const f = (x: number): unknown =>
      call(
        ['i32'],
        [x],
        (c, [n]) => {
          const result = c.local('i32')
          c.block((outer) => {
            c.block((inner) => {
              c.get(n!).i32(1).op('i32.eq').branchIf(inner)
              c.get(n!).when(
                () => {
                  c.i32(7).set(result).branch(outer)
                },
                () => {
                  c.i32(5).set(result)
                },
              )
              c.branch(outer)
            })
            c.i32(6).set(result)
          })
          c.get(result)
        },
        'i32',
      )
    expect([0, 1, 2].map(f)).toEqual([5, 6, 7])
  })
  test('variables of several types stay separate', () => {
    expect(
      call(
        ['i32'],
        [3],
        (c, [n]) => {
          const [a, v, b] = [c.local('i32'), c.local('v128'), c.local('f64')]
          c.get(n!).set(a).i32(9).op('i32x4.splat').set(v).f64(0.5).set(b)
          c.get(a).get(v).lane('i32x4.extract_lane', 2).op('i32.add').op('f64.convert_i32_s').get(b).op('f64.add')
        },
        'f64',
      ),
    ).toBe(12.5)
  })
})

/** The types on the stack before and after an instruction, derived from its name. */
function signature(name: PlainOp): { args: ValueType[]; result: ValueType | null } {
  const [type, op] = name.split('.') as [string, string | undefined]
  if (op === undefined)
    return {
      args: name === 'select' ? ['i32', 'i32', 'i32'] : name === 'drop' ? ['i32'] : [],
      result: name === 'select' ? 'i32' : null,
    }
  if (type === 'i32' || type === 'f32' || type === 'f64') {
    if (op === 'demote_f64') return { args: ['f64'], result: 'f32' }
    if (op === 'promote_f32') return { args: ['f32'], result: 'f64' }
    if (op === 'convert_i32_s') return { args: ['i32'], result: 'f64' }
    const one = ['eqz', 'popcnt', 'abs', 'neg', 'sqrt'].includes(op)
    const compares = /^(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(op)
    return { args: one ? [type] : [type, type], result: compares ? 'i32' : type }
  }
  if (op === 'splat') return { args: [type.startsWith('i') ? 'i32' : type === 'f32x4' ? 'f32' : 'f64'], result: 'v128' }
  if (op === 'bitmask' || op === 'any_true') return { args: ['v128'], result: 'i32' }
  if (/^(shl|shr_s|shr_u)$/.test(op)) return { args: ['v128', 'i32'], result: 'v128' }
  if (/bitselect|madd|laneselect/.test(op)) return { args: ['v128', 'v128', 'v128'], result: 'v128' }
  const one = /^(not|abs|neg|sqrt|floor|trunc|nearest|demote|promote|trunc_sat|convert|extend)/.test(op)
  return { args: one ? ['v128'] : ['v128', 'v128'], result: 'v128' }
}

describe('every instruction has the signature in its name', () => {
  const push = (c: Code, type: ValueType): void => {
    if (type === 'v128') c.v128(lanesI32(1, 2, 3, 4))
    else c[type](1)
  }
  test.each(Object.keys(plain) as PlainOp[])('%s', (name) => {
    if (name.includes('relaxed') && !hasRelaxedSimd()) return
    const { args, result } = signature(name)
    const bytes = bytesOf(
      [],
      (c) => {
        for (const type of args) push(c, type)
        c.op(name)
      },
      result ?? undefined,
    )
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
  const elementOf = (name: string): ValueType => (name.startsWith('v128') ? 'v128' : (name.split('.')[0] as ValueType))
  test.each(Object.keys(memory) as MemoryOp[])('%s', (name) => {
    const atomic = name.includes('atomic')
    const stores = name.includes('store')
    const args: ValueType[] = name.endsWith('wait32')
      ? ['i32', 'i32']
      : stores
        ? ['i32', elementOf(name)]
        : name.includes('rmw') || name.endsWith('notify')
          ? ['i32', 'i32']
          : ['i32']
    const bytes = bytesOf(
      [],
      (c) => {
        for (const type of args) push(c, type)
        if (name.endsWith('wait32')) c.i64(0)
        c.mem(name, 8)
      },
      stores ? undefined : atomic ? 'i32' : elementOf(name),
    )
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
  test.each(Object.keys(memoryLane) as MemoryLaneOp[])('%s', (name) => {
    const bytes = bytesOf(
      [],
      (c) => {
        c.i32(0)
          .v128(lanesI32(1, 2, 3, 4))
          .memLane(name, 1, 4)
      },
      name.includes('store') ? undefined : 'v128',
    )
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
  test.each(Object.keys(lane) as LaneOp[])('%s', (name) => {
    const element = name.startsWith('i') ? 'i32' : name.startsWith('f32') ? 'f32' : 'f64'
    const replaces = name.includes('replace')
    const bytes = bytesOf(
      [],
      (c) => {
        c.v128(lanesI32(1, 2, 3, 4))
        if (replaces) push(c, element)
        c.lane(name, 1)
      },
      replaces ? 'v128' : element,
    )
    expect(WebAssembly.validate(bytes)).toBe(true)
  })
})
