import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, sha256 } from '../src/checkpoint/safetensors.js'
import type { HostTensor, SafetensorsFile } from '../src/checkpoint/safetensors.js'

const code = (f: () => unknown): string | undefined => {
  try {
    f()
  } catch (e) {
    return (e as { code?: string }).code ?? `no code: ${String(e)}`
  }
  return undefined
}

const elements = {
  f32: fc.float(),
  f64: fc.double(),
  i32: fc.integer(),
  u32: fc.nat(),
  bool: fc.constantFrom(0, 1),
}
const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, bool: Uint32Array }

const tensor = fc
  .tuple(
    fc.constantFrom('f32' as const, 'f64' as const, 'i32' as const, 'u32' as const, 'bool' as const),
    fc.array(fc.nat(3), { maxLength: 3 }),
  )
  .chain(([dtype, shape]) => {
    const size = shape.reduce((n, d) => n * d, 1)
    return fc
      .array(elements[dtype] as fc.Arbitrary<number>, { minLength: size, maxLength: size })
      .map((values): HostTensor => ({ dtype, shape, data: arrays[dtype].from(values) }))
  })
// Names of every kind: empty, '__proto__', 'constructor', quotes, surrogates.
const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', 'constructor', '"', '\\', '1', ''))
const file: fc.Arbitrary<SafetensorsFile> = fc
  .tuple(fc.array(fc.tuple(name, tensor), { maxLength: 5 }), fc.array(fc.tuple(name, fc.string()), { maxLength: 3 }))
  .map(([tensors, metadata]) => ({ tensors: new Map(tensors), metadata: new Map(metadata) }))

const bits = (t: HostTensor): number[] => [...new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength)]

/** A file made by hand, without checksum. */
function raw(header: unknown, body = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + body)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const small = encodeSafetensors({
  tensors: new Map<string, HostTensor>([
    ['w', { dtype: 'f32', shape: [2, 2], data: Float32Array.of(1, -2, 3.5, NaN) }],
    ['n', { dtype: 'i32', shape: [], data: Int32Array.of(-7) }],
    ['on', { dtype: 'bool', shape: [3], data: Uint32Array.of(1, 0, 1) }],
  ]),
  metadata: new Map([['step', '12']]),
})

describe('sha256', () => {
  it('is what Node computes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
      }),
    )
  })
})

