/** The queries and answers of a server: JSON, or an array of NumPy. */
import { type Backend, SpikewardError, type Tensor, isRecord, jit, parseJson, tensor } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { encodeNpy, parseNpy } from '@spikeward/problems/node'

export const NPY = 'application/x-npy'

const MOST_OUTPUTS = 10_000_000

const wrong = (what: string): SpikewardError => new SpikewardError('SERVE_QUERY', what)

function flat(value: unknown, width: number, what: string): Float64Array {
  const rows = Array.isArray(value) ? (value as readonly unknown[]) : null
  if (rows === null || rows.length === 0)
    throw wrong(`${what} is no list of rows of ${width} numbers; give at least one`)
  const all = new Float64Array(rows.length * width)
  rows.forEach((row, r) => {
    const numbers = (typeof row === 'number' ? [row] : row) as readonly unknown[]
    if (!Array.isArray(numbers) || numbers.length !== width)
      throw wrong(`${what}[${r}] is no list of ${width} numbers; give one for each`)
    numbers.forEach((v, i) => {
      if (typeof v !== 'number' || !Number.isFinite(v)) throw wrong(`${what}[${r}][${i}] is no finite number`)
      all[r * width + i] = v
    })
  })
  return all
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (error) {
    throw wrong(`the query is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A query, and whether it asks for one input function: its answer then has no axis of functions. */
export type Request = Query & { readonly single: boolean }

export function queryReader({ inputs, outputs, sensors, places }: Exportable, usual: Float64Array) {
  const checked = (request: Request): Request => {
    const functions = sensors === null ? 1 : request.functions!.length / sensors.length
    const numbers = functions * (request.points.length / inputs.length) * outputs.length
    if (numbers <= MOST_OUTPUTS) return request
    throw wrong(`the answer would have ${numbers} numbers, more than ${MOST_OUTPUTS}; ask for fewer points`)
  }
  return {
    json(text: string): Request {
      const query = parsed(text)
      if (!isRecord(query))
        throw wrong(`the query is no record; give ${sensors === null ? '{ "points": [[…]] }' : '{ "input": […] }'}`)
      const unknown = Object.keys(query).find((name) => !['points', 'input', 'id'].includes(name))
      if (unknown !== undefined)
        throw wrong(`the query has "${unknown}"; it has points${sensors === null ? '' : ' and input'}`)
      if (places !== null && query['points'] !== undefined)
        throw wrong('the network is evaluated on its own grid; leave out points')
      if (sensors === null) {
        if (query['input'] !== undefined) throw wrong('the network takes no input function; leave out input')
        return checked({ points: flat(query['points'], inputs.length, 'points'), functions: null, single: false })
      }
      const { input, points } = query
      const single = Array.isArray(input) && typeof input[0] === 'number'
      return checked({
        points: points === undefined ? usual : flat(points, inputs.length, 'points'),
        functions: flat(single ? [input] : input, sensors.length, 'input'),
        single,
      })
    },
    /** Rows: points, or of an operator input functions at the usual points. */
    npy(bytes: Uint8Array): Request {
      const { shape, data } = parseNpy(bytes, 'the body')
      const width = sensors?.length ?? inputs.length
      if (shape.length !== 2 || shape[1] !== width || shape[0] === 0 || !data.every(Number.isFinite))
        throw wrong(`the array is [${shape.join(', ')}]; give finite numbers of shape [n, ${width}], n at least 1`)
      return checked(
        sensors === null
          ? { points: data, functions: null, single: false }
          : { points: usual, functions: data, single: false },
      )
    },
    rows(values: Float64Array, { points, functions, single }: Request): unknown {
      const k = outputs.length
      const n = points.length / inputs.length
      const field = (at: number): number[][] =>
        Array.from({ length: n }, (_, i) => [...values.subarray((at * n + i) * k, (at * n + i + 1) * k)])
      if (functions === null || single) return field(0)
      return Array.from({ length: functions.length / sensors!.length }, (_, m) => field(m))
    },
    array(values: Float64Array, { points, functions }: Request): Uint8Array {
      const n = points.length / inputs.length
      const rows = functions === null ? [n] : [functions.length / sensors!.length, n]
      return encodeNpy({ shape: [...rows, outputs.length], data: values })
    },
  }
}

/** Rows of points, flat; of an operator also rows of sensor values, of which each is evaluated at all points. */
export type Query = { readonly points: Float64Array; readonly functions: Float64Array | null }

export type Predictor = Disposable & {
  /** The outputs, [points × outputs] or [functions × points × outputs], row-major. */
  ask(query: Query): Promise<Float64Array>
  /** Resolves when no query waits. */
  idle(): Promise<void>
}

const MOST_WAITING = 1024
const MOST_ROWS = 4096

type Waiting = Query & { readonly resolve: (result: Float64Array) => void; readonly reject: (error: unknown) => void }

/** Rows of a tensor: the next power of two, so that few sizes are compiled; the last row is repeated. */
function padded(rows: Float64Array, width: number, backend: Backend): Tensor {
  const count = rows.length / width
  const size = 2 ** Math.ceil(Math.log2(count))
  const all = new Float64Array(size * width)
  all.set(rows)
  for (let r = count; r < size; r++) all.copyWithin(r * width, (count - 1) * width, count * width)
  return tensor(all, { dtype: 'f32', shape: [size, width], backend })
}

const joined = (parts: readonly Float64Array[]): Float64Array => {
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Queries that are computed together: of points, those that wait; of an operator, those at the same points. */
function batchOf(waiting: Waiting[], width: number): Waiting[] {
  const [first] = waiting
  const rows = (of: Waiting): number => (of.functions ?? of.points).length / width
  let total = 0
  const end = waiting.findIndex((one, i) => {
    total += rows(one)
    return i > 0 && (total > MOST_ROWS || (one.functions !== null && one.points !== first!.points))
  })
  return waiting.splice(0, end < 0 ? waiting.length : end)
}

export function predictor({ apply, inputs, outputs, sensors, places }: Exportable, backend: Backend): Predictor {
  const compiled = jit((...tensors: readonly Tensor[]): Tensor => apply(...tensors))
  const waiting: Waiting[] = []
  const [axes, k] = [inputs.length, outputs.length]
  let running: Promise<void> | null = null

  const compute = async (points: Float64Array, functions: Float64Array | null): Promise<Float64Array> => {
    const u = functions === null ? [] : [padded(functions, sensors!.length, backend)]
    const x = places === null ? [padded(points, axes, backend)] : []
    try {
      using y = compiled(...u, ...x)
      const values = Float64Array.from(await y.data(), Number)
      const n = points.length / axes
      if (functions === null) return values.subarray(0, n * k)
      const stride = places === null ? x[0]!.shape[0]! * k : n * k
      const rows = Array.from({ length: functions.length / sensors!.length }, (_, m) =>
        values.subarray(m * stride, m * stride + n * k),
      )
      return joined(rows)
    } finally {
      for (const t of [...u, ...x]) t.dispose()
    }
  }

  const answer = async (batch: readonly Waiting[]): Promise<void> => {
    const isOperator = sensors !== null
    const points = isOperator ? batch[0]!.points : joined(batch.map((one) => one.points))
    const values = await compute(points, isOperator ? joined(batch.map((one) => one.functions!)) : null)
    let at = 0
    for (const one of batch) {
      const rows = isOperator
        ? (one.functions!.length / sensors.length) * (points.length / axes)
        : one.points.length / axes
      one.resolve(values.slice(at, (at += rows * k)))
    }
  }

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = batchOf(waiting, sensors === null ? axes : sensors.length)
      try {
        await answer(batch)
      } catch (error) {
        for (const one of batch) one.reject(error)
      }
    }
    running = null
  }

  return {
    ask(query) {
      if (waiting.length >= MOST_WAITING)
        throw new SpikewardError(
          'SERVE_BUSY',
          `${MOST_WAITING} queries wait; ask again later, or put rows together in one`,
        )
      return new Promise((resolve, reject) => {
        waiting.push({ ...query, resolve, reject })
        // Those that arrive in the same turn are computed together.
        running ??= Promise.resolve().then(work)
      })
    },
    idle: async () => running ?? undefined,
    [Symbol.dispose]: () => compiled.dispose(),
  }
}
