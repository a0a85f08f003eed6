import { describe, expect, it, test } from 'vitest'
import { between, colour, diverging, paintMap } from '../../src/draw/colour.js'
import { extent } from '../../src/draw/values.js'
import { camera, firstOrbit, keyed, turned } from '../../src/draw/orbit.js'
import { roomyRange } from '../../src/curves.js'

describe('the orbit', () => {
  it('turns by keys, and comes back', () => {
    const there = keyed(firstOrbit, 'ArrowRight')!
    expect(there.yaw).toBeGreaterThan(firstOrbit.yaw)
    expect(keyed(there, 'ArrowLeft')!.yaw).toBeCloseTo(firstOrbit.yaw, 12)
    expect(keyed(there, 'Home')).toEqual(firstOrbit)
    expect(keyed(there, 'Tab')).toBeNull()
  })

  it('keeps the eye above the ground, and neither too near nor too far', () => {
    let o = firstOrbit
    for (let i = 0; i < 200; i++) o = turned(o, 0, 0.2, 1.3)
    expect(o.pitch).toBeLessThan(Math.PI / 2)
    expect(o.distance).toBeLessThan(10)
    for (let i = 0; i < 200; i++) o = turned(o, 0, -0.2, 0.7)
    expect(o.distance).toBeGreaterThan(1.5)
    expect(o.pitch).toBeGreaterThan(-0.2)
  })

  it.each([0.8, 1, 1.6, 2.5])('shows the whole ground at an aspect of %f', (aspect) => {
    const { view } = camera(firstOrbit, aspect)
    for (const [x, z] of [
      [-1, -1],
      [-1, 1],
      [1, -1],
      [1, 1],
    ] as const) {
      // Column-major: clip = view · (x, −0.5, z, 1).
      const clip = [0, 1, 3].map((r) => view[r]! * x + view[4 + r]! * -0.5 + view[8 + r]! * z + view[12 + r]!)
      const [cx = 0, cy = 0, w = 1] = clip
      expect(Math.abs(cx / w)).toBeLessThan(1)
      expect(Math.abs(cy / w)).toBeLessThan(1)
    }
  })
})

describe('colours', () => {
  it('are read from tokens', () => {
    expect(colour('#ff8000').map((c) => Math.round(c * 255))).toEqual([255, 128, 0])
  })

  it('diverge from the middle, and end at the outer colours', () => {
    const [under, even, over] = [colour('#0000ff'), colour('#ffffff'), colour('#ff0000')]
    const paint = diverging(under, even, over)
    expect(paint(0)).toEqual(even)
    expect(paint(7)).toEqual(over)
    expect(paint(-7)).toEqual(under)
    expect(paint(0.5)).toEqual(between(even, over, 0.5))
  })
})

test('a logarithmic axis has a finite range for curves that it cannot show', () => {
  expect(roomyRange(0.1, 1)).toEqual([0.09, 1.15])
  // uPlot has no tick below 1e-16.
  for (const low of [1e-300, 1e-20]) expect(roomyRange(low, 1)).toEqual([9e-13, 1.15])
  for (const [low, high] of [
    [Infinity, -Infinity],
    [null, null],
    [0, 1],
    [0.1, Infinity],
  ] as const)
    expect(roomyRange(low, high)).toEqual([0.01, 1])
})

test('a logarithmic axis begins at a tick, not far below its curves', () => {
  for (let i = 0; i < 500; i++) {
    const low = 10 ** (-11 + 11 * ((i * 0.618) % 1))
    const [from] = roomyRange(low, 1)
    expect(from).toBe(Number(from.toPrecision(1)))
    expect(from).toBeLessThan(low)
    expect(from).toBeGreaterThan(low / 2.3)
  }
  // uPlot added 1e-4 to the first of these without end.
  expect(roomyRange(0.001228690147399902, 0.16)[0]).toBe(0.001)
  expect(roomyRange(0.00108, 0.16)[0]).toBe(0.0009)
})

it('a map leaves what is outside of a domain transparent', () => {
  let painted: number[] = []
  const context = {
    createImageData: (rows: number, columns: number) => ({ data: new Uint8ClampedArray(4 * rows * columns) }),
    putImageData: ({ data }: { readonly data: Uint8ClampedArray }) => void (painted = [...data]),
  }
  const canvas = { width: 0, height: 0, getContext: () => context } as unknown as HTMLCanvasElement
  paintMap(canvas, [1, 2], [Number.NaN, 0.5], (v) => [v, v, v])
  // The second value is above the first.
  expect(painted).toEqual([128, 128, 128, 255, 0, 0, 0, 0])
  expect(extent([Number.NaN, 2, -1])).toEqual([-1, 2])
})