describe('safetensors', () => {
  it('reads what was written, bit for bit, and the same bytes for the same content', () => {
    fc.assert(
      fc.property(file, (f) => {
        const bytes = encodeSafetensors(f)
        const back = decodeSafetensors(bytes, { checksum: 'required' })
        expect(new Map(back.metadata)).toEqual(new Map(f.metadata))
        expect([...back.tensors.keys()].sort()).toEqual([...f.tensors.keys()].sort())
        for (const [n, t] of f.tensors) {
          expect(back.tensors.get(n)).toMatchObject({ dtype: t.dtype, shape: t.shape })
          expect(bits(back.tensors.get(n)!)).toEqual(bits(t))
        }
        expect(encodeSafetensors(f)).toEqual(bytes)
      }),
    )
  })

  it('is laid out as the format says', () => {
    const length = Number(new DataView(small.buffer).getBigUint64(0, true))
    expect(length % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(small.subarray(8, 8 + length))) as Record<string, unknown>
    expect(header['w']).toEqual({ dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] })
    expect(header['on']).toEqual({ dtype: 'BOOL', shape: [3], data_offsets: [20, 23] })
    expect(small.length).toBe(8 + length + 23)
  })

  it('detects every flip of every byte', () => {
    for (let at = 0; at < small.length; at++) {
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const bytes = small.slice()
        bytes[at]! ^= flip
        expect(
          code(() => decodeSafetensors(bytes, { checksum: 'required' })),
          `byte ${at}`,
        ).toMatch(/^CHECKPOINT_(CORRUPT|TRUNCATED)$/)
      }
    }
  })

  it('does not repeat a megabyte of a damaged header', () => {
    const long = 'x'.repeat(1e6)
    const header = new TextEncoder().encode(`{"${long}":{"dtype":"${long}","shape":[1],"data_offsets":[0,4]}}`)
    const bytes = new Uint8Array(8 + header.length)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
    bytes.set(header, 8)
    expect(() => decodeSafetensors(bytes)).toThrow(/^tensor 'x{10,400}….{0,150}$/)
  })

  it('detects every truncation and every byte too many', () => {
    for (let n = 0; n < small.length; n++) {
      expect(
        code(() => decodeSafetensors(small.subarray(0, n))),
        `${n} bytes`,
      ).toBe('CHECKPOINT_TRUNCATED')
    }
    expect(code(() => decodeSafetensors(Uint8Array.from([...small, 0])))).toBe('CHECKPOINT_CORRUPT')
  })

  it('never fails in another way, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(code(() => decodeSafetensors(bytes, { checksum: 'required' }))).toMatch(/^CHECKPOINT_/)
      }),
    )
  })

  const t = (over: object) => ({ dtype: 'F32', shape: [1], data_offsets: [0, 4], ...over })
  it.each([
    ['not JSON', raw('{"a"')],
    ['not an object', raw([1])],
    ['an unknown element type', raw({ a: t({ dtype: 'F16' }) }, 4)],
    ['a negative axis', raw({ a: t({ shape: [-1] }) }, 4)],
    ['a fractional axis', raw({ a: t({ shape: [1.5] }) }, 4)],
    ['a shape that is no list', raw({ a: t({ shape: 1 }) }, 4)],
    ['an axis beyond counting', raw({ a: t({ shape: [2 ** 52, 2 ** 52] }) }, 4)],
    ['offsets that do not fit the shape', raw({ a: t({ data_offsets: [0, 8] }) }, 8)],
    ['offsets the wrong way round', raw({ a: t({ data_offsets: [4, 0] }) }, 4)],
    ['three offsets', raw({ a: t({ data_offsets: [0, 4, 8] }) }, 4)],
    ['an overlap', raw({ a: t({}), b: t({}) }, 4)],
    ['a partial overlap', raw({ a: t({}), b: t({ data_offsets: [2, 6] }) }, 6)],
    ['a gap', raw({ a: t({}), b: t({ data_offsets: [8, 12] }) }, 12)],
    ['trailing bytes', raw({ a: t({}) }, 5)],
    ['a metadata entry that is no string', raw({ __metadata__: { n: 1 }, a: t({}) }, 4)],
    [
      'a boolean that is 2',
      (() => {
        const b = raw({ a: t({ dtype: 'BOOL', data_offsets: [0, 1] }) }, 1)
        b[b.length - 1] = 2
        return b
      })(),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(code(() => decodeSafetensors(bytes))).toBe('CHECKPOINT_CORRUPT')
  })

  it('reads a file of another library when no checksum is required, and refuses it when one is', () => {
    const bytes = raw({ a: t({}) }, 4)
    expect(decodeSafetensors(bytes).tensors.get('a')?.shape).toEqual([1])
    expect(code(() => decodeSafetensors(bytes, { checksum: 'required' }))).toBe('CHECKPOINT_CORRUPT')
  })

  it('refuses to write what could not be read back', () => {
    const bad = { dtype: 'f32', shape: [2], data: new Float32Array(3) } as const
    expect(code(() => encodeSafetensors({ tensors: new Map([['a', bad]]), metadata: new Map() }))).toBe(
      'SHAPE_MISMATCH',
    )
    const good = { dtype: 'f32', shape: [3], data: new Float32Array(3) } as const
    expect(code(() => encodeSafetensors({ tensors: new Map([['__metadata__', good]]), metadata: new Map() }))).toBe(
      'INVALID_OPTION',
    )
    expect(code(() => encodeSafetensors({ tensors: new Map(), metadata: new Map([['sha256', 'x']]) }))).toBe(
      'INVALID_OPTION',
    )
  })
})

describe('integers of 64 bits, which other programs write', () => {
  const holding = (value: bigint): Uint8Array => {
    const bytes = raw({ n: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 8)
    new DataView(bytes.buffer).setBigInt64(bytes.length - 8, value, true)
    return bytes
  }

  it('become numbers', () => {
    const { dtype, data } = decodeSafetensors(holding(-(2n ** 53n))).tensors.get('n')!
    expect([dtype, ...data]).toEqual(['f64', -(2 ** 53)])
  })

  it('are refused if no number has their value', () => {
    expect(code(() => decodeSafetensors(holding(2n ** 53n + 1n)))).toBe('CHECKPOINT_CORRUPT')
  })
})
