/** Trains one run for a page, and predicts with it. */
import { SpikewardError } from '@spikeward/core'
import { type TrainEvent, type TrainedRun, train } from '@spikeward/experiment'
import { snapshotOf } from '@spikeward/train'
import type { Answer, Next, Request, RunFacts } from './messages.js'

const page = globalThis as unknown as {
  postMessage(answer: Answer): void
  onmessage: ((message: { readonly data: Request }) => void) | null
}

let events: AsyncGenerator<TrainEvent, void, undefined> | null = null
let run: TrainedRun | null = null

async function factsOf({
  config,
  relativeL2,
  relativeL2Pooled,
  baselines,
  result,
  snapshot,
  experiment: { sensors },
  variables,
}: TrainedRun): Promise<RunFacts> {
  const atResult = await snapshotOf(variables, snapshot)
  return { config, relativeL2, relativeL2Pooled, baselines, result, snapshot, atResult, sensors }
}

async function next(): Promise<Next | null> {
  const { value } = (await events?.next()) ?? {}
  if (value?.type !== 'trained') return value ?? null
  run = value.run
  return { type: 'trained', facts: await factsOf(run) }
}

async function answerTo(request: Request): Promise<Extract<Answer, { type: 'value' }>['value']> {
  if (request.type === 'next') return next()
  if (request.type === 'figure') return run!.figure()
  if (request.type === 'predict') return run!.predict(request.options)
  events = train.steps({ ...request.settings, onNote: (line) => page.postMessage({ type: 'note', line }) })
  return next()
}

page.onmessage = ({ data }) => {
  answerTo(data).then(
    (value) => page.postMessage({ type: 'value', value }),
    (error: unknown) => {
      const code = error instanceof SpikewardError ? error.code : null
      page.postMessage({ type: 'error', code, message: error instanceof Error ? error.message : String(error) })
    },
  )
}
