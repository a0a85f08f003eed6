/** Evolutions in the layouts of other projects, known by the names of their arrays. */
import type { DataProblemOptions } from '../../operatorProblem/dataProblem.js'
import { type NamedArray, shapeText, wrongShape } from '../../splits/namedArray.js'
import type { DataFile } from '../files/dataFile.js'

/** Trajectories of fields on a grid. */
export type Evolution = {
  /** [trajectories, times, …grid, channels]. */
  readonly values: NamedArray
  readonly channels: readonly string[]
  /** Coordinates [nₐ] of each axis of space. */
  readonly space: readonly NamedArray[]
  /** [times]. */
  readonly time: NamedArray
}

/** Reads an array by its name in the file. */
export type Read = (name: string) => Promise<NamedArray>

/** An array [trajectories, times, …grid, components], and the names of its components. */
type Part = { readonly array: NamedArray; readonly names: readonly string[] }

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/**
 * Puts parts together, each [trajectories, times, …grid], or with one more axis of components. Times with one more than
 * the parts have, the ends of intervals, are cut.
 *
 * @throws DATA_SHAPE
 */
function together(parts: readonly Part[], space: readonly NamedArray[], time: NamedArray): Evolution {
  const grid = space.map(({ data }) => data.length)
  const [first] = parts
  const [count = 0, times = 0] = first?.array.shape ?? []
  const cells = count * times * product(grid)
  for (const { array, names } of parts) {
    const whole = [count, times, ...grid]
    const fits = [whole, [...whole, names.length]].some((shape) => shape.join() === array.shape.join())
    if (!fits || array.data.length !== cells * names.length || ![times, times + 1].includes(time.data.length))
      throw wrongShape(
        `a tensor of [functions × t × ${space.map((s) => s.name).join(' × ')}], and as many times`,
        `${shapeText(array)} and ${shapeText(time)}`,
      )
  }
  const channels = parts.flatMap(({ names }) => names)
  const data = parts.length === 1 ? first!.array.data : new Float64Array(cells * channels.length)
  let from = 0
  for (const { array, names } of parts.length === 1 ? [] : parts) {
    for (let p = 0; p < cells; p++)
      for (let c = 0; c < names.length; c++) data[p * channels.length + from + c] = array.data[p * names.length + c]!
    from += names.length
  }
  return {
    values: { name: first!.array.name, shape: [count, times, ...grid, channels.length], data },
    channels,
    space,
    time: { ...time, shape: [times], data: time.data.slice(0, times) },
  }
}

/** The components of an array with `axes` axes of space; numbered if there are several. */
function partOf(array: NamedArray, name: string, axes: number): Part {
  const components = array.shape[2 + axes] ?? 1
  return { array, names: components === 1 ? [name] : Array.from({ length: components }, (_, c) => `${name}_${c}`) }
}

/** Axes of PDEBench's arrays, and fields of its compressible flows. */
const AXES = ['x', 'y', 'z']
const FLOW = ['density', 'pressure', 'Vx', 'Vy', 'Vz']

/** PDEBench: `tensor`, or the fields of a flow, with `t-coordinate` and `x-coordinate`, … */
async function pdebench(names: DataFile['names'], read: Read): Promise<Evolution | null> {
  const fields = names.has('tensor') ? ['tensor'] : FLOW.filter((name) => names.has(name))
  if (fields.length === 0 || !names.has('t-coordinate')) return null
  const space = await Promise.all(
    AXES.map((a) => `${a}-coordinate`)
      .filter((name) => names.has(name))
      .map(read),
  )
  const arrays = await Promise.all(fields.map(read))
  return together(
    arrays.map((array) => partOf(array, array.name === 'tensor' ? 'u' : array.name, space.length)),
    space,
    await read('t-coordinate'),
  )
}

