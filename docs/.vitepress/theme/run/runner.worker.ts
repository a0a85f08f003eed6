/**
 * Runs a program of the documentation: types are removed, imports are taken from the packages of the site, and what it
 * prints is posted to the page.
 */
import * as backendCpu from '@spikeward/backend-cpu'
import * as core from '@spikeward/core'
import * as coreBackend from '@spikeward/core/backend'
import * as estimators from '@spikeward/estimators'
import * as neurons from '@spikeward/neurons'
import * as operators from '@spikeward/operators'
import * as optim from '@spikeward/optim'
import * as problems from '@spikeward/problems'
import * as tuned from '@spikeward/experiment/tuned'
import * as problemsRegression from '@spikeward/problems/regression'
import * as train from '@spikeward/train'
import { transform } from 'sucrase'
import type { runnableModules } from './isRunnable.js'
import { printed } from './printed.js'
import type { Printed } from './printed.js'

const modules = {
  '@spikeward/backend-cpu': backendCpu,
  '@spikeward/core': core,
  '@spikeward/core/backend': coreBackend,
  '@spikeward/estimators': estimators,
  '@spikeward/neurons': neurons,
  '@spikeward/operators': operators,
  '@spikeward/optim': optim,
  '@spikeward/problems': problems,
  '@spikeward/experiment/tuned': tuned,
  '@spikeward/problems/regression': problemsRegression,
  '@spikeward/train': train,
} satisfies Readonly<Record<(typeof runnableModules)[number], unknown>>

const post = (message: Printed): void => self.postMessage(message)
const log = (...values: readonly unknown[]): void => post({ type: 'line', text: values.map(printed).join(' ') })

function requireOf(name: string): unknown {
  if (Object.hasOwn(modules, name)) return modules[name as keyof typeof modules]
  throw new Error(`${name} cannot be imported here; the page has ${Object.keys(modules).join(', ')}`)
}

type Program = (require: typeof requireOf, exports: object, console: { readonly log: typeof log }) => Promise<void>
/** The constructor of asynchronous functions, so that a program may await at its top. */
const AsyncFunction = (async () => undefined).constructor as new (...text: string[]) => Program

self.onmessage = async ({ data }: MessageEvent<string>) => {
  try {
    const { code } = transform(data, { transforms: ['typescript', 'imports'] })
    await new AsyncFunction('require', 'exports', 'console', code)(requireOf, {}, { log })
    post({ type: 'done' })
  } catch (error) {
    post({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}
