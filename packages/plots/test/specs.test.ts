import { lab, rgb } from 'd3-color'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import {
  barChartSpec,
  curvesSpec,
  errorHistogramSpec,
  lineChartSpec,
  lineFieldsSpec,
  lossSpec,
  mapFieldsSpec,
  mapSpec,
  mapsSpec,
  palettes,
  panelsSpec,
  paritySpec,
  pointMapsSpec,
  spikesSpec,
  renderSvg,
} from '@spikeward/plots'
import { renderFigure } from '@spikeward/plots/node'
import { colourRamp } from '../src/palette.js'

/** The parts of a raster that a test reads. */
type Raster = { readonly vconcat: readonly { readonly height: number; readonly mark: { readonly size: number } }[] }

const losses = Array.from({ length: 40 }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1) }))
const validation = [10, 20, 40].map((step) => ({ step, relativeL2: 2 / step }))
const field = {
  shape: [3, 2] as const,
  domain: [
    [0, 1],
    [-1, 1],
  ] as const,
  values: [0, 1, 2, 3, 4, 5],
}

describe('specifications', () => {
  test('are pure: the same records give the same text, and stay as they were', () => {
    const records = Object.freeze({ losses: Object.freeze([...losses]), validation: Object.freeze([...validation]) })
    expect(JSON.stringify(lossSpec(records))).toBe(JSON.stringify(lossSpec(records)))
  })

  test('loss and error have an axis each, with its title', async () => {
    const svg = await renderSvg(lossSpec({ losses, validation }))
    for (const title of ['training loss', 'validation relative L2']) expect(svg).toContain(`>${title}</text>`)
    expect(await renderSvg(lossSpec({ losses }))).not.toContain('validation')
    const residuals = validation.map((one) => ({ ...one, measure: 'residual' as const }))
    expect(await renderSvg(lossSpec({ losses, validation: residuals }))).toContain('>validation residual</text>')
  })

  test('values that a logarithmic axis cannot show are left out', async () => {
    const svg = await renderSvg(
      lossSpec({ losses: [...losses, { step: 41, loss: 0 }, { step: 42, loss: Number.NaN }] }),
    )
    expect(svg).not.toMatch(/NaN|Infinity/)
  })

  test('every figure takes its colours from the palette', async () => {
    const { dark } = palettes
    const specs = [
      curvesSpec({ x: [0, 1], target: [0, 1], prediction: [0, 2] }, { palette: dark }),
      lossSpec({ losses, validation }, { palette: dark }),
      errorHistogramSpec({ errors: [0.1, 0.2, 0.3], baseline: 0.4 }, { palette: dark }),
      mapsSpec({ target: field, prediction: field.values }, { palette: dark }),
      barChartSpec({ bars: [{ name: 'a', value: 1 }], measure: 'm' }, { palette: dark }),
      spikesSpec([{ name: 'l', neurons: 1, spikes: [1, 0], membranes: [0, 1], threshold: 1 }], { palette: dark }),
    ]
    const known = Object.values(dark).flat()
    for (const spec of specs) {
      const svg = await renderSvg(spec)
      expect(svg).not.toMatch(/"(white|black)"/)
      const found = svg.match(/#[0-9a-f]{6}\b/gi) ?? []
      expect(found.length).toBeGreaterThan(0)
      expect(found.filter((c) => !known.includes(c.toLowerCase()))).toEqual([])
    }
  })

  test('maps have the first axis to the right and the second upwards', async () => {
    const svg = await renderSvg(mapsSpec({ target: field, prediction: field.values }))
    const [, picture = ''] = /base64,([^"]+)"/.exec(svg) ?? []
    const { width, height, data } = decode(Buffer.from(picture, 'base64'))
    expect([width, height]).toEqual([3, 2])
    const pixel = (x: number, y: number): number[] => [...data.slice(3 * (y * width + x), 3 * (y * width + x) + 3)]
    const rgb = (hex: string): number[] => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16))
    // The least value is at the lower left, the largest at the upper right.
    expect(pixel(0, 1)).toEqual(rgb(palettes.light.even))
    expect(pixel(2, 0)).toEqual(rgb(palettes.light.ink))
  })

  test('points of a plane: three maps, or that of the prediction alone where no target is known', async () => {
    const points = [0, 0, 1, 0, 0, 1]
    const told = await renderSvg(pointMapsSpec({ points, target: [1, 2, 3], prediction: [1, 2, 4] }))
    expect(told.match(/xlink:href="data:/g)).toHaveLength(3)
    expect(told).toContain('>prediction − target<')
    const alone = await renderSvg(pointMapsSpec({ points, target: null, prediction: [1, 2, 4], names: ['x', 't'] }))
    expect(alone.match(/xlink:href="data:/g)).toHaveLength(1)
    expect([alone.includes('>target<'), alone.includes('>t<')]).toEqual([false, true])
    // Points on a line have no triangles.
    const line = await renderSvg(pointMapsSpec({ points: [0, 0, 1, 1, 2, 2], target: null, prediction: [1, 2, 4] }))
    expect(line.match(/aria-roledescription="circle"/g)).toHaveLength(3)
  })

  test('a map of a shape has the boundary of the shape, with equal lengths along both axes', async () => {
    const boundary = [
      [
        [0, 0],
        [2, 0],
        [0, 1],
        [0, 0],
      ],
      [[0.3, 0.3]],
    ] as const
    const shape = { inside: ([x, y]: readonly [number, number]) => x >= 0 && y >= 0 && x + 2 * y <= 2, boundary }
    const points = [0.1, 0.1, 1.5, 0.1, 0.1, 0.8, 0.5, 0.5]
    const svg = await renderSvg(pointMapsSpec({ points, target: null, prediction: [1, 2, 3, 4], shape }))
    expect(svg.match(/aria-roledescription="line mark"/g)).toHaveLength(1)
    expect(svg.match(/aria-roledescription="point"/g)?.length).toBeGreaterThan(0)
    expect(svg).toMatch(/<image[^>]* width="240" height="120"/)
    const [, picture = ''] = /base64,([^"]+)"/.exec(svg) ?? []
    const { width, height, channels, data } = decode(Buffer.from(picture, 'base64'))
    expect(channels).toBe(4)
    // The lower left corner is inside, the upper right one is not.
    expect([data[4 * (height - 1) * width + 3], data[4 * (width - 1) + 3]]).toEqual([255, 0])
  })

  test('figures below each other keep their labels and colours, and none of their titles', async () => {
    const maps = mapsSpec({ target: field, prediction: field.values }, { title: 'a part' })
    const curves = curvesSpec({ x: [0, 1], target: [0, 1], prediction: [0, 2] })
    const parts = [
      { label: 'output u', spec: maps },
      { label: 'output v', spec: maps },
      { label: 'output w', spec: curves },
    ]
    const svg = await renderSvg(panelsSpec(parts, { title: 'the whole' }))
    for (const text of ['the whole', 'output u', 'output v', 'output w']) expect(svg).toContain(`>${text}</text>`)
    expect(svg).not.toContain('>a part<')
    // Three maps of each of the first two, two panels of curves, each with its axes.
    expect(svg.match(/xlink:href="data:/g)).toHaveLength(6)
    expect(svg.match(/>target<\/text>/g)).toHaveLength(3)
  })

  test('a map without a target, and predictions over their targets', async () => {
    const map = await renderSvg(mapSpec({ prediction: field, names: ['x', 'y'] }))
    expect([map.includes('>prediction<'), map.includes('>target<')]).toEqual([true, false])
    const parity = await renderSvg(paritySpec({ target: [0, 1, 2], prediction: [0, 1, 5] }))
    expect(parity.match(/aria-roledescription="circle"/g)).toHaveLength(3)
    const named = await renderSvg(paritySpec({ target: [0, 1], prediction: [0, 1], value: 'yield [%]' }))
    expect(named).toContain('>yield [%], prediction<')
  })

  test('spikes: one mark a spike, the silent neurons counted, the membranes of neurons that fire', async () => {
    // Neuron 0 fires in every step, neuron 1 once, neuron 2 never.
    const spikes = [1, 0, 0, 1, 1, 0, 1, 0, 0]
    const membranes = spikes.map((s) => 1 - s)
    const layer = { name: 'layer 1', neurons: 3, spikes, membranes, threshold: 1 }
    const svg = await renderSvg(spikesSpec([layer]))
    expect(svg).toContain('layer 1: mean rate 0.444, 1 of 3 neurons silent')
    expect(svg.match(/aria-roledescription="tick"/g)).toHaveLength(4)
    expect(svg).toContain('>neuron 0<')
    expect(svg).toContain('>neuron 1<')
    expect(svg).not.toContain('>neuron 2<')
    // The dashed line has a name.
    expect(svg).toContain('>threshold<')
    expect(await renderSvg(spikesSpec([{ name: 'layer 1', neurons: 3, spikes, membranes }]))).not.toContain(
      '>threshold<',
    )
  })

  test('the mark of a spike is lower than the row of its neuron', () => {
    for (const neurons of [1, 20, 500]) {
      const [raster] = (spikesSpec([{ name: 'l', neurons, spikes: new Array(neurons).fill(1) }]) as unknown as Raster)
        .vconcat
      expect(raster!.mark.size * neurons).toBeLessThan(raster!.height)
    }
  })

  test('an axis of one value is labelled by that value', async () => {
    const axes = { x: { title: 'step', log: false }, y: { title: 'rate', log: false } }
    const svg = await renderSvg(lineChartSpec({ points: [{ x: 200, y: 0.25, line: 'layer 1' }], ...axes }))
    expect([svg.includes('>200</text>'), svg.includes('200.000')]).toEqual([true, false])
  })

  test('a logarithmic axis is little wider than its values', async () => {
    const labels = async (errors: number[]): Promise<number[]> => {
      const svg = await renderSvg(errorHistogramSpec({ errors, baseline: 0.12 }))
      return [...svg.matchAll(/>(0\.\d+)<\/text>/g)].map(([, label]) => Number(label))
    }
    const found = await labels([0.05, 0.06, 0.07, 0.11])
    expect(Math.min(...found)).toBeGreaterThan(0.04)
    expect(Math.max(...found)).toBeLessThan(0.2)
    // Nothing to show is not a fault.
    expect(await renderSvg(lossSpec({ losses: [] }))).toContain('training loss')
  })
})

test('a histogram takes any number of errors, and none', async () => {
  const errors = Float64Array.from({ length: 200_000 }, (_, i) => 0.01 + i / 1e6)
  for (const given of [errors, []])
    expect(await renderSvg(errorHistogramSpec({ errors: given }))).toContain('functions')
})

test('a histogram without errors has no mean', async () => {
  const lines = (svg: string): string[] => [...svg.matchAll(/>((?:mean|untrained)[^<]*)</g)].map(([, text]) => text!)
  expect(lines(await renderSvg(errorHistogramSpec({ errors: [] })))).toEqual([])
  const untrained = 'untrained with a ridge readout 0.120'
  expect(lines(await renderSvg(errorHistogramSpec({ errors: [], baseline: 0.12 })))).toEqual([untrained])
  expect(lines(await renderSvg(errorHistogramSpec({ errors: [0.1], baseline: 0.12 })))).toEqual([
    'mean 0.100',
    untrained,
  ])
})

describe('renderFigure', () => {
  test('draws the PNG at twice the size of the SVG', async () => {
    const { svg, png } = await renderFigure(lossSpec({ losses, validation }, { title: 'a run' }))
    const [, width] = /width="(\d+)"/.exec(svg) ?? []
    const picture = decode(png)
    expect(picture.width).toBe(2 * Number(width))
    expect(new Set(picture.data).size).toBeGreaterThan(20)
  })
})

describe('print', () => {
  const plane = mapsSpec({ target: field, prediction: field.values, names: ['x (m)', 't (s)'], value: 'T (K)' })
  const curve = lossSpec({ losses, validation }, { title: 'a run' })

  /** The widest digits of a usual font, in its size. */
  const DIGIT = 0.64
  const label = /<text text-anchor="(\w+)" transform="translate\(([^,]+),([^)]+)\)"([^>]*[^/])>([^<]+)</g

  /** Both ends of each visible label of each horizontal axis. */
  function labelsOf(svg: string): (readonly [number, number])[][] {
    const axes = [...svg.matchAll(/role-axis-label"[^>]*>(.*?)<\/g>/gs)].map(([, group]) =>
      [...group!.matchAll(label)]
        .filter(([, , , , look]) => !look!.includes('opacity="0"'))
        .map(([, anchor, x, y, look, text]) => {
          const size = Number(/font-size="([\d.]+)px"/.exec(look!)?.[1])
          return { anchor, x: Number(x), y, width: DIGIT * size * text!.length }
        }),
    )
    const across = axes.filter((labels) => labels.length > 1 && labels.every(({ y }) => y === labels[0]!.y))
    return across.map((labels) =>
      labels.map(({ anchor, x, width }) => {
        const left = x - width * (anchor === 'middle' ? 0.5 : anchor === 'end' ? 1 : 0)
        return [left, left + width] as const
      }),
    )
  }

  test.each([
    ['a column', curve, 252],
    ['both columns', plane, 516],
  ])('%s: the width in points, and all text in one size', async (_, spec, width) => {
    const svg = await renderSvg(spec, {})
    const [, found, units] = / width="([\d.]+)pt"[^>]* viewBox="0 0 ([\d.]+)/.exec(svg) ?? []
    expect(Number(found)).toBeCloseTo(width, 1)
    const sizes = [...svg.matchAll(/font-size="([\d.]+)px"/g)].map(([, size]) => (Number(size) * width) / Number(units))
    expect(sizes.length).toBeGreaterThan(10)
    for (const size of sizes) expect(size).toBeCloseTo(8, 0)
    expect(svg).toContain('Times')
    expect(await renderSvg(spec, { font: 'sans' })).toContain('Helvetica')
  })

  test('no label of an axis touches the next, on a screen and in print', async () => {
    const steps = Array.from({ length: 60 }, (_, i) => ({ step: 1000 * (i + 1), loss: 1 / (i + 1) }))
    const points = Array.from({ length: 30 }, (_, i) => ({ x: 10 ** (i / 10), y: 1e-5 * i, line: 'a' }))
    const axes = { x: { title: 'x', log: true }, y: { title: 'y', log: false } }
    for (const spec of [plane, curve, lossSpec({ losses: steps }), lineChartSpec({ points, ...axes })])
      for (const paper of [undefined, { size: 9 }]) {
        const found = labelsOf(await renderSvg(spec, paper))
        expect(found.length).toBeGreaterThan(0)
        for (const labels of found)
          for (const [i, [left]] of labels.slice(1).entries()) expect(left).toBeGreaterThan(labels[i]![1])
      }
  })

  test('maps name their unknown and their axes with units', async () => {
    const svg = await renderSvg(plane)
    for (const name of ['x (m)', 't (s)', 'T (K)'])
      expect(svg.match(new RegExp(`>${name.replace(/[()]/g, '\\$&')}</text>`, 'g'))).toHaveLength(3)
  })

  test('functions show their input, in the plane and on a line', async () => {
    const [xs, ys] = [Float64Array.of(0, 0.5, 1), Float64Array.of(0, 1)]
    const line = { name: 'f', axes: ['x'], lines: [xs], values: xs }
    const one = { label: 'best', target: xs, prediction: xs, input: line }
    expect(await renderSvg(lineFieldsSpec({ axis: 'x', x: xs, functions: [one] }))).toContain('>f</text>')
    const values = Float64Array.from({ length: 6 }, (_, i) => i)
    const input = { name: 'f', axes: ['x', 'y'], lines: [xs, ys], values }
    const functions = [{ label: 'best', target: values, prediction: values, input }]
    const domain = field.domain
    const svg = await renderSvg(mapFieldsSpec({ axes: ['x', 'y'], domain, lines: [xs, ys], functions }))
    expect(svg.match(/xlink:href="data:/g)).toHaveLength(4)
    expect(svg).toContain('>f</text>')
  })

  test('colours change by equal steps of what is seen', () => {
    for (const { even, under, over, series, ink } of Object.values(palettes))
      for (const stops of [
        [even, under, series[2], ink],
        [under, even],
        [even, over],
      ]) {
        const seen = colourRamp(stops, 32).map(([r, g, b]) => lab(rgb(r, g, b)))
        const steps = seen.slice(1).map((c, i) => Math.hypot(c.l - seen[i]!.l, c.a - seen[i]!.a, c.b - seen[i]!.b))
        const mean = steps.reduce((a, b) => a + b, 0) / steps.length
        // Less at a corner of the path, and a little more or less since colours of a screen are whole numbers.
        for (const step of steps) {
          expect(step / mean).toBeGreaterThan(0.5)
          expect(step / mean).toBeLessThan(1.3)
        }
        const rises = seen.slice(1).map((c, i) => Math.sign(c.l - seen[i]!.l))
        expect(new Set(rises.filter((rise) => rise !== 0)).size).toBe(1)
      }
  })

  test('a PDF has the size of the figure, outlines for text, and pixels of maps', async () => {
    const { pdf } = await renderFigure(mapsSpec({ target: field, prediction: [1, 1, 2, 3, 4, 5] }), {
      paper: { width: 300 },
      pdf: true,
    })
    const text = Buffer.from(pdf!).toString('latin1')
    expect(text).toMatch(/^%PDF-1\./)
    expect(text).toMatch(/\/MediaBox \[0 0 (300|299\.9\d*|300\.0\d*) /)
    expect(text.match(/\/Subtype \/Image/g)?.length).toBeGreaterThanOrEqual(3)
    expect(text).not.toContain('/BaseFont')
    // Dashes and lines of one piece.
    expect(
      (await renderFigure(curvesSpec({ x: [0, 1], target: [0, 1], prediction: [0, 2] }), { pdf: true })).pdf,
    ).toBeDefined()
  })
})