/** PDEBench, one group for each trajectory: `0000/data` [t, x, …, components] with `0000/grid/x`, …, `0000/grid/t`. */
async function pdebenchGroups(names: DataFile['names'], read: Read): Promise<Evolution | null> {
  const groups = [...names.keys()].flatMap((name) => /^(\d+)\/data$/.exec(name)?.[1] ?? []).sort()
  const [first] = groups
  if (first === undefined || !names.has(`${first}/grid/t`)) return null
  const space = await Promise.all(
    AXES.map((a) => `${first}/grid/${a}`)
      .filter((name) => names.has(name))
      .map(read),
  )
  const arrays: NamedArray[] = []
  for (const group of groups) arrays.push(await read(`${group}/data`))
  const [one] = arrays as [NamedArray]
  const other = arrays.find(({ shape }) => shape.join() !== one.shape.join())
  if (other !== undefined) throw wrongShape(`trajectories of one shape, as ${shapeText(one)}`, shapeText(other))
  const data = new Float64Array(arrays.length * one.data.length)
  arrays.forEach((array, n) => data.set(array.data, n * one.data.length))
  const whole = { name: one.name, shape: [arrays.length, ...one.shape], data }
  return together([partOf(whole, 'u', space.length)], space, await read(`${first}/grid/t`))
}

/**
 * The Well: fields of `t0_fields`, `t1_fields` (vectors) and `t2_fields` that change in time, with `dimensions/time`
 * and those of space.
 */
async function theWell(names: DataFile['names'], read: Read): Promise<Evolution | null> {
  const fields = [...names].filter(([name]) => /^t[012]_fields\//.test(name))
  if (fields.length === 0 || !names.has('dimensions/time')) return null
  const time = await read('dimensions/time')
  const axes = [...names.keys()].filter((name) => name.startsWith('dimensions/') && name !== 'dimensions/time')
  const dimensions = await Promise.all(axes.sort().map(read))
  const parts: Part[] = []
  let space: readonly NamedArray[] | null = null
  for (const [name, shape] of fields) {
    const [, times, ...rest] = shape ?? []
    const lengths = rest.slice(0, dimensions.length).join()
    // The names of axes have no order of their own in the file.
    const ordered = [dimensions, dimensions.toReversed()].find(
      (all) => all.map((d) => d.data.length).join() === lengths,
    )
    // Other fields are constant in time, or shared by all trajectories.
    if (times !== time.data.length || ordered === undefined) continue
    space ??= ordered
    const array = await read(name)
    const [, short = name] = name.split('/')
    const components = product(rest.slice(dimensions.length))
    const flat = { ...array, shape: [...array.shape.slice(0, 2 + dimensions.length), components] }
    parts.push(partOf(flat, short, dimensions.length))
  }
  return space === null
    ? null
    : together(
        parts,
        space.map((d) => ({ ...d, name: d.name.split('/')[1]! })),
        time,
      )
}

/** The evolution in a file of PDEBench or The Well; null for other files. */
export async function evolutionIn({ names }: Pick<DataFile, 'names'>, read: Read): Promise<Evolution | null> {
  return (await pdebench(names, read)) ?? (await pdebenchGroups(names, read)) ?? theWell(names, read)
}

/**
 * An evolution as the map from the channels of its first frame to all frames, [trajectories, …grid, times, channels]:
 * time is the last axis, as in the other data of this library.
 */
export function mapOf({
  values,
  channels,
  space,
  time,
}: Evolution): Pick<DataProblemOptions, 'inputs' | 'outputs' | 'coords'> {
  const [count = 0, times = 0] = values.shape
  const grid = space.map(({ data }) => data.length)
  const [points, width] = [product(grid), channels.length]
  const inputs = channels.map((name) => ({ name, shape: [count, ...grid], data: new Float64Array(count * points) }))
  const outputs = new Float64Array(values.data.length)
  for (let n = 0; n < count; n++)
    for (let t = 0; t < times; t++)
      for (let p = 0; p < points; p++)
        for (let c = 0; c < width; c++) {
          const value = values.data[((n * times + t) * points + p) * width + c]!
          if (t === 0) inputs[c]!.data[n * points + p] = value
          outputs[((n * points + p) * times + t) * width + c] = value
        }
  return {
    inputs: width === 1 ? { ...inputs[0]!, name: values.name } : inputs,
    outputs: { name: values.name, shape: [count, ...grid, times, ...(width === 1 ? [] : [width])], data: outputs },
    coords: [...space, time],
  }
}
