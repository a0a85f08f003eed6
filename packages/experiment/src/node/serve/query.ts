/** The queries and answers of a server: JSON, or an array of NumPy. */
import { SpikewardError, isRecord, parseJson } from '@spikeward/core'
import type { Exportable } from '@spikeward/export'
import { encodeNpy, parseNpy } from '@spikeward/problems/node'
import type { Query } from './predictor.js'

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
export type Asked = Query & { readonly single: boolean }

export function queryReader({ inputs, outputs, sensors, places }: Exportable, usual: Float64Array) {
  const checked = (asked: Asked): Asked => {
    const functions = sensors === null ? 1 : asked.functions!.length / sensors.length
    const numbers = functions * (asked.points.length / inputs.length) * outputs.length
    if (numbers <= MOST_OUTPUTS) return asked
    throw wrong(`the answer would have ${numbers} numbers, more than ${MOST_OUTPUTS}; ask for fewer points`)
  }
  return {
    json(text: string): Asked {
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
    npy(bytes: Uint8Array): Asked {
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
    rows(found: Float64Array, { points, functions, single }: Asked): unknown {
      const k = outputs.length
      const n = points.length / inputs.length
      const field = (at: number): number[][] =>
        Array.from({ length: n }, (_, i) => [...found.subarray((at * n + i) * k, (at * n + i + 1) * k)])
      if (functions === null || single) return field(0)
      return Array.from({ length: functions.length / sensors!.length }, (_, m) => field(m))
    },
    array(found: Float64Array, { points, functions }: Asked): Uint8Array {
      const n = points.length / inputs.length
      const rows = functions === null ? [n] : [functions.length / sensors!.length, n]
      return encodeNpy({ shape: [...rows, outputs.length], data: found })
    },
  }
}
