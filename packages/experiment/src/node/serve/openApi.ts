/** The description of a server in OpenAPI 3.1. */
import type { Exportable } from '@spikeward/export'
import { NPY } from './query.js'

const rowsOf = (width: number, names: readonly string[] | null) => ({
  type: 'array',
  minItems: 1,
  items: {
    type: 'array',
    minItems: width,
    maxItems: width,
    items: { type: 'number' },
    ...(names === null ? {} : { description: names.join(', ') }),
  },
})

const failed = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
})

/** The document at /openapi.json; its schemas have the widths and names of the network. */
export function openApi({ title, inputs, outputs, domain, sensors, places }: Exportable, version: string) {
  const points = rowsOf(inputs.length, inputs)
  const { items } = rowsOf(sensors?.length ?? 0, null)
  const input = { oneOf: [items, { type: 'array', minItems: 1, items }], description: 'one input function, or several' }
  const properties = { ...(places === null ? { points } : {}), ...(sensors === null ? {} : { input }) }
  const result = rowsOf(outputs.length, outputs)
  return {
    openapi: '3.1.0',
    info: {
      title,
      version,
      description: `A trained network of Spikeward, with ${inputs.map((name, a) => `${name} in [${domain[a]!.join(', ')}]`).join(', ')}. A WebSocket at /predict takes the same JSON, and gives back an "id" that a query has.`,
    },
    paths: {
      '/predict': {
        post: {
          summary: 'The outputs of the network',
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties,
                  required: [sensors === null ? 'points' : 'input'],
                  additionalProperties: false,
                },
              },
              [NPY]: {
                schema: {
                  type: 'string',
                  format: 'binary',
                  description: sensors === null ? `[n, ${inputs.length}]` : `input functions, [m, ${sensors.length}]`,
                },
              },
            },
          },
          responses: {
            200: {
              description: 'Rows of outputs; of several input functions a list for each. An array for an array.',
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    properties: {
                      outputs: sensors === null ? result : { oneOf: [result, { type: 'array', items: result }] },
                    },
                    required: ['outputs'],
                  },
                },
                [NPY]: { schema: { type: 'string', format: 'binary' } },
              },
            },
            400: failed('The query does not fit the network.'),
            413: failed('The body is too large.'),
            415: failed('The body is neither JSON nor an array of NumPy.'),
            503: failed('Too many queries wait.'),
          },
        },
      },
      '/openapi.json': { get: { summary: 'This document', responses: { 200: { description: 'OpenAPI 3.1' } } } },
      '/health': {
        get: {
          summary: 'Whether the server answers',
          responses: { 200: { description: 'The name of the network, and the answers so far' } },
        },
      },
    },
    components: {
      schemas: {
        Error: {
          type: 'object',
          properties: { code: { type: 'string' }, message: { type: 'string' } },
          required: ['code', 'message'],
        },
      },
    },
  }
}
