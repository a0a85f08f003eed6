/** The story of the page: sentences, presets, the drawing of the network, sources that are unlike the training. */
import { describe, expect, it } from 'vitest'
import { silentLayers, spreadOut, wiring } from '../src/components/inside/wiring.js'
import { makeSurface2d } from '../src/draw/surface2d.js'
import { decimal } from '../src/draw/values.js'
import { camera, firstOrbit } from '../src/draw/orbit.js'
import { spanOf, unlike } from '../src/operator/shownOperators.js'
import { laterPresets, plainly, presets } from '../src/story/presets.js'
import { faultsOf } from '../src/settings/faultsOf.js'
import { firstSettings } from '../src/settings/settings.js'
import { catalogue } from '../src/worker/catalogue.js'
import { wholeCatalogue } from '../src/worker/later/later.js'

it('a number that rounds to zero has no sign', () => {
  expect([decimal(-0.001), decimal(-0.004, 3), decimal(-1.5), decimal(0.25, 1)]).toEqual([
    '0.00',
    '−0.004',
    '−1.50',
    '0.3',
  ])
})

it('each estimator has a sentence without a symbol, and another one gets its summary', () => {
  for (const entry of catalogue.estimators) expect(plainly(entry), entry.name).toMatch(/^[A-Z][^∇θλK()]*\.$/)
  expect(plainly({ facts: {}, summary: 'one of yours' })).toBe('In the words of its package: one of yours.')
})

it('the first network on show is trained by what the headline says', () => {
  const [shown] = firstSettings.contenders
  const facts = catalogue.estimators.find(({ name }) => name === shown!.estimator)!.facts
  expect(facts).toMatchObject({ needs: 'jvp', reverseOverTime: false })
})

it.each([...presets, ...laterPresets(wholeCatalogue.tuned)])('$title can be run', ({ settings }) => {
  expect(faultsOf(settings, wholeCatalogue)).toEqual([])
})

describe('the drawing of the network', () => {
  const size = [300, 200] as const
  const layer = {
    width: 3,
    neurons: [0, 1, 2],
    spikes: Float32Array.of(1, 0, 0, 0, 1, 1),
    membranes: new Float32Array(6),
    rate: 0.5,
    silent: 0,
  }

  it('fills the neurons that fire at the step, and lights the weights from them', () => {
    const links = [Float32Array.of(1, -2, 4), Float32Array.of(-1, 0.5, 1)]
    for (const [step, firing] of [
      [0, [true, false, false]],
      [1, [false, true, true]],
    ] as const) {
      const { nodes, wires } = wiring(['x'], [layer], links, step, size)
      expect(nodes.filter((n) => n.kind === 'neuron').map((n) => n.fires)).toEqual(firing)
      expect(wires.filter((w) => w.to.kind === 'output').map((w) => w.live)).toEqual(firing)
      expect(wires.slice(0, 3).map((w) => w.weight)).toEqual([0.25, -0.5, 1])
    }
  })

  it('stays within its area, names inputs, widths and answer, and is silent before the first answer', () => {
    for (const [width, height] of [
      [240, 220],
      [600, 400],
    ] as const) {
      const { nodes, names } = wiring(['x₁', 'x₂'], silentLayers([100, 3]), [], 0, [width, height])
      for (const { x, y } of [...nodes, ...names]) {
        expect(x > 0 && x < width, `x ${x} of ${width}`).toBe(true)
        expect(y > 0 && y < height, `y ${y} of ${height}`).toBe(true)
      }
      expect(nodes.filter((n) => n.kind === 'neuron').map((n) => n.fires)).toEqual(Array(17).fill(false))
      expect(names.map((n) => n.text)).toEqual(['x₁', 'x₂', 'answer', '100 neurons', '3 neurons'])
    }
  })

  it('leaves out weights that belong to another network, and draws some neurons of many', () => {
    expect(wiring(['x₁', 'x₂'], [layer], [Float32Array.of(1, 2, 3)], 0, size).wires).toEqual([])
    expect(spreadOut(3)).toEqual([0, 1, 2])
    expect(new Set(spreadOut(1000)).size).toBe(14)
  })
})

describe('sources unlike those of the training', () => {
  const span = spanOf([Float64Array.of(0, 0.5, 1), Float64Array.of(-2, -1.5, -1)])

  it.each([
    [[0, 0.4, 0.8], null],
    [[0, 1.5, 3], 'larger'],
    [[1, -1, 1], 'steeper'],
    [[0, 0, 0], 'zero'],
  ] as const)('%j: %s', (values, how) => {
    const found = unlike(Float64Array.from(values), span)
    if (how === null) expect(found).toBeNull()
    else expect(found).toContain(how)
  })
})

describe('the surface without WebGPU', () => {
  /** Records the colour of each face, in the order of painting. */
  function painted(prediction: readonly number[]): { readonly faces: string[]; readonly lines: number } {
    const faces: string[] = []
    let lines = 0
    const context = {
      fillStyle: '',
      strokeStyle: '',
      lineWidth: 1,
      globalAlpha: 1,
      beginPath() {},
      closePath() {},
      moveTo: () => void lines++,
      lineTo() {},
      stroke() {},
      clearRect() {},
      fill: () => void faces.push(context.fillStyle),
    }
    const canvas = { width: 300, height: 200, getContext: () => context } as unknown as HTMLCanvasElement
    const surface = makeSurface2d(canvas)!
    surface.show({ rows: 5, columns: 5, outputs: 1, target: Float32Array.from({ length: 25 }, (_, i) => i % 5) })
    surface.predict(Float32Array.from(prediction))
    const palette = { over: [1, 0, 0], even: [1, 1, 1], under: [0, 0, 1], ink: [0, 0, 0] } as const
    surface.draw({ camera: camera(firstOrbit, 1.5), palette, component: 0 }, 1)
    return { faces, lines }
  }
  const target = Array.from({ length: 25 }, (_, i) => i % 5)
  const parts = (colour: string): number[] => [...colour.matchAll(/\d+/g)].map(Number)

  it('paints every face once, and the lines of the net', () => {
    const { faces, lines } = painted(target)
    expect(faces).toHaveLength(16)
    expect(lines).toBe(40)
  })

  it('is grey where the answer is right, warm where it is too high, cold where it is too low', () => {
    for (const [r, g, b] of painted(target).faces.map(parts)) expect([r, b]).toEqual([g, g])
    for (const [r = 0, , b = 0] of painted(target.map((y) => y + 1)).faces.map(parts)) expect(r).toBeGreaterThan(b)
    for (const [r = 0, , b = 0] of painted(target.map((y) => y - 1)).faces.map(parts)) expect(r).toBeLessThan(b)
  })
})
